"""The key of a delivered row: the text of its key columns."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def row_key(names: Sequence[str]) -> pl.Expr:
    r"""Return the key as text without blanks around it, null where one of its columns is blank.

    >>> rows = pl.DataFrame({"no": [" 7 ", "8", "9"], "town": ["a|b", "c", " "]})
    >>> rows.select(row_key(["no", "town"])).to_series().to_list()
    ['7|a\\|b', '8|c', None]
    """
    texts = [pl.col(name).str.strip_chars() for name in names]
    parts = texts if len(names) == 1 else [text.str.replace_all(r"([\\|])", r"\${1}") for text in texts]
    blank = pl.any_horizontal(is_blank(name) for name in names)
    return pl.when(~blank).then(pl.concat_str(parts, separator="|"))


def is_blank(name: str) -> pl.Expr:
    """Return whether a column of texts has none but blanks."""
    return pl.col(name).str.strip_chars().fill_null("") == ""
