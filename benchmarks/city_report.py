"""docs/results/city.md: the city's figures beside published ones."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from importlib.metadata import version
from typing import Any

Figures = dict[str, Any]

PUBLISHED_AGES = {"0-14": 0.1795, "15-59": 0.6335, "60+": 0.1870, "65+": 0.1350}
PUBLISHED_SURNAMES = {
    "王": (9_520, 0.0725), "李": (9_340, 0.0719), "张": (8_960, 0.0683), "刘": (6_770, None), "陈": (6_130, None),
    "杨": (4_270, None), "黄": (3_260, None), "吴": (2_680, None), "赵": (2_670, None), "周": (2_520, None),
}  # fmt: skip
"""In ten thousands of bearers in the list, and the share in the ministry's ranking of 2007."""

LISTED = 132_697
"""Ten thousands of bearers in the whole list."""

SOURCES = """\
- Ages: National Bureau of Statistics, communiqué of the seventh national population census, no. 5 (2021-05-11), day of
  the census 2020-11-01. Sexes: no. 4. Hukou and residence apart: no. 7, 492,762,506 of 1,411,778,724 persons.
- Surnames: Ministry of Public Security, report on names of 2019 (hundred most frequent 85.9 %) and ranking of 2007 (王,
  李, 张; hundred most frequent 84.77 %); bearers by surname from `family_name_1k` of wainshine/Chinese-Names-Corpus
  (Apache-2.0), from which the city's surnames are made.
- The five most frequent surnames (31.7 %), compound surnames and P(same full name) are computed from published name
  frequencies of 1.18 billion Han; the head name is 张伟 with some 290,000 bearers of 1.4 billion, a number of the press
  that was not verified.
- Dotted names: some ten million bearers by 民委发〔2016〕33号, of 1.4 billion.
- Double hukou: 0.22 % of the register, clean-up of the Ministry of Public Security 2014-2017.
- Twins: 1.5 % of births, an assumption."""


