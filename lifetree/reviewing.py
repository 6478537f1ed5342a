"""Reviewing: the doubts of the live run in the order of what their answers move, and what people said of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from engine.hashing import joined
from engine.settings import Project
from engine.store import Run
from engine.store.decisions import append_decisions, decisions
from engine.tables import JUDGEMENT_CONFLICTS, RECORD_KEY
from lifetree.judging import Act, Key, Verdict, record_values
from lifetree.lookup import spelt
from lifetree.rows import records_of
from matchers.judgements import COLUMNS, given, no_judgements, read_judgements
from matchers.judgements.agreement import agreement
from matchers.judgements.force import SIDES
from matchers.judgements.queue import queue

Row = dict[str, Any]
ENDS = tuple(name for side in SIDES.values() for name in side)


def doubts(run: Run, project: Project, *, subjects: Iterable[str], by: str | None = None) -> pl.DataFrame:
    """Return the open doubts, the largest gain first: subject, ENDS (a record of either side), gain, records, and why.

    Left out is what somebody judged same or different and, with `by`, what that person judged in any way.
    """
    told = standing(project)
    decided = told.filter((pl.col("judgement") != "unsure") | (pl.col("decided_by") == (by or "")))
    found = [_of_subject(run, name, decided) for name in subjects]
    return pl.concat(found).sort(
        "gain", "subject", "signature_l", "signature_r", descending=[True, False, False, False]
    )


def second(project: Project, *, subjects: Iterable[str], by: str) -> pl.DataFrame:
    """Return the pairs that others judged and `by` did not, in the order in which they were judged first: as `doubts`.

    It holds nothing of what the others said.
    """
    told = standing(project)
    ends = (joined(SIDES["l"]), joined(SIDES["r"]))
    paired = told.with_columns(_pair=joined(["subject", pl.min_horizontal(ends), pl.max_horizontal(ends)]))
    mine = paired.filter(pl.col("decided_by") == by)
    others = paired.join(mine, on="_pair", how="anti", maintain_order="left").unique(
        "_pair", keep="first", maintain_order=True
    )
    return others.filter(pl.col("subject").is_in(list(subjects))).select("subject", *ENDS)


def standing(project: Project) -> pl.DataFrame:
    """Return the judgements that stand, of the project's file and of the store's decisions, with COLUMNS."""
    heard = [given(decisions(project.path(project.store)))]
    if project.judgements:
        heard.insert(0, read_judgements(project.path(project.judgements), subjects=project.subjects))
    return pl.concat([no_judgements(), *heard])


def conflicts(run: Run, *, subjects: Iterable[str]) -> pl.DataFrame:
    """Return the JUDGEMENT_CONFLICTS of the live run."""
    found = [run.read("judgement_conflicts", subject=name) for name in subjects]
    return JUDGEMENT_CONFLICTS.conform(pl.concat([JUDGEMENT_CONFLICTS.empty(), *found]))


def agreements(project: Project) -> list[Row]:
    """Return how far every two people agree on the pairs that both judged or labelled; see `agreement`."""
    told = decisions(project.path(project.store))
    return agreement(pl.concat([given(told, kind=kind) for kind in ("judgement", "label")]))


def take_in(run: Run, project: Project, file: Path, *, by: str | None, at: str) -> list[str]:
    """Add the judgements of a CSV file and return their numbers; lines without a judgement are left out.

    `by`, the time `at` and the reason "from" the file's name stand in for what a line leaves open.

    Raises:
        ConfigurationError: with every fault of the file; then nothing is added.
    """
    told = read_judgements(file, subjects=project.subjects, decided_by=by, forms=True)
    subject = next(iter(project.subjects)) if len(project.subjects) == 1 else None
    rows = told.with_columns(
        pl.col("subject").fill_null(subject),
        pl.col("decided_at").fill_null(at),
        pl.col("reason").fill_null(f"from {file.name}"),
    )
    pairs = [(row, _key(row, "l"), _key(row, "r")) for row in rows.iter_rows(named=True)]
    verdicts = [
        Verdict(row["judgement"], row["subject"], _spelt(left), _spelt(right), ((left, right),))
        for row, left, right in pairs
        if row["subject"]
    ]
    known = record_values(run, project, verdicts)
    added = [
        {
            "kind": "judgement", "judgement": row["judgement"], "subject": row["subject"],
            "one": _spelt(left), "other": _spelt(right),
            "pairs": [{"l": left, "r": right, **_values(row, left, right, known)}],
            "decided_by": row["decided_by"], "decided_at": row["decided_at"], "reason": row["reason"], "via": "import",
        }
        for row, left, right in pairs
    ]  # fmt: skip
    return append_decisions(project.path(project.store), added)


def side_by_side(run: Run, row: Mapping[str, Any]) -> list[Row]:
    """Return the attributes of the two records of a doubt: attribute, A, B, `differs` (null where one is missing)."""
    keys = [dict(zip(RECORD_KEY, _key(row, side), strict=True)) for side in ("l", "r")]
    found = [records_of(run, row["subject"], [key]).drop("raw", *RECORD_KEY).to_dicts() for key in keys]
    left, right = (one[0] if one else {} for one in found)
    return [
        {
            "attribute": name,
            "A": left.get(name),
            "B": right.get(name),
            "differs": None if left.get(name) is None or right.get(name) is None else left[name] != right[name],
        }
        for name in (left or right)
        if left.get(name) is not None or right.get(name) is not None
    ]


def named(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return the two records of a row as the commands take them."""
    return _spelt(_key(row, "l")), _spelt(_key(row, "r"))


