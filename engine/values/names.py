"""Names of persons, in any script.

Separators inside a transliterated name are folded to U+00B7 as 民委发〔2016〕33号 asks (rule N2).
"""

from __future__ import annotations

import polars as pl

from engine.values.folds import EAST_ASIAN, fold_apostrophes, fold_letters, present, words_only
from engine.values.kinds import Kind, register
from engine.values.text import clean_text

SEPARATORS = "\u00b7\u2022\u2027\u30fb\uff65\u2e31\uff0e."
"""What is typed between the parts of a transliterated name, as the inside of a character class."""


def clean_name(expr: pl.Expr) -> pl.Expr:
    """Return the name as written, in a name with Chinese characters every separator as U+00B7.

    A remark in brackets at its end, such as (已故), is dropped.
    A blank between Chinese characters stays: padding (张 伟) and separator look the same; `match_name` ignores both.

    >>> frame = pl.DataFrame({"x": ["阿卜杜拉 • 买买提", "阿卜杜拉.买买提", "José  O'Neill", "J.R. Smith"]})
    >>> frame.select(clean_name(pl.col("x")))["x"].to_list()
    ['阿卜杜拉·买买提', '阿卜杜拉·买买提', "José O'Neill", 'J.R. Smith']
    """
    text = clean_text(expr)
    bare = text.str.replace(r"\s*\([^()]*\)$", "")
    dotted = bare.str.replace_all(rf"\s*[{SEPARATORS}][\s{SEPARATORS}]*", "·").str.strip_chars("·")
    return pl.when(text.str.contains(rf"[{EAST_ASIAN}]")).then(present(dotted)).otherwise(text)


def match_name(expr: pl.Expr) -> pl.Expr:
    """Return lower case without accents, apostrophes and separators; hyphens and dots are blanks in a western name.

    The wildcards `?`, `*` and `□`, which stand for a character that a system could not store, are kept.

    >>> frame = pl.DataFrame({"x": ["José O’Neill-Díaz", "J.R. Smith", "阿卜杜拉·买买提", "张 伟", "王□"]})
    >>> frame.select(match_name(pl.col("x")))["x"].to_list()
    ['jose oneill diaz', 'j r smith', '阿卜杜拉买买提', '张伟', '王□']
    """
    return words_only(fold_apostrophes(fold_letters(expr)), keep="?*□")


NAME = register(Kind("name", "name of a person", clean_name, match_name))
