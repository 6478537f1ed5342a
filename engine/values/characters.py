"""Chinese characters: the standard one of variants, readings, classes of like shape, and private-use codes.

Tables: configs/codes/characters.csv, variants.csv and private_use.csv.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Literal

import polars as pl

from engine.values.folds import staged

FEW = 2_000
"""Texts that are walked through character by character in less time than it takes to build a searcher for all."""


def standard_characters(expr: pl.Expr) -> pl.Expr:
    """Return the text with the standard character for every variant.

    Traditional and variant characters and forms of Japan become the simplified one. It is a fold for comparing: 昇 and
    升, 喆 and 哲 are different names before the law.

    >>> frame = pl.DataFrame({"x": ["馮国峯", "呉龢", "堃喆", "Ann"]})
    >>> frame.select(standard_characters(pl.col("x")))["x"].to_list()
    ['冯国峰', '吴和', '坤哲', 'Ann']
    """
    return replaced_characters(expr, "standard")


def reading(expr: pl.Expr) -> pl.Expr:
    """Return how the text sounds: the reading of every Chinese character without its tone, blanks left out.

    A character of several readings has the first of the table, so that two spellings of one sound agree; `pinyin` reads
    surnames as surnames.

    >>> pl.DataFrame({"x": ["李小红", "李晓虹", "Ann"]}).select(reading(pl.col("x")))["x"].to_list()
    ['lixiaohong', 'lixiaohong', 'Ann']
    """
    return replaced_characters(standard_characters(expr), "reading").str.replace_all(r"\s", "")


def replaced_characters(expr: pl.Expr, column: Literal["standard", "reading", "shape"]) -> pl.Expr:
    """Return the text with each character replaced by what stands in a column of the table; others stay."""
    return staged(expr, partial(_replaced, column=column), dtype=pl.String)


def _replaced(texts: pl.Series, column: str) -> pl.Series:
    """Return the texts with their characters replaced; a few are walked through, for many a searcher is built first."""
    if texts.len() > FEW:
        return texts.to_frame("x").select(pl.col("x").str.replace_many(*_characters(column))).to_series()
    table = _table(column)
    told = [text if text is None or text.isascii() else text.translate(table) for text in texts.to_list()]
    return pl.Series(texts.name, told, dtype=pl.String)


def variants_of(characters: pl.Series) -> pl.Series:
    """Return the traditional and variant forms of the characters, in order of the tables.

    >>> variants_of(pl.Series(["峰"])).to_list()
    ['峯']
    """
    known, standard = _characters("standard")
    table = pl.DataFrame({"variant": known, "standard": standard})
    return table.filter(pl.col("standard").is_in(characters.implode()))["variant"]


def public_characters(expr: pl.Expr) -> pl.Expr:
    r"""Return the text with the Unicode character for every private-use code that GB 18030 once gave a character.

    GBK and GB 18030-2000 had no other code for 80 characters (U+E815 to U+E864); GB 18030-2022 has one for all. Other
    private-use codes stay: what they stand for is known to the system alone that wrote them.

    >>> frame = pl.DataFrame({"x": ["张\ue863", "王\ue81e", "李\ue000"]})
    >>> frame.select(public_characters(pl.col("x")))["x"].to_list()
    ['张䶮', '王龴', '李\ue000']
    """
    known, values = _private_use()
    return expr.str.replace_many(known, values)


@cache
def _characters(column: str) -> tuple[list[str], list[str]]:
    from engine.settings.shipped import shipped  # the settings' checks read expressions, and those read this module

    table = pl.read_csv(shipped("codes", "characters.csv"), infer_schema=False).drop_nulls(column)
    table = table.select("character", column)
    if column == "standard":
        variants = pl.read_csv(shipped("codes", "variants.csv"), infer_schema=False)
        table = pl.concat([table, variants.select(table.columns)])
    return table["character"].to_list(), table[column].to_list()


@cache
def _table(column: str) -> dict[int, str]:
    known, values = _characters(column)
    return dict(zip(map(ord, known), values, strict=True))


@cache
def _private_use() -> tuple[list[str], list[str]]:
    from engine.settings.shipped import shipped  # as above

    table = pl.read_csv(shipped("codes", "private_use.csv"), infer_schema=False)
    return [chr(int(code, 16)) for code in table["private_use"]], table["character"].to_list()