def pair_verdict(row: Mapping[str, Any], word: str) -> Verdict:
    """Return what a reviewer says of the two records of a row."""
    return Verdict(word, row["subject"], *named(row), ((_key(row, "l"), _key(row, "r")),))


def reviewed(by: str, at: str, reason: str) -> Act:
    """Return the act of a reviewer."""
    return Act(by, at, reason, "review")


def forms(run: Run, rows: pl.DataFrame) -> Iterator[Row]:
    """Yield the doubts as lines to fill in: keys, an empty judgement, decided_by and reason, and both sides' values."""
    for row in rows.iter_rows(named=True):
        key = {"subject": row["subject"], **{name: row[name] for name in ENDS}}
        blank = dict.fromkeys(("judgement", "decided_by", "reason"))
        values = {f"{one['attribute']}{end}": one[side] for one in side_by_side(run, row) for side, end in _COLUMNS}
        yield {**key, **blank, **values}


_COLUMNS = (("A", "_l"), ("B", "_r"))


def _of_subject(run: Run, name: str, decided: pl.DataFrame) -> pl.DataFrame:
    clusters = run.scan("clusters", subject=name).select("signature_id", "cluster_id").collect()
    sizes = run.scan("signatures", subject=name).select("signature_id", "records").collect()
    told = queue(run.scan("review", subject=name).collect(), clusters, sizes)
    borne = run.scan("record_signature", subject=name).select(*RECORD_KEY, "signature_id").collect()
    own = decided.filter(pl.col("subject").is_null() | (pl.col("subject") == name))
    places = borne.join(clusters, on="signature_id").drop("signature_id")
    said = own
    for side, keys in SIDES.items():
        said = said.join(places.rename({"cluster_id": f"_{side}"}), left_on=keys, right_on=list(RECORD_KEY))
    settled = pl.concat(
        [said.select(cluster_l="_l", cluster_r="_r"), said.select(cluster_l="_r", cluster_r="_l")]
    ).unique()
    left = told.join(settled, on=["cluster_l", "cluster_r"], how="anti", maintain_order="left")
    ends = pl.concat([left["signature_l"], left["signature_r"]]).unique()
    bearers = borne.filter(pl.col("signature_id").is_in(ends.implode())).sort(RECORD_KEY).unique(
        "signature_id", keep="first", maintain_order=True
    )  # fmt: skip
    for side, keys in SIDES.items():
        own_keys = bearers.rename(dict(zip(RECORD_KEY, keys, strict=True)))
        left = left.join(own_keys, left_on=f"signature_{side}", right_on="signature_id")
    return left.select(
        pl.lit(name).alias("subject"), *ENDS, "gain", "records", "match_weight", "reason", "signature_l", "signature_r"
    )


def _values(row: Row, left: Key, right: Key, known: Mapping[tuple[str, Key], str]) -> dict[str, str | None]:
    """Return the hashes of what both records bear in the live run, and where one is not there, those of the file."""
    subject = row["subject"] or ""
    return {
        "values_l": known.get((subject, left), row["values_l"]),
        "values_r": known.get((subject, right), row["values_r"]),
    }


def _key(row: Mapping[str, Any], side: str) -> Key:
    one, two, three = (row[name] for name in SIDES[side])
    return one, two, three


def _spelt(key: Key) -> str:
    return spelt(dict(zip(RECORD_KEY, key, strict=True)))


def listed(judgements: pl.DataFrame) -> list[Row]:
    """Return judgements as rows of a CSV file that `take_in` reads."""
    return judgements.select(COLUMNS).to_dicts()