def report(result: Figures, *, on: date) -> str:
    """Return the page."""
    asked, figures = result["asked"], result["figures"]
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, polars {version('polars')}"
    scope = (
        f"{asked['persons']:,} persons, seed {asked['seed']}. {figures['present']:,} of them are alive and in the city "
        "on its last day; the others died or moved away since 1985 and are in the registers all the same."
    )
    parts = [
        "# The synthetic city beside a real population",
        f"Measured by `make bench SUITE=city` on {on.isoformat()}: {machine}.",
        scope, "## Names", *_names(figures), "## Ages and sexes", *_ages(figures), "## Households, namesakes, doubles",
        _shares(figures), *_namesakes(figures), "## Sources", *_by_source(result), "## What occurs how often",
        *_coverage(result), "## The same at every size", *_size(result), "## Where published figures come from",
        SOURCES,
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _percent(share: float | None, digits: int = 2) -> str:
    return "" if share is None else f"{100 * share:.{digits}f} %"


def _names(figures: Figures) -> Iterator[str]:
    surnames, names = figures["surnames"], figures["names"]
    yield _table(
        ("", "city", "published"),
        (
            ("five most frequent surnames", _percent(surnames["five"]), "31.7 %"),
            ("hundred most frequent surnames", _percent(surnames["hundred"]), "85.9 %"),
            ("compound surnames", _percent(surnames["compound"], 3), "0.09 %"),
            ("dotted names", _percent(surnames["dotted"]), "0.7 %"),
            ("most frequent full name", f"{names['head']:.2e} ({next(iter(names['top']))})", "2.1e-04 (张伟)"),
            ("P(two persons bear one full name)", f"{names['same']:.2e}", "at least 5.3e-06"),
        ),
    )
    yield _table(
        ("surname", "city", "list of 1,074 surnames", "ranking of 2007"),
        (
            (name, _percent(surnames["top"].get(name)), _percent(bearers / LISTED), _percent(ranked))
            for name, (bearers, ranked) in PUBLISHED_SURNAMES.items()
        ),
    )
    top = ", ".join(f"{name} {count}" for name, count in names["top"].items())
    yield f"Most frequent full names, with bearers: {top}. {_percent(names['unique'])} of full names have one bearer."


def _ages(figures: Figures) -> Iterator[str]:
    census, last = figures["ages"].values()
    days = list(figures["ages"])
    yield _table(
        ("age", f"city on {days[0]}", "census of that day", f"city on {days[1]}"),
        ((age, _percent(census[age]), _percent(share), _percent(last[age])) for age, share in PUBLISHED_AGES.items()),
    )
    yield f"Men: {_percent(figures['men'])} on the last day; census 51.24 %."
    yield f"```text\n{_pyramid(figures['pyramid'])}\n```"


def _pyramid(groups: dict[str, list[int]], width: int = 30) -> str:
    """Return the pyramid in blocks: men to the left, women to the right, the oldest above."""
    most = max(max(pair) for pair in groups.values())
    lines = [f"{'men':>{width + 8}} {'age':^7} women"]
    for name, (men, women) in reversed(groups.items()):
        left, right = ("█" * round(width * count / most) for count in (men, women))
        lines.append(f"{men:>7,} {left:>{width}} {name:^7} {right} {women:,}")
    return "\n".join(lines)


def _shares(figures: Figures) -> str:
    return _table(
        ("", "city", "published"),
        (
            ("hukou in another township for half a year", _percent(figures["away"]), "34.90 %"),
            ("one of twins", _percent(figures["twins"]), "1.5 % (assumption)"),
            ("two hukou", _percent(figures["double_hukou"]), "0.22 %"),
        ),
    )


def _namesakes(figures: Figures) -> Iterator[str]:
    found = figures["namesakes"]
    yield (
        "Pairs of persons with one name and one birthday among those present, beside the number expected when P(same "
        "name) is 5.3e-06 and 25,000 birthdays are equally likely; when the city's own names and birthdays are "
        "independent; and when they are so within a year of birth, as given names follow fashion:"
    )
    yield _table(
        ("observed", "published frequencies", "independent", "within a year"),
        [[str(found["observed"]), *(f"{found[name]:.2f}" for name in ("published", "independent", "within_year"))]],
    )


def _by_source(result: Figures) -> Iterator[str]:
    summary, figures = result["summary"], result["figures"]
    shares = ", ".join(f"{subject} {_percent(share)}" for subject, share in summary["undecidable"].items())
    yield (
        f"{summary['rows']:,} rows, {summary['mentions']:,} mentions. Mentions that cannot be decided from what was "
        f"delivered: {shares}. Numbers are those of the principal, citizen number or credit code, and valid by form, "
        "date and check character; old ones are older forms. They are missing where the department left them out and "
        "where none had been given yet: to newborn, to the dead of the years before 1999, to legal entities that ended "
        "before credit codes came in 2015. Repeats are rows delivered twice, trials rows typed to try the system out, "
        "both on top of the records."
    )
    undecidable = result["undecidable_by_source"]
    principals = {f"{one['source']} ({one['subject']})" for one in figures["sources"]}
    others = [f"{name} {_percent(share)}" for name, share in undecidable.items() if name not in principals]
    yield f"Undecidable mentions of others than the principal: {', '.join(others)}."
    head = ("source", "records", "valid", "old", "invalid", "missing", "undecidable", "repeats", "trials", "dead kept")
    for subject, title in (("person", "persons"), ("legal_entity", "legal entities")):
        yield f"Of {title}:"
        yield _table(
            head,
            (
                (
                    f"{one['source']} {one['title']}", f"{one['records']:,}",
                    *(_percent(one[part]) for part in ("valid", "old", "invalid", "missing")),
                    _percent(undecidable.get(f"{one['source']} ({subject})", 0.0)),
                    *(str(one[kind]) for kind in ("duplicate_row", "test_record", "dead_kept")),
                )
                for one in figures["sources"] if one["subject"] == subject
            ),
        )  # fmt: skip


def _coverage(result: Figures) -> Iterator[str]:
    yield "Events, relations and errors by row; breaches by the persons or legal entities that break the constraint."
    for kind, counts in result["coverage"].items():
        seldom = min(counts, key=lambda code: (counts[code], code))
        yield f"{kind}: {len(counts)} kinds, the rarest {seldom} with {counts[seldom]:,}."
        yield ", ".join(f"{code} {count:,}" for code, count in counts.items())


def _size(result: Figures) -> Iterator[str]:
    large, small = result["asked"]["prefix"]
    unequal = [name for name, one in result["prefix"].items() if not one["equal"]]
    yield (
        f"A city of {small:,} persons and the same cells of one of {large:,}: {len(result['prefix'])} delivered files "
        f"and tables of the truth, of which {len(unequal)} differ{''.join(f', {name}' for name in unequal)}. "
        "`decidable` is not compared: it depends on the namesakes of the whole city."
    )
    yield _table(
        ("persons", "rows", "seconds", "rows a second", "peak memory, MB"),
        (
            (f"{int(size):,}", f"{cost['rows']:,}", f"{cost['seconds']:.1f}", f"{cost['rows_per_second']:,}",
             f"{cost['peak_memory_mb']:,.0f}")
            for size, cost in result["cost"].items()
        ),
    )  # fmt: skip
