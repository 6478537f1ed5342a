"""Entries found by words in their names, codes, providers, summaries and items."""

from __future__ import annotations

import re
from functools import reduce
from operator import and_

import polars as pl

from engine.catalogue.entry import CODE_FORM, plain_code
from engine.catalogue.tables import Catalogue

PLACES = ("code", "name", "provider", "provider_code", "classification", "application_system", "summary")
"""Where words are looked for beside the items; a word in an earlier place ranks before one in a later."""

SHOWN_ITEMS = 3


def search(catalogue: Catalogue, words: str) -> pl.DataFrame:
    """Return the entries in which every word occurs, best first: code, name, provider …, item names last; then by code.

    Words are parted by blanks; case and full width do not matter, and a word may be part of a longer one. Without a
    word, all entries. `found_in` are the first places of the words, `matched_items` the first items that hold one. The
    cost is one scan of the texts: no index is kept.

    >>> from engine.catalogue.tables import CATALOGUE_ENTRIES, CATALOGUE_ITEMS
    >>> empty = Catalogue(CATALOGUE_ENTRIES.empty(), CATALOGUE_ITEMS.empty())
    >>> search(empty, "姓名").height
    0
    """
    sought = [plain_code(word) if re.match(CODE_FORM, word) else word for word in _folded_text(words).split()]
    entries = catalogue.entries.with_columns(_folded(place).alias(f"folded {place}") for place in PLACES)
    items = catalogue.items.select("code", "position", "name", folded=_folded("name"))
    for number, word in enumerate(sought):
        hits = items.lazy().filter(pl.col("folded").str.contains(word, literal=True)).select("code").unique().collect()
        found = [pl.col(f"folded {place}").str.contains(word, literal=True).fill_null(value=False) for place in PLACES]
        in_items = pl.col("code").is_in(hits["code"].implode())
        rank = pl.coalesce(
            *(pl.when(test).then(pl.lit(place)) for place, test in enumerate(found)),
            pl.when(in_items).then(len(PLACES)),
        )
        entries = entries.with_columns(rank.alias(f"rank {number}")).filter(pl.col(f"rank {number}").is_not_null())
    ranks = [pl.col(f"rank {number}") for number in range(len(sought))]
    order = [pl.sum_horizontal(ranks)] if ranks else []
    names = dict(enumerate([*PLACES, "items"]))
    places = [rank.replace_strict(names, return_dtype=pl.String) for rank in ranks]
    where = pl.concat_list(places).list.unique(maintain_order=True) if ranks else pl.lit([], pl.List(pl.String))
    shown = entries.sort(*order, "code").with_columns(found_in=where)
    matched = _matched(items, shown, sought)
    columns = (
        "code",
        "name",
        "provider",
        "sharing_type",
        "update_cycle",
        "state",
        "items",
        "found_in",
        "matched_items",
    )
    shown = shown.join(matched, on="code", how="left", maintain_order="left")
    return shown.with_columns(pl.col("matched_items").fill_null([])).select(columns)


def _matched(items: pl.DataFrame, entries: pl.DataFrame, sought: list[str]) -> pl.DataFrame:
    tests = [~pl.col("folded").str.contains(word, literal=True) for word in sought]
    held = items.filter(~reduce(and_, tests) if tests else pl.lit(value=False))
    held = held.join(entries.select("code"), on="code", how="semi").sort("code", "position")
    return held.group_by("code", maintain_order=True).agg(pl.col("name").head(SHOWN_ITEMS).alias("matched_items"))


def _folded(column: str) -> pl.Expr:
    return pl.col(column).str.normalize("NFKC").str.to_lowercase()


def _folded_text(words: str) -> str:
    return str(pl.select(pl.lit(words).str.normalize("NFKC").str.to_lowercase()).item())
