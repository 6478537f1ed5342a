"""Shapes of names, and what stands in them for a character that nobody could store."""

from __future__ import annotations

from functools import cache

import polars as pl

from engine.values.folds import staged
from engine.values.pinyin import read_syllables
from engine.values.surnames import UNKNOWN, split_names

SHAPES = {
    "chinese2": "two Chinese characters",
    "chinese3": "three Chinese characters",
    "chinese4": "four Chinese characters",
    "compound": "Chinese characters that begin with a compound surname",
    "transliterated": "Chinese characters with U+00B7, or five and more without a compound surname",
    "wildcard": "something in it stands for an unknown character",
    "numbered": "a digit among Chinese characters",
    "placeholder": "in the place of a name: 张丽之女, 无名氏",
    "latin": "Latin letters and no Chinese character",
    "mixed": "Chinese characters and letters of another script",
    "other": "anything else",
}
"""What `name_shape` answers; of several that fit, `placeholder` comes first, then `wildcard` and `numbered`."""

_PLACEHOLDER = r"^.{2,}之[长次大小双]?[子女婴](?:[婴儿].*|\(.*)?$|无名氏|未(?:取|命|起)名|^(?:弃|女|男)?婴儿?$|^某"


def wildcards(expr: pl.Expr) -> pl.Expr:
    """Return the name with `?` for everything in it that stands for one unknown character.

    That is `?`, `*`, `□`, `■`, `〓` and their like, a private-use code, and one syllable of pinyin beside a Chinese
    character. A name without Chinese characters stays as it is.

    >>> frame = pl.DataFrame({"x": ["王□", "张YI凡", "李*明", "王kun", "乔治·W·布什", "J*hn", "张伟"]})
    >>> frame.select(wildcards(pl.col("x")))["x"].to_list()
    ['王?', '张?凡', '李?明', '王?', '乔治·W·布什', 'J*hn', '张伟']
    """
    return staged(expr, _wildcards, dtype=pl.String)


def name_shape(expr: pl.Expr) -> pl.Expr:
    """Return the shape of a name, one word of `SHAPES`; null for null.

    >>> frame = pl.DataFrame({"x": ["张伟", "欧阳娜娜", "阿卜杜拉·买买提", "王?", "张伟2", "张丽之女", "Ann Lee"]})
    >>> frame.select(name_shape(pl.col("x")))["x"].to_list()
    ['chinese2', 'compound', 'transliterated', 'wildcard', 'numbered', 'placeholder', 'latin']
    """
    return staged(expr, _shapes, dtype=pl.String)


def _wildcards(names: pl.Series) -> pl.Series:
    odd = names.str.contains(r"\p{Han}") & names.str.contains(rf"[A-Za-z{UNKNOWN}]")
    odd = odd.fill_null(value=False)
    if not odd.any():
        return names
    syllable = f"(?i:{_alternation()})"
    text = pl.col("x").str.replace_all(f"[{UNKNOWN}]", "?").str.replace(rf"^{syllable}([\p{{Han}}?])", "?${1}")
    for _ in range(2):  # two syllables with one character between share that character
        text = text.str.replace_all(rf"([\p{{Han}}?]){syllable}([\p{{Han}}?]|$)", "${1}?${2}")
    return names.scatter(odd.arg_true(), names.filter(odd).alias("x").to_frame().select(text)["x"])


def _shapes(names: pl.Series) -> pl.Series:
    name, length, width = pl.col("name"), pl.col("name").str.len_chars(), pl.col("width")
    frame = split_names(names).with_columns(spelt=_wildcards(names))
    chinese = name.str.contains(r"^\p{Han}+$")
    shape = (
        pl.when(name.is_null()).then(None)
        .when(name.str.contains(_PLACEHOLDER)).then(pl.lit("placeholder"))
        .when(~name.str.contains(r"\p{Han}")).then(
            pl.when(name.str.contains(r"^[\p{Latin}\p{M}\s'’.\-·,]+$") & name.str.contains(r"\p{Latin}"))
            .then(pl.lit("latin")).otherwise(pl.lit("other")))
        .when(pl.col("spelt").str.contains("?", literal=True)).then(pl.lit("wildcard"))
        .when(name.str.contains(r"\p{N}")).then(pl.lit("numbered"))
        .when(name.str.contains(r"[\p{L}--\p{Han}]")).then(pl.lit("mixed"))
        .when(chinese & (width > 1)).then(pl.lit("compound"))
        .when(chinese & length.is_between(2, 4)).then(pl.lit("chinese") + length.cast(pl.String))
        .when((chinese & (length > 4)) | name.str.contains(r"^[\p{Han}·]+$")).then(
            pl.when(length > 1).then(pl.lit("transliterated")).otherwise(pl.lit("other")))
        .otherwise(pl.lit("other"))
    )  # fmt: skip
    return frame.select(shape).to_series().alias(names.name)


@cache
def _alternation() -> str:
    syllables = {*read_syllables()["reading"], "lv", "nv", "lve", "nve"}
    return "|".join(sorted((one for one in syllables if len(one) > 1), key=lambda one: (-len(one), one)))
