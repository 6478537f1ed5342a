"""Folds that several kinds of value share; each is idempotent and keeps null null."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

EAST_ASIAN = r"\p{Han}\p{Hiragana}\p{Katakana}"
"""Scripts written without blanks between words, as the inside of a character class."""

_LETTERS = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ħ": "h", "ı": "i", "ŋ": "n",
}  # fmt: skip
_APOSTROPHES = "['`´‘’‛ʹʻʼʾʿ′]"


def present(expr: pl.Expr) -> pl.Expr:
    """Return the text, null where it is empty."""
    return expr.replace("", None)


def staged(expr: pl.Expr, function: Callable[[pl.Series], pl.Series], *, dtype: type[pl.DataType]) -> pl.Expr:
    """Return `function` of the column, which works step by step: a step that is used often is computed once."""
    return expr.map_batches(function, return_dtype=dtype, is_elementwise=True)


def unless_plain(expr: pl.Expr, fold: Callable[[pl.Expr], pl.Expr], *, plain: str) -> pl.Expr:
    """Return `fold` of the texts, which is worked out only for those that `plain`, a pattern, does not fit.

    `fold` yields text and leaves what fits `plain` as it is: most values of a register need no repair.

    >>> frame = pl.DataFrame({"x": ["ab", "Ab", None]})
    >>> frame.select(unless_plain(pl.col("x"), lambda text: text.str.to_lowercase(), plain="^[a-z]*$"))["x"].to_list()
    ['ab', 'ab', None]
    """

    def folded(values: pl.Series) -> pl.Series:
        fitting = values.str.contains(plain)
        if fitting.all():
            return values
        odd = (~fitting).fill_null(value=False)
        places = odd.arg_true()
        mended = values.gather(places).alias("odd").to_frame().select(fold(pl.col("odd"))).to_series()
        return values.scatter(places, mended) if places.len() < values.len() else mended.alias(values.name)

    return staged(expr, folded, dtype=pl.String)


def fold_letters(expr: pl.Expr) -> pl.Expr:
    """Return lower case without accents: é is e, ß is ss, ø is o; letters of other scripts keep their own form.

    >>> pl.DataFrame({"x": ["Zoë Strauß", "Łódź", "が"]}).select(fold_letters(pl.col("x")))["x"].to_list()
    ['zoe strauss', 'lodz', 'が']
    """
    plain = expr.str.to_lowercase().str.normalize("NFKD").str.replace_all("[\u0300-\u036f]+", "")
    return plain.str.replace_many(_LETTERS).str.normalize("NFKC").str.to_lowercase()


def fold_apostrophes(expr: pl.Expr) -> pl.Expr:
    """Return the text without apostrophes, in whatever form they were typed."""
    return expr.str.replace_all(_APOSTROPHES, "")


def fold_spaces(expr: pl.Expr) -> pl.Expr:
    """Return the text with single blanks, none at its ends and none beside Chinese or Japanese characters.

    >>> pl.DataFrame({"x": [" a   b ", "杭州 西湖 A 座"]}).select(fold_spaces(pl.col("x")))["x"].to_list()
    ['a b', '杭州西湖A座']
    """
    single = expr.str.replace_all(r"\s+", " ").str.strip_chars()
    return single.str.replace_all(rf"([{EAST_ASIAN}]) ", "${1}").str.replace_all(rf" ([{EAST_ASIAN}])", "${1}")


def words_only(expr: pl.Expr, keep: str = "") -> pl.Expr:
    """Return the text with everything but letters, marks, digits and the characters of `keep` as blanks, folded.

    `keep` is the inside of a character class. Nothing left becomes null.
    """
    return present(fold_spaces(expr.str.replace_all(rf"[^\p{{L}}\p{{M}}\p{{N}}{keep}]+", " ")))
