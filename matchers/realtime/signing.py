"""One record to its signature, by the folds and expressions of `matchers.signatures`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

import polars as pl

from engine.cleanse import Rulebook
from engine.cleanse.fields import cleansed_values
from engine.hashing import MISSING, SEPARATOR, hash64_of, joined_of
from engine.settings import Subject
from engine.tables import RECORD_KEY
from engine.values import KINDS
from matchers.realtime.expressions import Row, value_of

REMEMBERED = 1 << 17
"""Values whose matched form is remembered."""


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
    identity = subject.identity_attributes()
    values = _folded({name: row.get(name) for name in identity}, subject)
    void = [name for name, text in subject.void().items() if values[name] is not None and _is(text, values)]
    values |= dict.fromkeys(void)
    implied = {name: value_of(text, values) for name, text in subject.implied().items() if values[name] is None}
    values |= {name: value if isinstance(value, str) and value else None for name, value in implied.items()}
    text = joined_of(values.values())
    return Signed(hash64_of(f"{text}{SEPARATOR}{_own(values, key, subject)}"), values)


def _folded(values: dict[str, str | None], subject: Subject) -> dict[str, str | None]:
    """Return the values in the form of their kinds that is matched; nothing stays nothing."""
    kinds = {name: subject.attributes[name].kind for name, value in values.items() if value is not None}
    return values | {name: _fold(values[name], kind) for name, kind in kinds.items()}


@lru_cache(maxsize=REMEMBERED)
def _fold(value: str | None, kind: str) -> str | None:
    """Return one value in the form of its kind that is matched."""
    folded: str | None = pl.Series("value", [value], dtype=pl.String).to_frame().select(_match(kind)).item()
    return folded


@cache
def _match(kind: str) -> pl.Expr:
    return KINDS[kind].match(pl.col("value"))


def _is(text: str, values: Row) -> bool:
    return value_of(text, values) == "true"


def _own(values: Row, key: Mapping[str, str | None], subject: Subject) -> str:
    """Return what keeps a record's signature to itself: `MISSING` where a sufficient set is complete."""
    if any(all(values[name] is not None for name in names) for names in subject.sufficient):
        return MISSING
    if key.get("business_key") is not None:
        return joined_of([key["source"], "key", key["business_key"]])
    return joined_of(key[name] for name in RECORD_KEY)
