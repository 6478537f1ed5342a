"""Numbers of legal entities, explained: GB 32100-2015, GB 11714-1997, GS 15-2006."""

from __future__ import annotations

from functools import cache

import polars as pl

from engine.values.areas import locate
from engine.values.check_characters import credit_check, organisation_check, registration_check
from engine.values.credit_codes import LETTERS, clean_uscc
from engine.values.divisions import Divisions
from engine.values.explanation import explained, first_reason, flagged
from engine.values.identifiers import clean_identifier

ENTITY_SCHEMES = {
    "uscc": "unified social credit code",
    "organisation_code": "organisation code",
    "registration_15": "registration number of 15 digits",
    "registration_13": "registration number of 13 digits, in use to 2007",
    "registration_words": "registration number in words",
}

_SEQUENCES = {**dict.fromkeys("0123", "内资"), **dict.fromkeys("45", "外资"), **dict.fromkeys("6789", "个体工商户")}


def explain_uscc(values: pl.Series, *, divisions: Divisions | None = None) -> pl.DataFrame:
    """Return one explanation for each delivered text, in order: registrar, category, division, organisation code.

    Every letter of the alphabet may stand first (A the military, N rural collectives, Y others). `expected` is the
    check character that fits, of the organisation code where the reason says so. An unknown division or category is a
    flag.

    >>> told = explain_uscc(pl.Series(["91110000600037341l", "91350100M000100Y4Z"]))
    >>> told.select("number", "valid", "expected", "registrar", "category", "organisation_code", "flags").rows()
    [('91110000600037341L', True, None, '市场监管', '企业', '600037341', []),
     ('91350100M000100Y4Z', False, None, None, None, None, [])]
    """
    number = pl.col("number")
    frame = values.cast(pl.String).alias("given").to_frame().with_columns(number=clean_uscc(pl.col("given")))
    frame = frame.with_columns(formed=number.str.contains(rf"^[{LETTERS}]{{2}}[0-9]{{6}}[{LETTERS}]{{10}}$"))
    frame = frame.with_columns(formed_number=pl.when("formed").then("number"))
    whole, inside = frame["formed_number"], frame["formed_number"].str.slice(8, 9)
    frame = frame.with_columns(
        check=credit_check(whole), inner=organisation_check(inside),
        area=pl.when("formed").then(number.str.slice(2, 6)), organisation_code=inside,
    )  # fmt: skip
    reason = first_reason(
        ("length", number.str.len_chars() != 18),
        ("form", ~pl.col("formed")),
        ("check_character", pl.col("check") != number.str.slice(17)),
        ("organisation_code", pl.col("inner") != pl.col("organisation_code").str.slice(8)),
    )
    two = pl.when("formed").then(number.str.slice(0, 2))
    frame = _verdict(frame.with_columns(reason=reason, two=two))
    frame = frame.join(_registrars(), on="two", how="left", maintain_order="left")
    frame = frame.with_columns(_places(frame, divisions))
    flags = flagged(
        ("unknown_area", pl.col("sign") == "unknown_area"),
        ("unknown_category", pl.col("formed") & pl.col("category").is_null()),
    )
    return explained(
        frame.with_columns(kind=pl.lit("uscc"), scheme=pl.when("formed").then(pl.lit("uscc")), flags=flags)
    )


def explain_organisation_code(values: pl.Series) -> pl.DataFrame:
    """Return one explanation for each delivered text, in order.

    >>> explain_organisation_code(pl.Series(["D2143569-X", "60003734-2"])).select("number", "valid", "expected").rows()
    [('D2143569X', True, None), ('600037342', False, '1')]
    """
    number = pl.col("number")
    frame = values.cast(pl.String).alias("given").to_frame().with_columns(number=clean_identifier(pl.col("given")))
    frame = frame.with_columns(formed=number.str.contains("^[0-9A-Z]{8}[0-9X]$"))
    frame = frame.with_columns(check=organisation_check(frame["number"]), inner=pl.lit(None, pl.String))
    reason = first_reason(
        ("length", number.str.len_chars() != 9),
        ("form", ~pl.col("formed")),
        ("check_character", pl.col("check") != number.str.slice(8)),
    )
    frame = _verdict(frame.with_columns(reason=reason))
    code, scheme = pl.when("formed").then("number"), pl.when("formed").then(pl.lit("organisation_code"))
    return explained(frame.with_columns(kind=pl.lit("organisation_code"), scheme=scheme, organisation_code=code))


def explain_registration_number(values: pl.Series, *, divisions: Divisions | None = None) -> pl.DataFrame:
    """Return one explanation for each delivered text, in order.

    Of 15 digits the first 6 are the registering authority, the next tells domestic (0-3), foreign (4-5) and individual
    business (6-9), the last is the check digit. 13 digits and numbers in words have no check.

    >>> texts = pl.Series(["110108000000016", "110108000000017", "某字第1号"])
    >>> told = explain_registration_number(texts)
    >>> told.select("scheme", "valid", "expected", "category", "area_name").rows()
    [('registration_15', True, None, '内资', '北京市海淀区'), ('registration_15', False, '6', '内资', '北京市海淀区'),
     ('registration_words', True, None, None, None)]
    """
    number = pl.col("number")
    frame = values.cast(pl.String).alias("given").to_frame().with_columns(number=clean_identifier(pl.col("given")))
    scheme = (
        pl.when(number.str.contains(r"^[0-9]{15}$")).then(pl.lit("registration_15"))
        .when(number.str.contains(r"^[0-9]{13}$")).then(pl.lit("registration_13"))
        .when(number.str.contains(r"^\p{Han}+字第?[0-9]+号?$")).then(pl.lit("registration_words"))
    )  # fmt: skip
    frame = frame.with_columns(scheme=scheme, check=registration_check(frame["number"]), inner=pl.lit(None, pl.String))
    long = pl.col("scheme") == "registration_15"
    reason = first_reason(
        ("length", pl.col("scheme").is_null() & number.str.contains(r"^\d+$")),
        ("form", pl.col("scheme").is_null() & number.is_not_null()),
        ("check_character", long & (pl.col("check") != number.str.slice(14))),
    )
    digits = pl.col("scheme").is_in(["registration_15", "registration_13"])
    kind_of_firm = number.str.slice(6, 1).replace_strict(_SEQUENCES, default=None)
    frame = _verdict(
        frame.with_columns(
            reason=reason, area=pl.when(digits).then(number.str.slice(0, 6)), category=pl.when(long).then(kind_of_firm)
        )
    )
    frame = frame.with_columns(_places(frame, divisions))
    flags = flagged(("unknown_area", pl.col("sign") == "unknown_area"))
    return explained(frame.with_columns(kind=pl.lit("registration_number"), flags=flags))


def _verdict(frame: pl.DataFrame) -> pl.DataFrame:
    reason = pl.col("reason")
    return frame.with_columns(
        valid=pl.when(pl.col("number").is_not_null()).then(reason.is_null()),
        expected=pl.when(reason == "check_character").then("check").when(reason == "organisation_code").then("inner"),
    )


def _places(frame: pl.DataFrame, divisions: Divisions | None = None) -> pl.DataFrame:
    return locate(frame["area"], pl.Series([None] * len(frame), dtype=pl.Int64), divisions=divisions)


@cache
def _registrars() -> pl.DataFrame:
    from engine.settings.shipped import shipped  # the settings' checks read expressions, and those read the kinds

    table = pl.read_csv(shipped("codes", "credit_code_registrars.csv"), infer_schema=False, comment_prefix="#")
    return table.select(
        two=pl.col("registrar") + pl.col("category"), registrar="registrar_title", category="category_title"
    )
