"""Plain text: character form without change of wording (rule N1)."""

from __future__ import annotations

import polars as pl

from engine.values.folds import present, unless_plain
from engine.values.kinds import Kind, register

_UNSEEN = r"[\p{Cf}\p{Cc}--\s]+"
_PLAIN = r"^[!-~\u{4e00}-\u{9fff}·]+$"
"""Characters that stay what they are: visible ones of ASCII, and the first block of Chinese ones."""


def clean_text(expr: pl.Expr) -> pl.Expr:
    """Return NFKC text without control and zero-width characters, every run of space one blank; empty becomes null.

    Half-width and compatibility forms become the ordinary character (Unicode Standard Annex 15, form NFKC).

    >>> frame = pl.DataFrame({"x": [" 张\u200b伟 ", "ＡＢ　１２", "  ", None]})
    >>> frame.select(clean_text(pl.col("x")))["x"].to_list()
    ['张伟', 'AB 12', None, None]
    """
    return unless_plain(expr, _cleaned, plain=_PLAIN)


def _cleaned(expr: pl.Expr) -> pl.Expr:
    text = expr.str.replace_all(_UNSEEN, "").str.normalize("NFKC")
    return present(text.str.replace_all(r"\s+", " ").str.strip_chars())


def match_text(expr: pl.Expr) -> pl.Expr:
    """Return the text in lower case."""
    return expr.str.to_lowercase()


TEXT = register(Kind("text", "free text", clean_text, match_text))
