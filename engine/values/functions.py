"""Functions that expressions may call beside SQL's own; each takes one text column.

They work on any text, and are meant for values in the form that is matched: lower case, without accents.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from engine.values.address_levels import (
    address_building,
    address_city,
    address_community,
    address_compound,
    address_county,
    address_division,
    address_key,
    address_level,
    address_number,
    address_province,
    address_road,
    address_room,
    address_township,
    address_unit,
    lacks_township,
)
from engine.values.characters import reading, standard_characters
from engine.values.company_names import (
    company_alias_keys,
    company_branch,
    company_core,
    company_division,
    company_form,
    company_trade,
)
from engine.values.contacts import is_email, is_phone
from engine.values.date_signs import date_precision, is_default_date, maybe_lunar_date
from engine.values.derived import day_number, id_birth, id_sex, sex_code
from engine.values.division_values import division_from, division_successor, division_until
from engine.values.divisions import division_name
from engine.values.folds import EAST_ASIAN, present
from engine.values.lunar_dates import lunar_to_solar, solar_to_lunar
from engine.values.name_shapes import name_shape, wildcards
from engine.values.near_keys import deletions, minhash
from engine.values.organisations import plain_company
from engine.values.phonetics import metaphone, soundex
from engine.values.pinyin import pinyin, pinyin_readings
from engine.values.subject_kinds import subject_kind
from engine.values.surnames import given_name, surname, surnames
from engine.values.units import amount_unit
from engine.values.western_names import western_given, western_middle, western_surname

_WORD = r"[\p{L}\p{M}\p{N}]+"


def tokens(expr: pl.Expr) -> pl.Expr:
    """Return the distinct words of two characters or more; a run of Chinese or Japanese gives its pairs of characters.

    >>> pl.DataFrame({"x": ["a data data base", "杭州西湖 map"]}).select(tokens(pl.col("x")))["x"].to_list()
    [['data', 'base'], ['map', '杭州', '西湖', '州西']]
    """
    words = expr.str.extract_all(rf"[\p{{L}}\p{{M}}\p{{N}}--{EAST_ASIAN}]{{2,}}")
    pair = f"[{EAST_ASIAN}]{{2}}"
    shifted = expr.str.replace_all(f"[{EAST_ASIAN}]([{EAST_ASIAN}]*)", " ${1}")
    pairs = [expr.str.extract_all(pair), shifted.str.extract_all(pair)]
    return _distinct(pl.concat_list([words, *pairs]), expr)


def bigrams(expr: pl.Expr) -> pl.Expr:
    """Return the distinct pairs of neighbouring characters; a shorter text is its own only item.

    >>> pl.DataFrame({"x": ["anna", "王"]}).select(bigrams(pl.col("x")).list.sort())["x"].to_list()
    [['an', 'na', 'nn'], ['王']]
    """
    return _grams(expr, 2)


def qgrams3(expr: pl.Expr) -> pl.Expr:
    """Return the distinct runs of three characters; a shorter text is its own only item."""
    return _grams(expr, 3)


def year(expr: pl.Expr) -> pl.Expr:
    """Return the year of an ISO date text.

    >>> pl.DataFrame({"x": ["1980-01-31", "1980"]}).select(year(pl.col("x")))["x"].to_list()
    ['1980', '1980']
    """
    return expr.str.extract(r"^(\d{4})(?:-|$)")


def month(expr: pl.Expr) -> pl.Expr:
    """Return the month of an ISO date text in two digits; null where it has none."""
    return expr.str.extract(r"^\d{4}-(\d{2})(?:-|$)")


def day(expr: pl.Expr) -> pl.Expr:
    """Return the day of the month of an ISO date text in two digits; null where it has none."""
    return expr.str.extract(r"^\d{4}-\d{2}-(\d{2})$")


def digits(expr: pl.Expr) -> pl.Expr:
    """Return the digits 0 to 9 alone; null without any."""
    return present(expr.str.replace_all(r"[^0-9]", ""))


def first_token(expr: pl.Expr) -> pl.Expr:
    """Return what stands before the first blank."""
    return expr.str.extract(r"^\s*(\S+)")


def last_token(expr: pl.Expr) -> pl.Expr:
    """Return what stands after the last blank."""
    return expr.str.extract(r"(\S+)\s*$")


def sorted_tokens(expr: pl.Expr) -> pl.Expr:
    """Return the words in alphabetical order: a key that does not depend on their order.

    >>> pl.DataFrame({"x": ["smith john", "john smith"]}).select(sorted_tokens(pl.col("x")))["x"].to_list()
    ['john smith', 'john smith']
    """
    return present(expr.str.extract_all(_WORD).list.sort().list.join(" "))


def consonants(expr: pl.Expr) -> pl.Expr:
    """Return the letters in lower case without a, e, i, o, u; null without any.

    >>> pl.DataFrame({"x": ["Maria Silva", "Eo"]}).select(consonants(pl.col("x")))["x"].to_list()
    ['mrslv', None]
    """
    return present(expr.str.to_lowercase().str.replace_all(r"[^\p{L}]|[aeiou]", ""))


def initial(expr: pl.Expr) -> pl.Expr:
    """Return the first letter or digit."""
    return expr.str.extract(r"([\p{L}\p{N}])")


def acronym(expr: pl.Expr) -> pl.Expr:
    """Return the first character of every word.

    >>> pl.DataFrame({"x": ["association for computing machinery"]}).select(acronym(pl.col("x")))["x"].to_list()
    ['afcm']
    """
    bare = expr.str.replace(r"^[^\p{L}\p{N}]+", "")
    return present(bare.str.replace_all(r"([\p{L}\p{N}])[\p{L}\p{M}\p{N}]*[^\p{L}\p{N}]*", "${1}"))


def _grams(expr: pl.Expr, size: int) -> pl.Expr:
    offsets = [expr.str.slice(offset).str.extract_all(f"(?s).{{{size}}}") for offset in range(size)]
    short = pl.when(expr.str.len_chars().is_between(1, size - 1)).then(pl.concat_list([expr]))
    return pl.when(short.is_null()).then(_distinct(pl.concat_list(offsets), expr)).otherwise(short)


def _distinct(lists: pl.Expr, expr: pl.Expr) -> pl.Expr:
    return pl.when(expr.is_not_null()).then(lists.list.unique(maintain_order=True))


FUNCTIONS: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    function.__name__: function
    for function in (
        tokens, bigrams, qgrams3, minhash, deletions, soundex, metaphone, year, month, day, digits, first_token,
        last_token, sorted_tokens,
        consonants, initial, acronym, plain_company, reading, standard_characters,
        division_name, division_successor, division_from, division_until, id_birth, id_sex, sex_code, day_number,
        subject_kind,
        date_precision, is_default_date, maybe_lunar_date, lunar_to_solar, solar_to_lunar, amount_unit, is_phone,
        is_email, address_province, address_city, address_county, address_township, address_community, address_road,
        address_number, address_compound, address_building, address_unit, address_room, address_level, lacks_township,
        address_division, address_key, surname, given_name, surnames, pinyin, pinyin_readings, name_shape, wildcards,
        company_division, company_core, company_trade, company_form, company_branch, company_alias_keys,
        western_given, western_middle, western_surname,
    )
}  # fmt: skip
