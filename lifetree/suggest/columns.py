"""What each column of a file is: its role, kind of value and use, judged by its name and its values."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from lifetree.suggest.reading import Sample
from lifetree.suggest.shapes import Shape, shape_of
from lifetree.suggest.vocabulary import Called, Use, called, vocabulary

LEAST_FIT = 0.3
"""The share of a column's name that a role's words must explain."""

LEAST_FILLED = 0.2
CONSTANT = 0.95
FEW_VALUES = 0.02
"""Two rows of which this share agrees by chance tell little apart, where nothing is known of the column."""

NUMBER_DATES = ("birth_date", "founded")


class Column(NamedTuple):
    """One column: `filled` is a share of the rows, `top` that of the most frequent value among the filled ones.

    `collision` is the probability that two filled rows agree by chance. `why` says why it is not used.
    """

    name: str
    role: str
    kind: str
    use: Use
    why: str
    filled: float
    distinct: int
    top: float
    collision: float
    shape: Shape
    fit: float


def columns_of(sample: Sample) -> list[Column]:
    """Return the columns of a file in its order."""
    return [_column(sample.frame[name], name, whole=sample.frame.height) for name in sample.facts.columns]


def _column(delivered: pl.Series, name: str, *, whole: int) -> Column:
    text = delivered.to_frame("x").select(pl.col("x").str.strip_chars().replace("", None)).to_series()
    values = text.drop_nulls()
    counts = values.value_counts().get_column("count") if values.len() else pl.Series([0])
    total = max(values.len(), 1)
    top = float(counts.max() or 0) / total  # type: ignore[arg-type]
    squares = float((counts.cast(pl.Float64) * (counts.cast(pl.Float64) - 1)).sum())
    say = called(name)
    if say.fit < LEAST_FIT:
        say = say._replace(role="")
    dated = bool(say.role) and vocabulary().roles[say.role].kind == "date"
    shape = shape_of(values, dates=dated)
    distinct = values.n_unique()
    facts = Column(
        name, say.role, "text", "match", "", total / whole if values.len() else 0.0, distinct, top,
        squares / max(total * (total - 1), 1), shape, say.fit,
    )  # fmt: skip
    return _with_use(_with_kind(facts, say), say, unique=distinct == whole and values.len() == whole)


def _with_kind(column: Column, say: Called) -> Column:
    """Return the column with the role and kind that its values bear out."""
    role = say.role or _role_of_values(column)
    forms, shape = column.shape.forms, column.shape
    if role in {"name", "full_name", "organisation", "title"}:
        if shape.organisations >= vocabulary().organisation_share and role != "title":
            role = "organisation"
        elif forms["chinese_name"] >= 0.5:
            role = "full_name"
    if role == "resident_id" and forms["resident_id"] < 0.5:
        role = "credit_code" if forms["uscc"] >= 0.5 else "identifier"
    kind = vocabulary().roles[role].kind if role else "text"
    if kind == "date" and shape.dates < 0.5:
        kind = "number" if forms["number"] >= 0.9 and shape.length <= 4 else "text"
    if (kind == "number" and forms["number"] < 0.8) or (kind == "email" and forms["email"] < 0.5):
        kind = "text"
    if kind == "uscc" and forms["uscc"] < 0.5:
        kind = "identifier"
    return column._replace(role=role, kind=kind)


def _role_of_values(column: Column) -> str:
    """Return the role that the values of a column of an unknown name stand for; "" for none."""
    shape, forms = column.shape, column.shape.forms
    known = {"email": "email", "url": "note", "resident_id": "resident_id", "uscc": "credit_code"}
    for form, role in known.items():
        if forms[form] >= 0.8:
            return role
    if forms["chinese_name"] >= 0.7:
        return "full_name"
    if forms["chinese_address"] >= 0.7:
        return "address"
    if forms["chinese"] >= 0.5 and shape.organisations >= 0.5:
        return "organisation"
    if shape.dates >= 0.8 and shape.length >= 8:
        return "volatile"
    if shape.length >= 80 or shape.words >= 12:
        return "note"
    return ""


def _with_use(column: Column, say: Called, *, unique: bool) -> Column:
    """Return the column with its use, and why it has none."""
    use: Use = vocabulary().roles[column.role].use if column.role else "match"
    why = ""
    if not column.distinct:
        why = "empty"
    elif say.others:
        why = "tells of somebody else"
    elif use == "key":
        use, why = ("key", "") if unique else ("carry", "a number of the file's own, not one a row")
    elif use == "carry":
        why = "does not tell subjects apart"
    elif column.top >= CONSTANT:
        why = "nearly the same everywhere"
    elif column.filled < LEAST_FILLED:
        why = "mostly empty"
    elif not column.role:
        why = _unknown(column, unique=unique)
    return column._replace(use="carry" if why else use, why=why)


def _unknown(column: Column, *, unique: bool) -> str:
    """Return why a column of no known role is not used; "" where it is."""
    if column.collision > FEW_VALUES:
        return "few values, and what they are is not known"
    if column.shape.forms["number"] >= 0.8:
        return "numbers, and what they are is not known"
    if unique and column.shape.words < 2:
        return "another value in every row"
    return ""
