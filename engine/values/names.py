"""Names of persons, in any script.

Separators inside a transliterated name are folded to U+00B7 as 民委发〔2016〕33号 asks (rule N2).
"""

from __future__ import annotations

import polars as pl

from engine.values.characters import public_characters, standard_characters
from engine.values.folds import EAST_ASIAN, fold_apostrophes, fold_letters, present, staged, words_only
from engine.values.kinds import Kind, register
from engine.values.surnames import UNKNOWN, read_surnames
from engine.values.text import clean_text

SEPARATORS = "\u00b7\u2022\u2027\u30fb\uff65\u2e31\uff0e.\u2219\u22c5"
"""What is typed between the parts of a transliterated name, as the inside of a character class."""

HONORIFICS = ("先生", "女士", "小姐", "同志")
"""What is written behind a name and no part of it."""

_GAP = rf"[\s{SEPARATORS}]*"
_REMARK = r"(?:\([^()]*\)?|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕)"
_REMARKS = rf"^(.*?[^\s{SEPARATORS}])(?:{_GAP}{_REMARK})+{_GAP}$"
_HONORIFIC = rf"^(\p{{Han}}[\p{{Han}}·]*?\p{{Han}})[·\s]?(?:{'|'.join(HONORIFICS)})+$"
_ODD = rf"[\s{SEPARATORS}(\[【〔]|{'|'.join(HONORIFICS)}"
_PARTS = r"^\p{Han}+(?: \p{Han}+)+$"


def clean_name(expr: pl.Expr) -> pl.Expr:
    """Return the name as written, in a name with Chinese characters every separator as U+00B7.

    In such names private-use codes become the characters of GB 18030-2022, remarks in brackets at the end, such as
    (已故), and honorifics behind two characters or more are dropped, and blanks between Chinese characters go where it
    is plain what they are: padding (张 伟, 欧阳 娜娜) or a separator (阿卜杜拉 买买提). Where two names may stand (张伟
    李娜) or too little tells (扎西 次仁), the blank stays; `match_name` ignores blanks and separators. Digits stay.

    >>> frame = pl.DataFrame({"x": ["阿卜杜拉 • 买买提", "张 伟(本人)", "阿卜杜拉 买买提", "张伟先生", "J.R. Smith"]})
    >>> frame.select(clean_name(pl.col("x")))["x"].to_list()
    ['阿卜杜拉·买买提', '张伟', '阿卜杜拉·买买提', '张伟', 'J.R. Smith']
    """
    text = public_characters(clean_text(expr))
    return staged(text, _clean_chinese, dtype=pl.String)


def match_name(expr: pl.Expr) -> pl.Expr:
    """Return lower case without accents, apostrophes and separators; hyphens and dots are blanks in a western name.

    What stands for a character that a system could not store is kept: `?`, `*`, `□` and their like, private-use codes.

    >>> frame = pl.DataFrame({"x": ["José O’Neill-Díaz", "J.R. Smith", "阿卜杜拉·买买提", "张 伟", "王□"]})
    >>> frame.select(match_name(pl.col("x")))["x"].to_list()
    ['jose oneill diaz', 'j r smith', '阿卜杜拉买买提', '张伟', '王□']
    """
    return words_only(fold_apostrophes(fold_letters(expr)), keep=UNKNOWN)


def _clean_chinese(names: pl.Series) -> pl.Series:
    """Return the names; those with Chinese or Japanese characters without remarks and with one kind of separator."""
    odd = (names.str.contains(_ODD) & names.str.contains(f"[{EAST_ASIAN}]")).fill_null(value=False)
    if not odd.any():
        return names
    x = pl.col("x")
    bare = x.str.replace(_REMARKS, "${1}")
    dotted = bare.str.replace_all(rf"\s*[{SEPARATORS}]{_GAP}", "·").str.strip_chars("·")
    chinese = names.filter(odd).alias("x").to_frame().select(present(dotted))
    chinese = chinese.select(_close_gaps(chinese["x"])).select(_without_honorific(x))
    return names.scatter(odd.arg_true(), chinese["x"])


def _close_gaps(names: pl.Series) -> pl.Series:
    """Return names of Chinese characters without blanks that pad, and with U+00B7 for those that separate."""
    parted = names.str.contains(_PARTS).fill_null(value=False)
    if not parted.any():
        return names
    table, x = read_surnames(), pl.col("x")
    whole = x.str.replace_all(" ", "", literal=True)
    length = whole.str.len_chars()
    lone = x.str.contains(r"(?:^| )\p{Han}(?: |$)")
    compound = standard_characters(x).str.contains(f"^(?:{table.compound}) ")
    full = x.str.contains(rf"^[{table.common}]\p{{Han}}{{1,2}} ")
    separate = ~lone & ~full & (length >= 5) & x.str.contains(r"\p{Han}{3}")
    closed = (
        pl.when((lone | compound) & (length <= 4)).then(whole)
        .when(separate).then(x.str.replace_all(" ", "·", literal=True))
        .otherwise(x)
    )  # fmt: skip
    return names.scatter(parted.arg_true(), names.filter(parted).alias("x").to_frame().select(closed)["x"])


def _without_honorific(expr: pl.Expr) -> pl.Expr:
    bare = expr.str.extract(_HONORIFIC)
    surname_alone = standard_characters(bare).str.contains(f"^(?:{read_surnames().compound})$")
    return pl.when(bare.is_null() | surname_alone).then(expr).otherwise(bare).alias("x")


NAME = register(Kind("name", "name of a person", clean_name, match_name))
