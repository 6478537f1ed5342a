"""Parts of a name of a person in Latin letters, where a register holds the name as one text: given names, then surname.

Titles, ranks and generational suffixes are no part of a name. A name of one word is a given name when the table of
nicknames knows it, else a surname; one of titles alone is none.
"""

from __future__ import annotations

import polars as pl

from engine.values.nicknames import known_given_names

TITLES = (
    "mr mrs ms miss mx dr prof professor rev reverend hon sir dame lady lord capt captain col colonel lt maj major sgt "
    "baronet bart bt esq esquire jr jnr junior sr snr senior ii iii iv phd md mp qc kc obe mbe cbe frs"
).split()
"""Words that stand before or behind a name; a number with its ending (1st) does too."""

_TITLE = rf"\b(?:{'|'.join(TITLES)}|\d+(?:st|nd|rd|th))\b\.?"
PARTICLES = ("de", "del", "della", "der", "di", "du", "la", "le", "van", "von", "zu")
"""Words that begin a surname."""

_SURNAME = rf"((?:\b(?:{'|'.join(PARTICLES)}) )*\S+)$"


def western_given(expr: pl.Expr) -> pl.Expr:
    """Return the first given name; null where the name has none.

    >>> frame = pl.DataFrame({"x": ["sir john henry starkey 1st baronet", "starkey", "john", "anna de la cruz"]})
    >>> frame.select(western_given(pl.col("x")))["x"].to_list()
    ['john', None, 'john', 'anna']
    """
    return _given(expr).str.extract(r"^(\S+)")


def western_middle(expr: pl.Expr) -> pl.Expr:
    """Return the given names after the first; null where the name has none.

    >>> frame = pl.DataFrame({"x": ["sir john henry starkey 1st baronet", "john starkey"]})
    >>> frame.select(western_middle(pl.col("x")))["x"].to_list()
    ['henry', None]
    """
    return _given(expr).str.extract(r"^\S+ (.+)$")


def western_surname(expr: pl.Expr) -> pl.Expr:
    """Return the surname, with the particles before it; null where the name has none.

    >>> frame = pl.DataFrame({"x": ["sir john henry starkey 1st baronet", "starkey", "john", "anna de la cruz"]})
    >>> frame.select(western_surname(pl.col("x")))["x"].to_list()
    ['starkey', 'starkey', None, 'de la cruz']
    """
    bare = without_titles(expr)
    return pl.when(~_lone_given(bare)).then(bare.str.extract(_SURNAME))


def _given(expr: pl.Expr) -> pl.Expr:
    bare = without_titles(expr)
    before = bare.str.replace(rf"\s*{_SURNAME}", "").replace("", None)
    return pl.when(_lone_given(bare)).then(bare).otherwise(before)


def without_titles(expr: pl.Expr) -> pl.Expr:
    """Return the name, in lower case, without titles; null where nothing is left."""
    return expr.str.replace_all(_TITLE, " ").str.replace_all(r"\s+", " ").str.strip_chars().replace("", None)


def _lone_given(bare: pl.Expr) -> pl.Expr:
    return bare.is_in(known_given_names())
