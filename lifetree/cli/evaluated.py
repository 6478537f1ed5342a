"""How an evaluation is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lifetree.cli.output import Format, print_json, print_rows, print_text

MEASURES = ("pairwise_signatures", "pairwise", "bcubed", "cluster")
"""The headline first."""

PARTS = ("precision", "recall", "f1")

Figures = Mapping[str, Any]
Row = dict[str, Any]


def print_figures(figures: Mapping[str, Figures], form: Format, *, alone: str | None = None) -> None:
    """Print the figures of each subject; as JSON those of `alone` by themselves, as CSV the measures and groups."""
    if form == "json":
        print_json(figures[alone] if alone else {"subjects": figures})
        return
    measures = [row for name, own in figures.items() for row in _measures(name, own)]
    if form == "csv":
        print_rows([{**row, "group": None, "value": None} for row in measures] + _every(figures, _group_measures), form)
        return
    print_rows(measures, form)
    for name, own in figures.items():
        print_text(f"\n{name}: {_sentence(own)}")
    for title, told in SECTIONS.items():
        if rows := _every(figures, told):
            print_text(f"\n{title}")
            print_rows(rows, form)


def _every(figures: Mapping[str, Figures], told: Callable[[str, Figures], Iterator[Row]]) -> list[Row]:
    return [row for name, own in figures.items() for row in told(name, own)]


def _measures(subject: str, figures: Figures) -> Iterator[Row]:
    for measure in MEASURES:
        if measure in figures:
            yield {"subject": subject, "measure": measure, **_parts(figures[measure], figures["intervals"][measure])}


def _parts(measure: Figures, interval: Figures) -> Row:
    told: Row = {}
    for part in PARTS:
        told[part] = None if measure[part] is None else f"{measure[part]:.4f}"
        told[f"{part} 95 %"] = _interval(interval[part])
    return told


def _group_measures(subject: str, figures: Figures) -> Iterator[Row]:
    for group, values in figures.get("groups", {}).items():
        for value, own in values.items():
            yield from ({**row, "group": group, "value": value} for row in _measures(subject, own))


def _groups(subject: str, figures: Figures) -> Iterator[Row]:
    for group, values in figures.get("groups", {}).items():
        for value, own in values.items():
            yield {
                "subject": subject,
                "group": group,
                "value": value,
                "entities": own["entities"],
                **{part: _four(own["pairwise_signatures"][part]) for part in PARTS},
                "bcubed f1": _four(own["bcubed"]["f1"]),
                "exact": _share(own["exact_entities"]),
                "exact 95 %": _interval(own["intervals"]["exact_entities"]),
            }


def _sources(subject: str, figures: Figures) -> Iterator[Row]:
    """Yield the sources where something is wrong."""
    phantoms, alone = figures["phantoms_by_source"], figures["without_identifier"]
    for source in sorted({*phantoms, *alone}):
        own = alone.get(source, {"records": 0, "recall": None, "joined": None})
        if source not in phantoms and own["recall"] in (None, 1.0):
            continue
        yield {
            "subject": subject,
            "source": source,
            "phantoms": phantoms.get(source, 0),
            "without identifier": own["records"],
            "recall": _four(own["recall"]),
            "joined": _share(own["joined"]),
        }


def _curve(subject: str, figures: Figures) -> Iterator[Row]:
    for row in figures.get("curve", ()):
        yield {
            "subject": subject,
            "threshold": f"{row['threshold']:+g}{' *' if row['threshold'] == figures['threshold'] else ''}",
            **{part: _four(row[part]) for part in PARTS},
            "links": row["links"],
            **{f"pairs {part}": _four(row["edges"][part]) for part in PARTS},
        }


def _mistakes(subject: str, figures: Figures) -> Iterator[Row]:
    for kind, worst in figures.get("mistakes", {}).get("worst", {}).items():
        for one in worst:
            left, right = one["records"]
            yield {
                "subject": subject,
                "mistake": {"merges": "false merge", "misses": "miss"}[kind],
                "A": _record(left),
                "B": _record(right),
                "bits": None if one["match_weight"] is None else f"{one['match_weight']:+.2f}",
                "by": one["reason"] or one["stage"],
                "pairs": one["pairs"],
                "differs": ", ".join(_differing(left["values"], right["values"])),
            }


WAYS = {
    "review": "in review",
    "conflict": "in conflict",
    "ambiguous": "ambiguous",
    "sought": "among the candidates of what stands alone",
    "others": "asked about with others",
    "unresolved": "unresolved",
    "neither": "in none of these",
}
"""Where missed pairs and records apart stand."""

SECTIONS = {
    "groups (pairs of signatures)": _groups,
    "by source: entities that stand for nobody, true pairs of records without an identifier that were missed": _sources,
    "thresholds (* the project's)": _curve,
    "the worst mistakes": _mistakes,
}


def _record(side: Figures) -> str:
    return ":".join(filter(None, (side["source"], side["record_id"], side["role"])))


def _differing(left: Figures, right: Figures) -> list[str]:
    return [name for name in left if name in right and left[name] != right[name]]


def _sentence(figures: Figures) -> str:
    exact = _share(figures["exact_entities"])
    if told := _interval(figures["intervals"]["exact_entities"]):
        exact = f"{exact} ({told})"
    parts = [
        f"{figures['entities']:,} entities of labelled records for {figures['true_entities']:,} true ones",
        f"{exact} exact",
        f"{figures['phantoms']:,} phantoms, {figures['merged']:,} merged into others, {figures['lost']:,} without any",
        f"blocking finds {_share(figures['blocking_recall'])} of the true pairs",
        f"threshold {figures['threshold']:g}",
    ]
    if (missed := figures["missed"]["pairs"])["missed"]:
        parts.append(f"of {missed['missed']:,} missed pairs of records {_ways(missed)}")
    if (apart := figures["missed"]["records"])["apart"]:
        parts.append(f"of {apart['apart']:,} records apart from their entity {_ways(apart)}")
    for name, words in (("unresolved", "records unresolved"), ("unmatched", "labels without a record")):
        if figures.get(name):
            parts.append(f"{figures[name]:,} {words}")
    if sample := figures.get("sample"):
        parts.append(_sample(sample))
    return "; ".join(parts)


def _ways(counts: Figures) -> str:
    return ", ".join(f"{counts[name]:,} {words}" for name, words in WAYS.items() if name in counts)


def _sample(sample: Figures) -> str:
    low, high = sample["precision_bounds"].get("pairwise_signatures", (None, None))
    told = f"a sample drawn by {sample['drawn']}, whose unlabelled fellows count as wrong"
    return told if low is None else f"{told}: precision {low:.4f}, and at most {high:.4f} if they were right"


def _interval(told: tuple[float, float] | None) -> str | None:
    return None if told is None else f"{told[0]:.4f}-{told[1]:.4f}"


def _four(value: float | None) -> str | None:
    return None if value is None else f"{value:.4f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"
