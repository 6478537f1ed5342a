"""What a name says: its explanation as rows for people and programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from engine.values.name_explanation import SHAPES, explain_companies, explain_names

_TITLES = {"name": "kept as", "given_name": "given name", "folded": "compared as"}
_SAID = ("given", "changed", "surnames", "wildcards", "shape")


def name_explanations(names: Sequence[str], *, company: bool) -> list[dict[str, Any]]:
    """Return the explanation of each name, in order: of a person's, or with `company` of a company's."""
    given = pl.Series("given", list(names), dtype=pl.String)
    return (explain_companies(given) if company else explain_names(given)).to_dicts()


def name_in_sentences(row: dict[str, Any]) -> list[dict[str, str]]:
    """Return what an explanation says, one thing a row, without what it does not know.

    >>> row = name_explanations(["张伟(本人)"], company=False)[0]
    >>> [one["says"] for one in name_in_sentences(row)][:3]
    ['张伟', 'two Chinese characters', '张']
    """
    told = [{"what": "kept as", "says": row["name"] or "nothing"}]
    if row.get("shape"):
        told.append({"what": "shape", "says": SHAPES[row["shape"]]})
    for name, value in row.items():
        if name in _SAID or name == "name" or value is None:
            continue
        told.append({"what": _TITLES.get(name, name), "says": ", ".join(value) if isinstance(value, list) else value})
    return told + [{"what": "note", "says": says} for says in _notes(row)]


def _notes(row: dict[str, Any]) -> list[str]:
    notes = ["cleansing changes it"] if row["changed"] else []
    if len(row.get("surnames") or ()) > 1:
        notes.append(f"may bear two surnames: {', '.join(row['surnames'])}")
    if row.get("shape") == "wildcard":
        notes.append(f"unknown characters: {row['wildcards']}")
    return notes
