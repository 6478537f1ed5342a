"""The states of an entry, draft, registered (注册), published (发布), and the step from one to the next."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

import polars as pl

from engine.catalogue.entry import plain_code
from engine.catalogue.tables import CATALOGUE_ENTRIES, Catalogue

State = Literal["draft", "registered", "published"]
STATES: tuple[State, ...] = get_args(State)
PUBLISHED: State = "published"


class Moved(NamedTuple):
    """The catalogue after a step, how many entries made it, and why others did not, by code."""

    catalogue: Catalogue
    moved: int
    refused: dict[str, str]


def move(catalogue: Catalogue, codes: Iterable[str], *, to: State) -> Moved:
    """Return the catalogue with the entries of the codes one state further; one that is there already stays.

    No state is passed over: what is to be published is registered first.
    """
    states = dict(catalogue.entries.select("code", "state").iter_rows())
    before = STATES[STATES.index(to) - 1]
    asked = list(dict.fromkeys(map(plain_code, codes)))
    refused = {
        code: f"is {states[code]}, not {before}" if code in states else "the catalogue has no entry of this code"
        for code in asked
        if states.get(code) not in (before, to)
    }
    moved = [code for code in asked if states.get(code) == before]
    told = pl.when(pl.col("code").is_in(moved)).then(pl.lit(to)).otherwise("state").alias("state")
    entries = CATALOGUE_ENTRIES.conform(catalogue.entries.with_columns(told))
    return Moved(Catalogue(entries, catalogue.items), len(moved), refused)


def published(catalogue: Catalogue) -> Catalogue:
    """Return the entries that are published, with their items."""
    entries = catalogue.entries.filter(pl.col("state") == PUBLISHED)
    return Catalogue(
        entries, catalogue.items.join(entries.select("code"), on="code", how="semi", maintain_order="left")
    )
