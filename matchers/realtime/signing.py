"""Records to their signatures, by the folds and expressions of `matchers.signatures`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import polars as pl

from engine.cleanse import Rulebook
from engine.cleanse.fields import cleansed_values
from engine.hashing import MISSING, SEPARATOR, hash64_of, joined_of
from engine.settings import Subject
from engine.tables import RECORD_KEY
from engine.values import KINDS
from matchers.realtime.expressions import Row, Value, values_of

REMEMBERED = 1 << 17
"""Values of a kind whose matched form is remembered."""

_FRESH: Any = object()
"""Stands for the form of a value that was not seen before."""


class Signed(NamedTuple):
    """The number of a record's signature, and its identity attributes in the form that is matched."""

    signature_id: int
    values: dict[str, str | None]


def clean(row: Row, *, subject: Subject, rulebook: Rulebook) -> dict[str, str | None]:
    """Return the delivered values of a record as cleansing keeps them: null where a rule empties them."""
    return {
        name: None
        if value is None
        else cleansed_values(
            pl.Series([value], dtype=pl.String), kind=subject.attributes[name].kind, rulebook=rulebook
        ).item()
        for name, value in row.items()
    }


def sign_one(row: Row, key: Mapping[str, str | None], *, subject: Subject) -> Signed:
    """Return what `matchers.signatures.sign` makes of a record that no judgement names.

    `row` holds cleansed values; `key` its RECORD_KEY and business_key.
    """
    return sign_each([row], [key], subject=subject)[0]


def sign_each(rows: Sequence[Row], keys: Sequence[Mapping[str, str | None]], *, subject: Subject) -> list[Signed]:
    """Return what `sign_one` returns for each of several records; what is new in them is worked out together."""
    identity = subject.identity_attributes()
    matched = {name: folded([row.get(name) for row in rows], subject.attributes[name].kind) for name in identity}
    came = [dict(zip(identity, own, strict=True)) for own in zip(*matched.values(), strict=True)]
    void = {name: _yielded(text, came, name, missing=False) for name, text in subject.void().items()}
    known = [
        own | {name: None for name, told in void.items() if told.get(place) == "true"} for place, own in enumerate(came)
    ]
    implied = {name: _yielded(text, known, name, missing=True) for name, text in subject.implied().items()}
    values = [
        own | {name: _text(told[place]) for name, told in implied.items() if place in told}
        for place, own in enumerate(known)
    ]
    return [Signed(_number(own, key, subject), own) for own, key in zip(values, keys, strict=True)]


def _yielded(text: str, rows: Sequence[Row], name: str, *, missing: bool) -> dict[int, Value]:
    """Return what an expression yields, by the place of the row, of those that have an attribute or are missing it."""
    places = [place for place, row in enumerate(rows) if (row[name] is None) is missing]
    return dict(zip(places, values_of(text, [rows[place] for place in places]), strict=True))


def _text(value: Value) -> str | None:
    """Return an implied value; an empty one is none."""
    return value if isinstance(value, str) and value else None


def folded(values: Sequence[str | None], kind: str) -> list[str | None]:
    """Return values in the form of their kind that is matched; nothing stays nothing."""
    seen = _folds(kind)
    told = {value: seen.get(value, _FRESH) for value in dict.fromkeys(values) if value is not None}
    if fresh := [value for value, form in told.items() if form is _FRESH]:
        column = pl.Series("value", fresh, dtype=pl.String)
        forms = column.to_frame().select(_match(kind)).to_series().to_list()
        told.update(zip(fresh, forms, strict=True))
        if len(seen) > REMEMBERED:
            seen.clear()
        seen.update(zip(fresh, forms, strict=True))
    return [None if value is None else told[value] for value in values]


@cache
def _folds(_kind: str) -> dict[str, str | None]:
    """Return the values of a kind that were seen before, in the form that is matched."""
    return {}


@cache
def _match(kind: str) -> pl.Expr:
    return KINDS[kind].match(pl.col("value"))


def _number(values: Row, key: Mapping[str, str | None], subject: Subject) -> int:
    return hash64_of(f"{joined_of(values.values())}{SEPARATOR}{_own(values, key, subject)}")


def _own(values: Row, key: Mapping[str, str | None], subject: Subject) -> str:
    """Return what keeps a record's signature to itself: `MISSING` where a sufficient set is complete."""
    if any(all(values[name] is not None for name in names) for names in subject.sufficient):
        return MISSING
    if key.get("business_key") is not None:
        return joined_of([key["source"], "key", key["business_key"]])
    return joined_of(key[name] for name in RECORD_KEY)
