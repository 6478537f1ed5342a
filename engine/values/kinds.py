"""The registry of kinds of value: how each is cleansed for keeping and folded for matching."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import polars as pl

Fold = Callable[[pl.Expr], pl.Expr]


class Kind(NamedTuple):
    """One kind of value.

    `clean` turns delivered text into the form that is kept and shown; `match` turns that into the form that is
    compared; both are idempotent and keep null null. `valid` says whether a cleansed value can be one of its kind at
    all, null for null. All are functions of a column that keep its name.
    """

    name: str
    title: str
    clean: Fold
    match: Fold
    valid: Fold | None = None


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Add a kind to the registry and return it."""
    KINDS[kind.name] = kind
    return kind
