"""Division codes over time (GB/T 2260): known or not, names, parts above, and what became of them.

The table (configs/codes/divisions.csv) tells years, not days: a code stands in the list of 31 December of every year
from `valid_from` to the year before `valid_to`. In the year of a change the old code and the new one both count as in
force. A code without an end is in force today; before 1981, the first list, nothing is known. Codes of 9 or 12 digits
(townships, villages) are looked up by the county in front. `on` and `since` are dates, years, or text that begins with
a year. A flag is a hint and never a reason to reject: numbers keep the code of where they were given.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from engine.errors import ConfigurationError
from engine.values.division_lines import lines

COLUMNS = ("code", "name", "parent", "valid_from", "valid_to", "successors")
FIRST_YEAR = 1981
LAST_YEAR = 2024
OPEN = 9999

_SUCCESSORS = r"^(\d{6}@\d{4}( |$))*$"

UNKNOWN_AREA = "unknown_area"
NOT_THEN = "not_then"
LATE_REGISTRATION = "late_registration"

PATH = pl.Struct({"province": pl.String, "city": pl.String, "county": pl.String})


class Divisions(NamedTuple):
    """Division codes over time.

    `spans` has one row per code, name and span of years; `lines` yields one row per span of a code and span that its
    area came to: reached when the area had left by `left` and for years from `valid_from` to before `valid_to`.
    """

    spans: pl.DataFrame
    lines: Callable[[], pl.DataFrame]


@cache
def read_divisions(*extra: Path) -> Divisions:
    """Return the shipped table and the invented province 39 of the city, with the tables of a project behind them.

    An extra table is a CSV of the columns code, name, parent, valid_from, valid_to (years or dates) and successors
    (`CODE@YEAR`, several with blanks between); its codes must not be in the shipped table, but take the place of those
    of province 39.

    Raises:
        ConfigurationError: a table lacks a column or a first year, has successors of another form, or a code of another
            table.

    >>> read_divisions().spans.filter(pl.col("code") == "420600").select("name", "valid_from").rows()
    [('襄樊市', 1981), ('襄阳市', 2010)]
    """
    from engine.settings.shipped import shipped  # the settings' checks read expressions, and those read this module

    tables = [_table(path) for path in (shipped("codes", "divisions.csv"), *extra)]
    own = pl.concat([table["code"] for table in tables[1:]]) if extra else pl.Series(dtype=pl.String)
    invented = _table(shipped("codes", "invented_divisions.csv"))
    tables.append(invented.filter(~pl.col("code").is_in(own.implode())))
    shared = pl.concat([table.select("code").unique() for table in tables]).filter(pl.col("code").is_duplicated())
    if not shared.is_empty():
        raise ConfigurationError([f"division code {code} is in two tables" for code in shared["code"].unique().sort()])
    spans = pl.concat(tables).sort("code", "valid_from")
    return Divisions(spans, cache(partial(lines, spans)))


def _table(path: Path) -> pl.DataFrame:
    table = pl.read_csv(path, infer_schema=False)
    if missing := [column for column in COLUMNS if column not in table.columns]:
        raise ConfigurationError([f"{path.name}: no column '{column}'" for column in missing])
    years = [_year(pl.col(column)).alias(column) for column in ("valid_from", "valid_to")]
    unread = table.filter(~pl.col("successors").fill_null("").str.contains(_SUCCESSORS))
    table = table.select(COLUMNS).with_columns(*years)
    undated = table.filter(pl.col("valid_from").is_null())
    faults = [f"{path.name}: {code} has no year in 'valid_from'" for code in undated["code"]]
    faults += [
        f"{path.name}: {code} has successors '{text}', expected CODE@YEAR with blanks between"
        for code, text in unread.select("code", "successors").rows()
    ]
    if faults:
        raise ConfigurationError(faults)
    return table.with_columns(pl.col("valid_to").fill_null(OPEN), pl.col("successors").fill_null(""))


def is_known_division(code: pl.Expr, *, table: Divisions | None = None) -> pl.Expr:
    """Return whether the code was ever in force; null for null.

    >>> frame = pl.DataFrame({"x": ["110103", "330110001", "330199", None]})
    >>> frame.select(is_known_division(pl.col("x")))["x"].to_list()
    [True, True, False, None]
    """
    known = (table or read_divisions()).spans["code"].unique().implode()
    return pl.when(code.is_not_null()).then(_county(code).is_in(known).fill_null(value=False)).alias(_name(code))


def division_flag(code: pl.Expr, on: pl.Expr | int, *, table: Divisions | None = None) -> pl.Expr:
    """Return what is odd about a code in a year, null where nothing is.

    `unknown_area`: in no list since 1981. `late_registration`: in force only later, as when a number was given after
    the birth. `not_then`: in force before, or before and after, but not in that year. Before 1981 a code of the first
    list has no flag; no flag either without a year.

    >>> frame = pl.DataFrame({"x": ["330113", "110103", "330199", "110103"], "on": [1990, 2015, 2000, 2010]})
    >>> frame.select(division_flag(pl.col("x"), pl.col("on")))["x"].to_list()
    ['late_registration', 'not_then', 'unknown_area', None]
    """
    return _looked_up(code, on, None, _flags, pl.String(), table)


def division_name_at(code: pl.Expr, on: pl.Expr | int, *, table: Divisions | None = None) -> pl.Expr:
    """Return the code's own name in a year, null where it was not in force; the new name in the year of a change.

    >>> frame = pl.DataFrame({"x": ["420600", "420600", "110103"], "on": ["2009-05-01", "2011", "2011"]})
    >>> frame.select(division_name_at(pl.col("x"), pl.col("on")))["x"].to_list()
    ['襄樊市', '襄阳市', None]
    """
    return _looked_up(code, on, None, _named, pl.String(), table)


def division_path_at(code: pl.Expr, on: pl.Expr | int, *, table: Divisions | None = None) -> pl.Expr:
    """Return the names of province, city and county in a year, as a struct; null where the code was not in force.

    What a province governs directly has no city, and the code of a city or province nothing below it.

    >>> frame = pl.DataFrame({"x": ["330110", "110112"]})
    >>> frame.select(division_path_at(pl.col("x"), 2005))["x"].to_list()
    [{'province': '浙江省', 'city': '杭州市', 'county': '余杭区'},
     {'province': '北京市', 'city': None, 'county': '通州区'}]
    """
    return _looked_up(code, on, None, _paths, PATH, table)


def division_successors(
    code: pl.Expr, on: pl.Expr | int, *, since: pl.Expr | int | None = None, table: Divisions | None = None
) -> pl.Expr:
    """Return the codes in which the area of a code lies in a later year, in order; several after a split.

    The code itself is one of them while it is in force. With `since`, the year of the record, parts that left before
    it do not count; without, every area that ever bore the code does. An unknown code, and a year before the code was
    in force, give an empty list; codes of prefectures that were abolished have no known successor.

    >>> frame = pl.DataFrame({"x": ["330184", "110103", "330199"]})
    >>> frame.select(division_successors(pl.col("x"), 2024))["x"].to_list()
    [['330110', '330113'], ['110101'], []]
    """
    return _looked_up(code, on, since, _came_to, pl.List(pl.String), table)


def divisions_meet(
    left: pl.Expr, right: pl.Expr, on: pl.Expr | int = LAST_YEAR, *, table: Divisions | None = None
) -> pl.Expr:
    """Return whether two codes can mean one place, judged by where both areas lie in a year; null when one is unknown.

    >>> frame = pl.DataFrame({"id": ["330184", "330110", "330109"], "address": ["330113", "330113", "330113"]})
    >>> frame.select(divisions_meet(pl.col("id"), pl.col("address")))["id"].to_list()
    [True, True, False]
    """
    sides = [division_successors(side, on, table=table) for side in (left, right)]
    known = [side.list.len() > 0 for side in sides]
    return pl.when(known[0] & known[1]).then(sides[0].list.set_intersection(sides[1]).list.len() > 0)


def division_name(code: pl.Expr) -> pl.Expr:
    """Return the last names known for a code, from the province down; null for an unknown code.

    >>> pl.DataFrame({"x": ["330110", "110103", "330199"]}).select(division_name(pl.col("x")))["x"].to_list()
    ['浙江省杭州市余杭区', '北京市崇文区', None]
    """
    known, names = _full_names()
    return _county(code).replace_strict(known, names, default=None, return_dtype=pl.String)


@cache
def _full_names() -> tuple[pl.Series, pl.Series]:
    table = read_divisions()
    last = table.spans.group_by("code").agg(on=pl.col("valid_to").max() - 1)
    paths = _paths(last, table).select("code", pl.col("answer").struct.unnest())
    return paths["code"], paths.select(pl.concat_str("province", "city", "county", ignore_nulls=True)).to_series()


def _looked_up(
    code: pl.Expr,
    on: pl.Expr | int,
    since: pl.Expr | int | None,
    answer: Callable[[pl.DataFrame, Divisions], pl.DataFrame],
    dtype: pl.DataType,
    table: Divisions | None,
) -> pl.Expr:
    """Return `answer` of every row, worked out once per distinct code and years; null for a null code."""
    years = [_year(year if isinstance(year, pl.Expr) else pl.lit(year)) for year in (on, since)]
    asked = pl.struct(_county_or_text(code).alias("code"), years[0].alias("on"), years[1].alias("since"))
    look_up = partial(_answered, answer=answer, table=table or read_divisions())
    return asked.map_batches(look_up, return_dtype=dtype, is_elementwise=True).alias(_name(code))


def _answered(
    values: pl.Series, *, answer: Callable[[pl.DataFrame, Divisions], pl.DataFrame], table: Divisions
) -> pl.Series:
    asked = values.struct.unnest()
    answered = answer(asked.drop_nulls("code").unique(), table)
    keys = [column for column in asked.columns if column in answered.columns]
    found = asked.join(answered, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return found["answer"].alias(values.name)


def _flags(asked: pl.DataFrame, table: Divisions) -> pl.DataFrame:
    year, begins = pl.col("on"), pl.col("valid_from")
    meets = year.is_between("valid_from", "valid_to") | ((year < FIRST_YEAR) & (begins <= FIRST_YEAR))
    found = asked.select("code", "on").unique().join(table.spans, on="code", how="left", maintain_order="left")
    spans = found.group_by("code", "on").agg(meets=meets.any(), begins=begins.min())
    flag = (
        pl.when(pl.col("begins").is_null()).then(pl.lit(UNKNOWN_AREA))
        .when(year.is_null() | pl.col("meets")).then(None)
        .when(year < pl.col("begins")).then(pl.lit(LATE_REGISTRATION))
        .otherwise(pl.lit(NOT_THEN))
    )  # fmt: skip
    return spans.select("code", "on", answer=flag)


def _named(asked: pl.DataFrame, table: Divisions, column: str = "name") -> pl.DataFrame:
    found = asked.select("code", "on").unique().join(table.spans, on="code", how="inner")
    found = found.filter(pl.col("on").is_between("valid_from", "valid_to"))
    return found.group_by("code", "on").agg(answer=pl.col(column).sort_by("valid_from").last())


def _paths(asked: pl.DataFrame, table: Divisions) -> pl.DataFrame:
    code, parent = pl.col("code"), pl.col("parent")
    own = _named(asked, table).rename({"answer": "name"})
    own = own.join(_named(asked, table, "parent").rename({"answer": "parent"}), on=["code", "on"])
    is_city = code.str.ends_with("00") & ~code.str.ends_with("0000")
    above = {"province": code.str.head(2) + "0000", "city": pl.when(is_city).then(code).otherwise(parent)}
    for level, above_code in above.items():
        keys = own.select(above_code.alias("code"), "on").drop_nulls("code").unique()
        names = _named(keys, table).rename({"answer": level, "code": f"{level}_code"})
        own = own.with_columns(above_code.alias(f"{level}_code"))
        own = own.join(names, on=[f"{level}_code", "on"], how="left")
    city = pl.when(~pl.col("city_code").str.ends_with("0000")).then("city").alias("city")
    county = pl.when(~code.str.ends_with("00")).then("name").alias("county")
    return own.select("code", "on", answer=pl.struct("province", city, county))


def _came_to(asked: pl.DataFrame, table: Divisions) -> pl.DataFrame:
    on, since, begins = pl.col("on"), pl.col("since"), pl.col("begins")
    keys = ["code", "on", "since"]
    found = asked.join(table.lines(), on="code", how="left")
    found = found.with_columns(latest=pl.when(begins <= since).then(begins).max().over(keys))
    latest = pl.col("latest")
    began = since.is_null() | latest.is_null() | (begins == latest)
    stayed = since.is_null() | (pl.col("left") >= pl.min_horizontal(since, "ends"))
    there = (pl.col("valid_from") <= on) & (on < pl.col("valid_to"))
    reached = pl.col("reached").filter(began & stayed & there).unique().sort().alias("answer")
    return found.group_by(keys).agg(reached)


def _name(expr: pl.Expr) -> str:
    return expr.meta.output_name()


def _county(code: pl.Expr) -> pl.Expr:
    return code.str.extract(r"^(\d{6})(?:\d{3}|\d{6})?$")


def _county_or_text(code: pl.Expr) -> pl.Expr:
    return pl.coalesce(_county(code), code)


def _year(expr: pl.Expr) -> pl.Expr:
    return expr.cast(pl.String).str.extract(r"^(\d{4})").cast(pl.Int32)
