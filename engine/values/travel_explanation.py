"""Travel permits, passports and foreign permanent residence numbers, explained.

The forms of the passports of China, Hong Kong and Macau are those in use; no standard publishes them.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from engine.values.divisions import Divisions
from engine.values.explanation import explained, first_reason
from engine.values.resident_explanation import explain_resident_id
from engine.values.travel_documents import (
    OLD_FOREIGN,
    clean_foreign_permanent,
    clean_passport,
    clean_travel_permit,
    is_passport,
    is_travel_permit,
    match_travel_permit,
)

CHINESE_PASSPORTS = {
    "passport_cn_ordinary": r"^(?:E\d{8}|E[A-HJ-NP-Z]\d{7}|G\d{8}|1[45]\d{7})$",
    "passport_cn_diplomatic": r"^(?:DE\d{7}|D\d{7,8})$",
    "passport_cn_service": r"^(?:SE\d{7}|S\d{7,8})$",
    "passport_cn_public_affairs": r"^(?:PE\d{7}|P\d{7,8})$",
    "passport_hk": r"^(?:K\d{8}|KJ\d{7}|H\d{8})$",
    "passport_macau": r"^M[AB]\d{7}$",
}

TRAVEL_SCHEMES = {
    "hk_travel_permit": "mainland travel permit for Hong Kong residents",
    "macau_travel_permit": "mainland travel permit for Macau residents",
    "taiwan_travel_permit": "mainland travel permit for Taiwan residents",
    "foreign_permanent_old": "foreign permanent residence, form before 2023",
    "passport_cn_ordinary": "ordinary passport of China",
    "passport_cn_diplomatic": "diplomatic passport of China",
    "passport_cn_service": "service passport of China",
    "passport_cn_public_affairs": "passport of China for public affairs",
    "passport_hk": "passport of Hong Kong",
    "passport_macau": "passport of Macau",
    "passport": "passport",
}


def explain_travel_permit(values: pl.Series) -> pl.DataFrame:
    """Return one explanation for each delivered text, in order; `holder` is what stays, `issue` counts renewals.

    >>> explain_travel_permit(pl.Series(["H12345678(01)"])).select("scheme", "holder", "issue").rows()
    [('hk_travel_permit', 'H12345678', '01')]
    """
    number = pl.col("number")
    frame = values.cast(pl.String).alias("given").to_frame().with_columns(number=clean_travel_permit(pl.col("given")))
    fits = is_travel_permit(number)
    width = number.str.len_chars()
    lettered = number.str.contains("^[HM]")
    long = pl.when(lettered).then(width.is_in([9, 11])).otherwise(width.is_in([8, 10, 11]))
    reason = first_reason(("length", ~long), ("form", ~fits))
    first = {"H": "hk_travel_permit", "M": "macau_travel_permit"}
    scheme = number.str.slice(0, 1).replace_strict(first, default="taiwan_travel_permit")
    return explained(
        frame.with_columns(
            kind=pl.lit("travel_permit"), valid=fits, reason=reason, scheme=pl.when(fits).then(scheme),
            holder=pl.when(fits).then(match_travel_permit(number)),
            issue=pl.when(fits).then(number.str.extract(r"^[HM]?\d{8}(\d{2})")),
        )
    )  # fmt: skip


def explain_passport(values: pl.Series) -> pl.DataFrame:
    """Return one explanation for each delivered text, in order; a passport's number changes when it is renewed.

    >>> explain_passport(pl.Series(["E12345678", "L898902C3"])).select("scheme", "country").rows()
    [('passport_cn_ordinary', 'CHN'), ('passport', None)]
    """
    number = pl.col("number")
    frame = values.cast(pl.String).alias("given").to_frame().with_columns(number=clean_passport(pl.col("given")))
    fits = is_passport(number)
    reason = first_reason(("length", ~number.str.len_chars().is_between(5, 9)), ("form", ~fits))
    own = [pl.when(number.str.contains(form)).then(pl.lit(name)) for name, form in CHINESE_PASSPORTS.items()]
    return explained(
        frame.with_columns(
            kind=pl.lit("passport"), valid=fits, reason=reason,
            scheme=pl.when(fits).then(pl.coalesce(*own, pl.lit("passport"))),
            country=pl.when(pl.coalesce(own).is_not_null()).then(pl.lit("CHN")),
        )
    )  # fmt: skip


def explain_foreign_permanent(values: pl.Series, *, as_of: date, divisions: Divisions | None = None) -> pl.DataFrame:
    """Return one explanation for each delivered text, in order: the form of 2023 as a citizen number, or the old one.

    Of the old form the nationality is told, three letters of ISO 3166-1.
    """
    number = pl.col("number")
    cleaned = values.cast(pl.String).alias("given").to_frame().select(number=clean_foreign_permanent(pl.col("given")))
    new = explain_resident_id(cleaned["number"], as_of=as_of, divisions=divisions)
    frame = new.with_columns(given=values.cast(pl.String), number=cleaned["number"], kind=pl.lit("foreign_permanent"))
    old, recent = number.str.contains(OLD_FOREIGN), number.str.contains(r"^9\d{16}[\dX]$")
    reason = first_reason(("length", ~number.str.len_chars().is_in([15, 18])), ("form", ~(old | recent)))
    frame = frame.with_columns(
        reason=pl.when(recent).then("reason").otherwise(pl.when(~old).then(reason)),
        scheme=pl.when(recent).then("scheme").when(old).then(pl.lit("foreign_permanent_old")),
        country=pl.when(recent).then("country").when(old).then(number.str.slice(0, 3)),
        flags=pl.when(recent).then("flags"),
        **{name: pl.when(recent).then(name) for name in ("expected", "birth_date", "sex", "area", "area_name")},
    )
    valid = pl.when(number.is_not_null()).then(pl.col("reason").is_null())
    return explained(frame.with_columns(valid=valid, holder=pl.when(valid).then("number")))
