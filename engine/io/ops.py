"""What a row of a delta does: it adds or replaces its record, or withdraws it."""

from __future__ import annotations

import polars as pl

UPSERT, DELETE = "U", "D"

WORDS = {
    "u": UPSERT, "i": UPSERT, "update": UPSERT, "insert": UPSERT, "d": DELETE, "delete": DELETE,
}  # fmt: skip
"""The usual words, in small letters."""


def read_op(text: pl.Expr) -> pl.Expr:
    """Return "U" or "D"; null for an empty text and for any other word. Case and blanks around do not matter.

    >>> frame = pl.DataFrame({"x": ["I", "update", " d ", "DELETE", "X", None]})
    >>> frame.select(read_op(pl.col("x")))["x"].to_list()
    ['U', 'U', 'D', 'D', None, None]
    """
    plain = text.str.strip_chars().str.to_lowercase()
    return plain.replace_strict(WORDS, default=None, return_dtype=pl.String)


def unread_op(column: str, text: pl.Expr) -> pl.Expr:
    """Return why a row with such a text is set aside."""
    got = pl.when(text.str.strip_chars().fill_null("") == "").then(pl.lit("is empty"))
    known = "U, I, insert, update; D, delete"
    return pl.concat_str(
        pl.lit(f"the column '{column}' must say what the row does ({known}), and "),
        got.otherwise(pl.format("says '{}'", text)),
    )
