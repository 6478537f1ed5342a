"""Citizen numbers and the permits built like them, explained: GB 11643-1999, check character by ISO 7064 MOD 11-2.

The layout of the permanent residence number of 2023 (9, province, country, birth date, sequence) is taken from
descriptions of the card; of its standard only the first digit, the length and the check character are published.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from engine.values.areas import locate
from engine.values.divisions import LATE_REGISTRATION, NOT_THEN, UNKNOWN_AREA, Divisions
from engine.values.explanation import explained, first_reason, flagged
from engine.values.identifiers import clean_identifier
from engine.values.residents import check_character, clean_resident_id

PERMITS = {
    "810000": ("hk_residence_permit", "香港特别行政区"),
    "820000": ("macau_residence_permit", "澳门特别行政区"),
    "830000": ("taiwan_residence_permit", "台湾省"),
}
"""Codes in place of a division on the residence permits of 2018: they say where the holder is from."""

RESIDENT_SCHEMES = {
    "citizen_18": "citizen number of 18 digits",
    "citizen_15": "citizen number of 15 digits",
    "citizen_15_centenarian": "citizen number of 15 digits, sequence of a centenarian",
    "hk_residence_permit": "residence permit for Hong Kong residents",
    "macau_residence_permit": "residence permit for Macau residents",
    "taiwan_residence_permit": "residence permit for Taiwan residents",
    "foreign_permanent_2023": "foreign permanent residence, form of 2023",
}


def explain_resident_id(values: pl.Series, *, as_of: date, divisions: Divisions | None = None) -> pl.DataFrame:
    """Return one explanation for each delivered text, in order; `number` is the form that the kind keeps.

    A birth after `as_of` is not valid. The area is looked up in `divisions`, else in the shipped table: one
    that is unknown, or was not in force in the year of birth, is a flag and never a reason. A null stays without a
    verdict.

    >>> texts = pl.Series(["11010519491231002x", "110105194912310021"])
    >>> told = explain_resident_id(texts, as_of=date(2024, 12, 31))
    >>> told.select("number", "valid", "reason", "expected", "birth_date", "sex", "area_name").rows()[1]
    ('110105194912310021', False, 'check_character', 'X', datetime.date(1949, 12, 31), 'female', '北京市朝阳区')
    """
    given = pl.col("given")
    frame = values.cast(pl.String).alias("given").to_frame()
    frame = frame.with_columns(number=clean_resident_id(given), old=clean_identifier(given).str.len_chars() == 15)
    frame = _parsed(frame, as_of)
    places = locate(frame["area"], frame["birth_date"].dt.year(), divisions=divisions)
    frame = frame.with_columns(places)
    permit = pl.col("area").replace_strict({code: name for code, (_, name) in PERMITS.items()}, default=None)
    flags = flagged(
        *((sign, (pl.col("sign") == sign) & permit.is_null())
          for sign in (UNKNOWN_AREA, LATE_REGISTRATION, NOT_THEN)),
        ("age_over_120", pl.col("birth_date").dt.offset_by("120y") < as_of),
    )  # fmt: skip
    return explained(
        frame.with_columns(
            kind=pl.lit("resident_id"), flags=flags, area_name=pl.coalesce(permit, "area_name"), holder=pl.col("valid")
        ).with_columns(holder=pl.when("holder").then("number"))
    )


def _parsed(frame: pl.DataFrame, as_of: date) -> pl.DataFrame:
    number, long = pl.col("number"), pl.col("number").str.len_chars() == 18
    formed = (long & number.str.contains(r"^[1-9]\d{16}[\dX]$")) | number.str.contains(r"^[1-9]\d{14}$")
    frame = frame.with_columns(formed=formed, long=long)
    born = pl.when(pl.col("formed") & pl.col("long")).then(number.str.slice(6, 8)).str.to_date("%Y%m%d", strict=False)
    check = pl.when(pl.col("formed") & pl.col("long")).then(check_character(number))
    frame = frame.with_columns(birth_date=pl.when(born.dt.year().is_between(1800, 2099)).then(born), check=check)
    reason = first_reason(
        ("length", ~number.str.len_chars().is_in([15, 18])),
        ("form", ~pl.col("formed")),
        ("birth_date", number.is_not_null() & pl.col("birth_date").is_null()),
        ("birth_in_future", pl.col("birth_date") > as_of),
        ("check_character", pl.col("check") != number.str.slice(17)),
    )
    odd = number.str.slice(16, 1).cast(pl.Int8, strict=False) % 2 == 1
    foreign = pl.col("long") & number.str.starts_with("9")
    area = pl.when(foreign).then(number.str.slice(1, 2) + "0000").otherwise(number.str.slice(0, 6))
    return frame.with_columns(
        reason=reason,
        scheme=pl.when("formed").then(_scheme(foreign)),
        sex=pl.when(pl.col("formed") & pl.col("long")).then(
            pl.when(odd).then(pl.lit("male")).otherwise(pl.lit("female"))
        ),
        area=pl.when("formed").then(area),
        country=pl.when(pl.col("formed") & foreign).then(number.str.slice(3, 3)),
    ).with_columns(
        valid=pl.when(number.is_not_null()).then(pl.col("reason").is_null()),
        expected=pl.when(pl.col("reason") == "check_character").then("check"),
    )


def _scheme(foreign: pl.Expr) -> pl.Expr:
    number = pl.col("number")
    permit = number.str.slice(0, 6).replace_strict({code: name for code, (name, _) in PERMITS.items()}, default=None)
    centenarian = number.str.slice(14, 3).is_in(["996", "997", "998", "999"]) & number.str.slice(6, 2).eq("18")
    return (
        pl.when(pl.col("old") & centenarian).then(pl.lit("citizen_15_centenarian"))
        .when(pl.col("old") | ~pl.col("long")).then(pl.lit("citizen_15"))
        .when(foreign).then(pl.lit("foreign_permanent_2023"))
        .otherwise(pl.coalesce(permit, pl.lit("citizen_18")))
    )  # fmt: skip
