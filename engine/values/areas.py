"""Areas of numbers: the full name of a division code, and whether it was in force when a number was given."""

from __future__ import annotations

import polars as pl

from engine.values.divisions import Divisions, division_flag, read_divisions

FIRST_ISSUED = 1984
"""The year of the trial regulations on identity cards: whoever was born before was numbered by those divisions."""


def locate(codes: pl.Series, years: pl.Series, *, divisions: Divisions | None = None) -> pl.DataFrame:
    """Return for each code and year of birth its `area_name` and the flag of `division_flag` as `sign`, null if sound.

    A code is sound that was in force in the year of birth, or in `FIRST_ISSUED` for earlier births; without a year, one
    that was ever in force. The name is the latest one begun by then, after those of its province and prefecture; an
    unknown code has theirs alone. Rows keep their order.

    >>> locate(pl.Series(["330113", "110103", "330199"]), pl.Series([1990, 1950, 2000])).rows()
    [('浙江省杭州市临平区', 'late_registration'), ('北京市崇文区', None), ('浙江省杭州市', 'unknown_area')]
    """
    table = divisions or read_divisions()
    code, upto = pl.col("code"), pl.max_horizontal("year", pl.lit(FIRST_ISSUED))
    asked = pl.DataFrame({"code": codes, "year": years}, schema_overrides={"year": pl.Int64})
    found = asked.unique().with_columns(upto=pl.when(pl.col("year").is_null()).then(9999).otherwise(upto))
    born, given = (division_flag(code, on, table=table) for on in (pl.col("year"), upto))
    found = found.with_columns(born=born, given=given)
    names = {"province": (2, "0000"), "prefecture": (4, "00"), "county": (6, "")}
    for name, (width, zeros) in names.items():
        below = code.str.slice(width - 2, 2) != "00"
        found = found.with_columns(key=pl.when(below).then(code.str.slice(0, width) + zeros))
        keys = ["key", "upto"]
        found = found.join(_names(found.select(keys).unique(), table).rename({"name": name}), on=keys, how="left")
    whole = pl.concat_str([*names], ignore_nulls=True).replace("", None)
    sign = pl.when(pl.col("born").is_not_null() & pl.col("given").is_not_null()).then("given")
    found = found.select("code", "year", area_name=whole, sign=sign)
    found = asked.join(found, on=["code", "year"], how="left", nulls_equal=True, maintain_order="left")
    return found.select("area_name", "sign")


def _names(keys: pl.DataFrame, table: Divisions) -> pl.DataFrame:
    """Return the name of the latest span of a code that began by the year, else of its first."""
    joined = keys.join(table.spans, left_on="key", right_on="code")
    begin = pl.col("valid_from")
    latest = pl.when(begin <= pl.col("upto")).then(begin).otherwise(-begin)
    return joined.group_by("key", "upto").agg(pl.col("name").sort_by(latest).last())
