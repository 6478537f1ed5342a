"""What a number says: its explanation as rows for people and programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from engine.values.explanation import FLAGS, REASONS
from engine.values.number_schemes import SCHEMES, context_of, explain_numbers

_TITLES = {"organisation_code": "organisation code", "birth_date": "birth date", "area_name": "division"}
_VERDICT = ("given", "kind", "scheme", "valid", "reason", "expected", "flags")


def explanations(
    numbers: Sequence[str], *, as_of: date, kind: str | None = None, column: str | None = None
) -> list[dict[str, Any]]:
    """Return the explanation of each number: as of `kind`, else of the kind that column title and form tell."""
    texts = pl.Series("given", list(numbers), dtype=pl.String)
    context = context_of(column) if column else None
    return explain_numbers(texts, as_of=as_of, kind=kind, context=context).to_dicts()


def in_sentences(row: dict[str, Any]) -> list[dict[str, str]]:
    """Return what an explanation says, one thing a row, without what it does not know.

    >>> row = explanations(["110105194912310021"], as_of=date(2024, 12, 31))[0]
    >>> [one["says"] for one in in_sentences(row)][:2]
    ['citizen number of 18 digits', 'no: the check character does not fit; X would']
    """
    told = [
        ("kind", SCHEMES.get(row["scheme"] or "", (row["kind"] or "unknown").replace("_", " "))),
        ("valid", _verdict(row)),
    ]
    for name, value in row.items():
        if name not in _VERDICT and value is not None:
            told.append((_TITLES.get(name, name), str(value)))
    told += [("note", FLAGS[flag]) for flag in row["flags"]]
    return [{"what": what, "says": says} for what, says in told]


def _verdict(row: dict[str, Any]) -> str:
    if row["valid"] is None:
        return "nothing was given"
    if row["valid"]:
        return "yes"
    would = f"; {row['expected']} would" if row["expected"] else ""
    return f"no: {REASONS[row['reason']]}{would}"
