"""Judgements and open doubts as CSV files that people fill in elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from engine.settings import Project
from engine.store import Run
from engine.store.decisions import append_decisions
from lifetree.judging import Key, Verdict, record_values
from lifetree.reviewing import ENDS, Row, key_of, side_by_side, spelt_key
from matchers.judgements import read_judgements

_SIDES = (("A", "_l"), ("B", "_r"))


def take_in(run: Run, project: Project, file: Path, *, by: str | None, at: str) -> list[str]:
    """Add the judgements of a CSV file and return their numbers; lines without a judgement are left out.

    `by`, the time `at` and the reason "from" the file's name stand in for what a line leaves open.

    Raises:
        ConfigurationError: with every fault of the file; then nothing is added.
    """
    told = read_judgements(file, subjects=project.subjects, decided_by=by, forms=True)
    subject = next(iter(project.subjects)) if len(project.subjects) == 1 else None
    rows = told.with_columns(
        pl.col("subject").fill_null(pl.lit(subject, pl.String)),
        pl.col("decided_at").fill_null(at),
        pl.col("reason").fill_null(f"from {file.name}"),
    )
    pairs = [(row, key_of(row, "l"), key_of(row, "r")) for row in rows.iter_rows(named=True)]
    verdicts = [
        Verdict(row["judgement"], row["subject"], spelt_key(left), spelt_key(right), ((left, right),))
        for row, left, right in pairs
        if row["subject"]
    ]
    known = record_values(run, verdicts)
    added = [
        {
            "kind": "judgement", "judgement": row["judgement"], "subject": row["subject"],
            "one": spelt_key(left), "other": spelt_key(right),
            "pairs": [{"l": left, "r": right, **_values(row, left, right, known)}],
            "decided_by": row["decided_by"], "decided_at": row["decided_at"], "reason": row["reason"], "via": "import",
        }
        for row, left, right in pairs
    ]  # fmt: skip
    return append_decisions(project.path(project.store), added)


def forms(run: Run, rows: pl.DataFrame) -> Iterator[Row]:
    """Yield the doubts as lines to fill in: keys, an empty judgement, decided_by and reason, and both sides' values."""
    for row in rows.iter_rows(named=True):
        key = {"subject": row["subject"], **{name: row[name] for name in ENDS}}
        blank = dict.fromkeys(("judgement", "decided_by", "reason"))
        values = {f"{one['attribute']}{end}": one[side] for one in side_by_side(run, row) for side, end in _SIDES}
        yield {**key, **blank, **values}


def _values(row: Row, left: Key, right: Key, known: Mapping[tuple[str, Key], str]) -> dict[str, str | None]:
    """Return the hashes of what both records bear in the live run, and where one is not there, those of the file."""
    subject = row["subject"] or ""
    return {
        "values_l": known.get((subject, left), row["values_l"]),
        "values_r": known.get((subject, right), row["values_r"]),
    }
