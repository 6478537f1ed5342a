"""Nicknames of given names in English (configs/codes/nicknames.csv)."""

from __future__ import annotations

from functools import cache

import polars as pl


def formal_names(expr: pl.Expr) -> pl.Expr:
    """Return the list of a given name, in lower case, and the names that it is a nickname of.

    Two names that can be one person's have a member in common: bill and will are both william. The table has some forms
    both ways. Unknown names are alone in their list.

    >>> frame = pl.DataFrame({"x": ["tom", "thomas", "zebulon", None]})
    >>> frame.select(formal_names(pl.col("x")))["x"].to_list()
    [['tom', 'thom', 'thomas'], ['thomas', 'thom', 'tom'], ['zebulon'], None]
    """
    nicknames, formal = _nicknames()
    known = expr.replace_strict(nicknames, formal, default=None, return_dtype=pl.String)
    return pl.concat_str(expr, known, separator=" ", ignore_nulls=True).replace("", None).str.split(" ")


@cache
def known_given_names() -> tuple[str, ...]:
    """Return every given name and nickname of the table, sorted."""
    nicknames, formal = _nicknames()
    return tuple(sorted({*nicknames, *(name for names in formal for name in names.split())}))


@cache
def _nicknames() -> tuple[list[str], list[str]]:
    from engine.settings.shipped import shipped  # the settings' checks read expressions, and those read values

    table = pl.read_csv(shipped("codes", "nicknames.csv"), infer_schema=False)
    of = table.group_by("nickname").agg(pl.col("name").sort().str.join(" ")).sort("nickname")
    return of["nickname"].to_list(), of["name"].to_list()
