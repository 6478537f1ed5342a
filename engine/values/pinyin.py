"""Pinyin of Chinese names, surnames read as surnames (configs/codes/pinyin.csv, surnames.csv).

Syllables have no tone; ü is written yu behind l and n, as on passports (GB/T 28039-2011: 吕 lyu).
"""

from __future__ import annotations

from functools import cache

import polars as pl

from engine.values.folds import present, staged
from engine.values.surnames import one_or_two, read_surnames, split_names

_NO_LETTERS = r"[^\p{L}\p{M}\p{N}?*□]+"


def pinyin(expr: pl.Expr) -> pl.Expr:
    """Return the syllables of a name with blanks between, the surname in its own reading; lower case.

    A surname of several readings has the most usual one, other characters their first. What is not Chinese stays, with
    blanks for punctuation.

    >>> frame = pl.DataFrame({"x": ["单雄信", "尉迟恭", "覃小明", "阿卜杜拉·买买提", "Ann Lee"]})
    >>> frame.select(pinyin(pl.col("x")))["x"].to_list()
    ['shan xiong xin', 'yu chi gong', 'qin xiao ming', 'a bu du la mai mai ti', 'ann lee']
    """
    return staged(expr, _pinyin, dtype=pl.String)


def pinyin_readings(expr: pl.Expr) -> pl.Expr:
    """Return every reading of a name as a key without blanks: one for each reading that its surname has.

    Meant for blocking: names typed by ear meet when they share a reading. Readings of given names do not branch.

    >>> frame = pl.DataFrame({"x": ["覃小明", "乐嘉", "张伟"]})
    >>> frame.select(pinyin_readings(pl.col("x")))["x"].to_list()
    [['qinxiaoming', 'tanxiaoming'], ['yuejia', 'lejia'], ['zhangwei']]
    """
    return expr.map_batches(_readings, return_dtype=pl.List(pl.String), is_elementwise=True)


def _pinyin(names: pl.Series) -> pl.Series:
    spoken = _spoken(split_names(names))
    return spoken.select(_spelt("first", " ")).to_series().alias(names.name)


def _readings(names: pl.Series) -> pl.Series:
    spoken = _spoken(split_names(names))
    keys = spoken.select(_spelt("first", ""), _spelt("second", ""))
    return keys.select(one_or_two("first", "second")).to_series().alias(names.name)


def _spoken(split: pl.DataFrame) -> pl.DataFrame:
    """Return the names with the surname's readings in the place of it: `first`, and `second` where it has two."""
    name, width = pl.col("name"), pl.col("width")
    forms, first, second = _surname_readings()
    written, folded = name.str.head(width), pl.col("folded").str.head(width)
    split = split.with_columns(
        key=pl.when(written.is_in(forms.implode())).then(written).otherwise(folded), rest=name.str.slice(width)
    )
    read = [pl.col("key").replace_strict(forms, column, default=None) for column in (first, second)]
    usual, other = (pl.when(width.is_not_null()).then(one + " " + pl.col("rest")) for one in read)
    return split.select("name", first=pl.coalesce(usual, name), second=other)


def _spelt(column: str, gap: str) -> pl.Expr:
    characters, syllables = _syllables()
    spelt = pl.col(column).str.replace_many(characters, syllables).str.replace_all(_NO_LETTERS, gap)
    return present(spelt.str.strip_chars().str.to_lowercase())


@cache
def _surname_readings() -> tuple[pl.Series, pl.Series, pl.Series]:
    rows = read_surnames().rows.drop_nulls("readings")
    read = rows["readings"].str.split("|")
    return rows["surname"], read.list.first(), read.list.get(1, null_on_oob=True)


@cache
def _syllables() -> tuple[list[str], list[str]]:
    table = read_syllables().explode("characters")
    return table["characters"].to_list(), (" " + table["reading"] + " ").to_list()


@cache
def read_syllables() -> pl.DataFrame:
    """Return the syllables and the list of the characters of each.

    >>> read_syllables().filter(pl.col("reading") == "shua").row(0)
    ('shua', ['㕞', '刷', '唰', '耍', '誜', '𠛚', '𤔙', '𩈥', '𩉆', '𩤤', '𱝃'])
    """
    from engine.settings.shipped import shipped  # the settings' checks read expressions, and those read this module

    table = pl.read_csv(shipped("codes", "pinyin.csv"), infer_schema=False)
    return table.with_columns(pl.col("characters").str.split(""))
