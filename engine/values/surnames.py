"""Surnames of Chinese names: single, compound, two in one name (configs/codes/surnames.csv).

The functions take a name as written or as matched. They answer for names of Chinese characters alone, with or without
wildcards in the place of a character; a name with U+00B7 or of Latin letters has no Chinese surname and gives null.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import polars as pl

from engine.values.characters import standard_characters, variants_of
from engine.values.folds import staged

UNKNOWN = r"?*□■〓◆◇█\x{FFFD}\x{E000}-\x{F8FF}"
"""What stands for a character that a system could not store or show, as the inside of a character class."""

COMMON = 180
"""So many surnames are told from other characters without the name around them: nine of ten persons bear one."""

_CHINESE = rf"^\p{{Han}}[\p{{Han}}{UNKNOWN}]+$"
_CLAN = "氏$"


class Surnames(NamedTuple):
    """The table: `rows` as they are, `compound` as an alternation of a regular expression, `common` and `single`.

    The last two are the inside of a character class: simplified, traditional and variant forms of single surnames.
    """

    rows: pl.DataFrame
    compound: str
    common: str
    single: str


@cache
def read_surnames() -> Surnames:
    """Return the table of surnames.

    >>> read_surnames().rows.filter(pl.col("surname") == "覃").row(0)
    ('覃', '132', 'qin|tan', 'CC-CEDICT')
    """
    from engine.settings.shipped import shipped  # the settings' checks read expressions, and those read this module

    rows = pl.read_csv(shipped("codes", "surnames.csv"), infer_schema=False)
    width = pl.col("surname").str.len_chars()
    compound = rows.filter(width > 1).sort(width, descending=True, maintain_order=True)["surname"]
    single = rows.filter(width == 1)
    common = single.filter(pl.col("rank").cast(pl.Int64) <= COMMON)["surname"]
    return Surnames(rows, "|".join(compound), _with_variants(common), _with_variants(single["surname"]))


def surname(expr: pl.Expr) -> pl.Expr:
    """Return the surname: a compound one of the table, else the first character; null where none can be told.

    A name of two characters has a surname of one. Without a compound surname, names of five characters or more are
    transliterated and have none. A short transliterated name (买买提) cannot be told from a Chinese one.

    >>> frame = pl.DataFrame({"x": ["欧阳娜娜", "歐陽修", "欧阳", "陈方安生", "阿卜杜拉·买买提", "?伟", "J. Smith"]})
    >>> frame.select(surname(pl.col("x")))["x"].to_list()
    ['欧阳', '歐陽', '欧', '陈', None, None, None]
    """
    return staged(expr, _surname, dtype=pl.String)


def given_name(expr: pl.Expr) -> pl.Expr:
    """Return what follows the surname: `surname` and `given_name` together are the name.

    Null where there is no surname, and in names that have none (王氏, 王李氏: of the family 王, born 李).

    >>> frame = pl.DataFrame({"x": ["欧阳娜娜", "张伟", "陈方安生", "王李氏", "阿卜杜拉·买买提"]})
    >>> frame.select(given_name(pl.col("x")))["x"].to_list()
    ['娜娜', '伟', '方安生', None, None]
    """
    return staged(expr, _given_name, dtype=pl.String)


def surnames(expr: pl.Expr) -> pl.Expr:
    """Return the surname, and the second one of names that bear two; null where none can be told.

    Two are in a name of four characters that begins with two common surnames (a wife's after her husband's, a mother's
    after the father's), and before 氏. A given name of three characters that begins with one of them is not told apart.

    >>> frame = pl.DataFrame({"x": ["陈方安生", "张杨子涵", "王李氏", "欧阳娜娜", "张伟", "Ann"]})
    >>> frame.select(surnames(pl.col("x")))["x"].to_list()
    [['陈', '方'], ['张', '杨'], ['王', '李'], ['欧阳'], ['张'], None]
    """
    return expr.map_batches(_surnames, return_dtype=pl.List(pl.String), is_elementwise=True)


def split_names(names: pl.Series) -> pl.DataFrame:
    """Return for each name, in order: `name`, `folded` (standard characters) and `width`, the surname's length or null.

    >>> split_names(pl.Series(["欧阳娜娜", "Ann"])).rows()
    [('欧阳娜娜', '欧阳娜娜', 2), ('Ann', 'Ann', None)]
    """
    table = read_surnames()
    name, folded, length = pl.col("name"), pl.col("folded"), pl.col("name").str.len_chars()
    frame = names.cast(pl.String).alias("name").to_frame().with_columns(folded=standard_characters(name))
    compound = folded.str.extract(rf"^({table.compound})").str.len_chars().alias("compound")
    frame = frame.with_columns(compound, chinese=name.str.contains(_CHINESE))
    behind = length - pl.col("compound")
    width = pl.when(behind.is_between(1, 3)).then("compound").when(length.is_between(2, 4)).then(1)
    return frame.select("name", "folded", width=pl.when("chinese").then(width).cast(pl.UInt32))


def one_or_two(first: str, second: str) -> pl.Expr:
    """Return the list of two text columns without what is null; null where the first is."""
    one, two = pl.col(first), pl.col(second)
    lists = pl.when(two.is_null()).then(pl.concat_list(one)).otherwise(pl.concat_list(one, two))
    return pl.when(one.is_not_null()).then(lists)


def _surname(names: pl.Series) -> pl.Series:
    first = pl.col("name").str.head(pl.col("width"))
    return split_names(names).select(pl.when(pl.col("width").is_not_null()).then(first)).to_series().alias(names.name)


def _given_name(names: pl.Series) -> pl.Series:
    name = pl.col("name")
    clan = (name.str.len_chars() <= 3) & name.str.contains(_CLAN)
    rest = pl.when(pl.col("width").is_not_null() & ~clan).then(name.str.slice(pl.col("width")))
    return split_names(names).select(rest).to_series().alias(names.name)


def _surnames(names: pl.Series) -> pl.Series:
    table = read_surnames()
    name, width = pl.col("name"), pl.col("width")
    paired = (name.str.len_chars() == 4) & name.str.contains(f"^[{table.common}]{{2}}")
    clan = name.str.contains(f"^.[{table.single}]{_CLAN}")
    second = pl.when((width == 1) & (paired | clan)).then(name.str.slice(1, 1))
    first = pl.when(width.is_not_null()).then(name.str.head(width))
    found = split_names(names).select(first=first, second=second)
    return found.select(one_or_two("first", "second")).to_series().alias(names.name)


def _with_variants(characters: pl.Series) -> str:
    return "".join(characters) + "".join(variants_of(characters))
