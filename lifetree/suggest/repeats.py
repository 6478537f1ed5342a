"""Columns that say what others of their file say: the same words, or the standard form of the same names."""

from __future__ import annotations

import polars as pl

AGAIN = 0.5
"""The share of rows in which a column must repeat another of the same role to be left out."""

ROWS = 5_000
"""Rows in which words are held against each other."""

STANDARD = 0.5
"""The part of the spellings that a standard form leaves at most."""

OF_ONE = 0.99
"""The share of rows in which a spelling has the standard form that it mostly has."""

LENGTH = 0.6
"""The part of a name's length that its standard form keeps at least; a shorter one is a part of the name."""


def repeats(values: pl.Series, others: pl.Series) -> bool:
    """Return whether one of two columns holds the words of the other in most rows."""
    frame = _both(values, others)
    if not frame.height:
        return False
    lists = frame.head(ROWS).select(pl.all().str.extract_all(r"[\p{L}\p{N}]+"))
    common = pl.col("x").list.set_intersection("y").list.len()
    least = pl.min_horizontal(pl.col("x").list.unique().list.len(), pl.col("y").list.unique().list.len())
    return float(lists.select((common >= least).mean()).item() or 0.0) >= AGAIN


def standardises(values: pl.Series, others: pl.Series) -> bool:
    """Return whether `values` are a standard form of `others`: one form for several spellings, hardly any of its own.

    >>> spelt = pl.Series(["acme b.v.", "acme bv", "noll ltd", "noll limited"])
    >>> standardises(pl.Series(["acme", "acme", "noll ltd", "noll ltd"]), spelt), standardises(spelt, spelt)
    (True, False)
    """
    frame = _both(values, others)
    if not frame.height or values.count() < OF_ONE * others.count():
        return False
    mostly = frame.group_by("y", "x").len().group_by("y").agg(pl.col("len").max())["len"].sum()
    spellings, forms = frame["y"].n_unique(), frame["x"].n_unique()
    lengths = frame.select(pl.all().str.len_chars().cast(pl.Int64).sum()).row(0)
    kept = lengths[0] >= LENGTH * lengths[1]
    return bool(forms <= STANDARD * spellings and mostly >= OF_ONE * frame.height and kept)


def _both(values: pl.Series, others: pl.Series) -> pl.DataFrame:
    return pl.DataFrame({"x": values, "y": others}).drop_nulls()
