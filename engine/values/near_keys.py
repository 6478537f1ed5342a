"""Keys that near texts share: for blocking rules, where equal values are too much to ask."""

from __future__ import annotations

import polars as pl

from engine.hashing import hash64, joined

BANDS = 8
ROWS = 2
"""Texts whose pairs of characters overlap by a share s (of all of both) meet in a band with 1 - (1 - s^ROWS)^BANDS."""

_SCHEMA = pl.List(pl.String)


def minhash(expr: pl.Expr) -> pl.Expr:
    """Return the keys of a text's pairs of characters: texts that have most of them in common share one of the keys.

    Case and what is neither letter nor digit do not count. Two texts with half of their pairs in common share a key
    nine times in ten, with a fifth three times in ten. Works on the distinct values only; null without two characters.
    Source: Broder 1997, On the resemblance and containment of documents; banded as by Indyk and Motwani 1998.

    >>> frame = pl.DataFrame({"x": ["hangzhou west lake tea", "hangzhou west-lake tea co", "ely", None]})
    >>> one, other, third, none = frame.select(minhash(pl.col("x")))["x"].to_list()
    >>> len(set(one) & set(other)) > 0, len(set(one) & set(third)), none
    (True, 0, None)
    """
    return expr.map_batches(_minhash, return_dtype=_SCHEMA, is_elementwise=True)


def deletions(expr: pl.Expr) -> pl.Expr:
    """Return the text and every text with one character left out: those one slip apart share an item.

    A slip is a character too many, one too few, another one, or two neighbours exchanged. A text of three characters or
    fewer is its own only item. Source: Mor and Fraenkel 1982, A hash code method for detecting and correcting spelling
    errors.

    >>> frame = pl.DataFrame({"x": ["anna", "ann", None]})
    >>> frame.select(deletions(pl.col("x")))["x"].to_list()
    [['anna', 'nna', 'ana', 'ann'], ['ann'], None]
    """
    return expr.map_batches(_deletions, return_dtype=_SCHEMA, is_elementwise=True)


def _minhash(texts: pl.Series) -> pl.Series:
    values = pl.DataFrame({"text": texts.drop_nulls().unique()})
    bare = pl.col("text").str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]", "")
    pairs = pl.concat_list([bare.str.slice(shift).str.extract_all("(?s).{2}") for shift in range(2)])
    grams = values.select("text", gram=pairs).explode("gram").drop_nulls()
    seeds = range(BANDS * ROWS)
    least = grams.group_by("text").agg(
        hash64(joined([pl.lit(str(seed)), "gram"])).min().alias(f"least {seed}") for seed in seeds
    )
    bands = [
        pl.lit(f"{band} ") + hash64(joined([f"least {band * ROWS + row}" for row in range(ROWS)])).cast(pl.String)
        for band in range(BANDS)
    ]
    return _told(texts, least.select("text", keys=pl.concat_list(bands)))


def _deletions(texts: pl.Series) -> pl.Series:
    values = pl.DataFrame({"text": texts.drop_nulls().unique()}).with_columns(length=pl.col("text").str.len_chars())
    short = values.filter(pl.col("length") <= 3).select("text", key="text")
    longer = values.filter(pl.col("length") > 3)
    whole = longer.select("text", place=pl.lit(-1, pl.Int64), key="text")
    cut = longer.select("text", place=pl.int_ranges(pl.col("length").cast(pl.Int64))).explode("place")
    cut = cut.with_columns(key=pl.col("text").str.head(pl.col("place")) + pl.col("text").str.slice(pl.col("place") + 1))
    keys = pl.concat([short.with_columns(place=pl.lit(-1, pl.Int64)).select(whole.columns), whole, cut])
    listed = keys.sort("text", "place").group_by("text", maintain_order=True).agg(
        keys=pl.col("key").unique(maintain_order=True)
    )  # fmt: skip
    return _told(texts, listed)


def _told(texts: pl.Series, keys: pl.DataFrame) -> pl.Series:
    """Return the keys of each text, in the order of `texts`."""
    found = texts.alias("text").to_frame().join(keys, on="text", how="left", maintain_order="left")
    return found["keys"].alias(texts.name)
