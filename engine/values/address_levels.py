"""What expressions may ask of a Chinese address: its parts, how fine it is, its county of today, a key (rule N7).

The city, county, township and road are told as they are written; number, building, unit and room in digits. Each
function reads every distinct address once, as far as its part; a key reads all.
"""

from __future__ import annotations

from functools import partial

import polars as pl

from engine.values.address_forms import plain_address
from engine.values.address_houses import houses
from engine.values.address_parts import heads, streets
from engine.values.distinct import whole
from engine.values.division_names import county_code

PARTS = (
    "province", "city", "county", "township", "community", "road", "number", "compound", "building", "unit", "room"
)  # fmt: skip
"""The parts, from the province down; `community` is a village or residents' community, with the group in it."""

_HEAD, _STREET = ("province", "city", "county"), ("township", "community", "road")
_PLACE = ("road", "compound", "community")


_PLACED = r"..(?:[镇乡村路街巷弄道里苑庄屯寨坊](?:[^区市县]|$)|大厦|公寓|家园|广场|[小社]区|花园|新城|开发区|农场|林场)"


def address_province(expr: pl.Expr) -> pl.Expr:
    """Return the province in full, 浙江省 for 浙江; null where the address does not tell it.

    >>> frame = pl.DataFrame({"x": ["浙江杭州西湖区文三路12号", "文三路12号"]})
    >>> frame.select(address_province(pl.col("x")))["x"].to_list()
    ['浙江省', None]
    """
    return _asked(expr, "province")


def address_city(expr: pl.Expr) -> pl.Expr:
    """Return the city, prefecture or league as it is written.

    >>> frame = pl.DataFrame({"x": ["湖北省襄樊市襄城区", "北京市朝阳区建国路88号"]})
    >>> frame.select(address_city(pl.col("x")))["x"].to_list()
    ['襄樊市', None]
    """
    return _asked(expr, "city")


def address_county(expr: pl.Expr) -> pl.Expr:
    """Return the county, district or county-level city as it is written.

    >>> frame = pl.DataFrame({"x": ["浙江省义乌市稠城街道", "杭州市萧山市", "翠苑小区3幢"]})
    >>> frame.select(address_county(pl.col("x")))["x"].to_list()
    ['义乌市', '萧山市', None]
    """
    return _asked(expr, "county")


def address_township(expr: pl.Expr) -> pl.Expr:
    """Return the township, town or subdistrict.

    >>> frame = pl.DataFrame({"x": ["安澜县德田镇后庄村7组180号", "清田街道办事处学院大道600号"]})
    >>> frame.select(address_township(pl.col("x")))["x"].to_list()
    ['德田镇', '清田街道']
    """
    return _asked(expr, "township")


def address_community(expr: pl.Expr) -> pl.Expr:
    """Return the village, with the group inside it, or the residents' community.

    >>> frame = pl.DataFrame({"x": ["德田镇后庄村七组180号", "石湖街道云栖社区紫荆大道523号"]})
    >>> frame.select(address_community(pl.col("x")))["x"].to_list()
    ['后庄村7组', '云栖社区']
    """
    return _asked(expr, "community")


def address_road(expr: pl.Expr) -> pl.Expr:
    """Return the road, street or lane that has a name.

    >>> frame = pl.DataFrame({"x": ["清田街道学院大道600号", "建国路一段12号", "翠苑小区3幢"]})
    >>> frame.select(address_road(pl.col("x")))["x"].to_list()
    ['学院大道', '建国路一段', None]
    """
    return _asked(expr, "road")


def address_number(expr: pl.Expr) -> pl.Expr:
    """Return the house number, with 弄 behind that of a lane.

    >>> frame = pl.DataFrame({"x": ["文三路十二號", "文三路 12-3-2-501", "长宁路1027弄12号501室", "文三路12之3号"]})
    >>> frame.select(address_number(pl.col("x")))["x"].to_list()
    ['12', '12', '1027弄', '12-3']
    """
    return _asked(expr, "number")


def address_compound(expr: pl.Expr) -> pl.Expr:
    """Return the residential compound or the name of the house.

    >>> frame = pl.DataFrame({"x": ["学院大道600号阳光华庭4幢", "翠苑小区3幢501", "文三路12号"]})
    >>> frame.select(address_compound(pl.col("x")))["x"].to_list()
    ['阳光华庭', '翠苑小区', None]
    """
    return _asked(expr, "compound")


def address_building(expr: pl.Expr) -> pl.Expr:
    """Return the number of the building, whether it is written 幢, 栋, 座, 号楼 or #.

    >>> frame = pl.DataFrame({"x": ["阳光华庭4栋", "阳光华庭四号楼", "12号A座501", "文三路 12-3-2-501"]})
    >>> frame.select(address_building(pl.col("x")))["x"].to_list()
    ['4', '4', 'A', '3']
    """
    return _asked(expr, "building")


def address_unit(expr: pl.Expr) -> pl.Expr:
    """Return the unit (staircase) of the building.

    >>> frame = pl.DataFrame({"x": ["4幢二单元1803室", "文三路 12-3-2-501", "12号501室"]})
    >>> frame.select(address_unit(pl.col("x")))["x"].to_list()
    ['2', '2', None]
    """
    return _asked(expr, "unit")


def address_room(expr: pl.Expr) -> pl.Expr:
    """Return the room.

    >>> frame = pl.DataFrame({"x": ["4幢2单元1803室", "文三路 12-3-2-501", "阳光华庭3幢501"]})
    >>> frame.select(address_room(pl.col("x")))["x"].to_list()
    ['1803', '501', '501']
    """
    return _asked(expr, "room")


def address_level(expr: pl.Expr) -> pl.Expr:
    """Return the finest level that is known: county, township, road, number, building or room; null for none of them.

    A village or community is of the level township, a compound of the level road. A house, building or room counts only
    where a road, compound or village tells which one: 501室 alone is nothing.

    >>> frame = pl.DataFrame({"x": ["杭州市西湖区", "德田镇后庄村", "文三路12号", "翠苑小区3幢", "501室"]})
    >>> frame.select(address_level(pl.col("x")))["x"].to_list()
    ['county', 'township', 'number', 'building', None]
    """
    return _asked(expr, "level")


def lacks_township(expr: pl.Expr) -> pl.Expr:
    """Return whether a Chinese address has no word for a township, village, road or compound; null for null.

    Judged by words alone, without the tables of `address_level`: a name in front of the word is two characters or more,
    and the word is not the last of a county's or city's name (石家庄市).

    >>> frame = pl.DataFrame({"x": ["杭州市西湖区", "德田镇后庄村", "501室", "文三路", "石家庄市长安区"]})
    >>> frame.select(lacks_township(pl.col("x")))["x"].to_list()
    [True, False, True, False, True]
    """
    return ~expr.str.contains(_PLACED)


def address_division(expr: pl.Expr) -> pl.Expr:
    """Return the code of the county of today; null where the names mean several, or none that is known.

    A name in force means what bears it today (余杭区 is 330110, also for an address of before the split of 2021); a
    former name means what followed it (`county_code`).

    >>> frame = pl.DataFrame({"x": ["杭州萧山市城厢镇", "北京市朝阳区", "朝阳区望京街12号", "湖北省襄樊市襄城区"]})
    >>> frame.select(address_division(pl.col("x")))["x"].to_list()
    ['330109', '110105', None, '420602']
    """
    return _asked(expr, "division")


def address_key(expr: pl.Expr) -> pl.Expr:
    """Return division|road|number|building|unit|room, normalised: two ways to write one address have one key.

    The division is its code, else its name; without a road the compound or village stands there, without a number the
    compound. Null where no road, compound or village is told.

    >>> frame = pl.DataFrame({"x": ["杭州市西湖区文三路 十二號3栋二单元501室", "杭州市西湖区文三路12-3-2-501"]})
    >>> frame.select(address_key(pl.col("x")))["x"].to_list()
    ['330106|文三路|12|3|2|501', '330106|文三路|12|3|2|501']
    """
    return _asked(expr, "key")


def address_to_building(expr: pl.Expr) -> pl.Expr:
    """Return the address up to the building, every part written in one way; null where it tells no building.

    >>> frame = pl.DataFrame({"x": ["杭州西湖区文三路 十二號3栋二单元501室", "德田镇后庄村七组180号", "文三路"]})
    >>> frame.select(address_to_building(pl.col("x")))["x"].to_list()
    ['杭州市西湖区文三路12号3幢', '德田镇后庄村7组180号', None]
    """
    return _asked(expr, "to_building")


def _asked(expr: pl.Expr, part: str) -> pl.Expr:
    return whole(expr, partial(_answered, part=part), dtype=pl.String)


def _answered(values: pl.Series, *, part: str) -> pl.Series:
    distinct = values.unique().drop_nulls().to_frame("given").with_columns(plain=plain_address(pl.col("given")))
    read = heads(distinct["plain"])
    if part not in {*_HEAD, "division"}:
        read = streets(read)
    if part not in {*_HEAD, *_STREET, "division"}:
        read = houses(read)
    if part in {"division", "key"}:
        read = read.with_columns(division=_divisions(read))
    answer = {"level": _level, "key": _key, "to_building": _to_building}.get(part, partial(pl.col, part))()
    answers = distinct.with_columns(read.select(answer.alias("answer")).to_series())
    asked = values.to_frame("given").join(answers, on="given", how="left", maintain_order="left")
    return asked["answer"].alias(values.name)


def _divisions(read: pl.DataFrame) -> pl.Series:
    names = read.select("province", "city", "county")
    told = names.filter(pl.col("county").is_not_null()).unique()
    codes = [county_code(*row) for row in told.rows()]
    known = told.with_columns(division=pl.Series(codes, dtype=pl.String))
    return names.join(known, on=names.columns, how="left", nulls_equal=True, maintain_order="left")["division"]


def _level() -> pl.Expr:
    place = pl.any_horizontal(pl.col(name).is_not_null() for name in _PLACE)
    finest = pl.coalesce(
        pl.when(place & pl.col(name).is_not_null()).then(pl.lit(name)) for name in ("room", "building", "number")
    )
    road = pl.when(pl.coalesce("road", "compound").is_not_null()).then(pl.lit("road"))
    township = pl.when(pl.coalesce("township", "community").is_not_null()).then(pl.lit("township"))
    return pl.coalesce(finest, road, township, pl.when(pl.col("county").is_not_null()).then(pl.lit("county")))


def _key() -> pl.Expr:
    road = pl.coalesce(*_PLACE)
    number = pl.coalesce("number", pl.when(pl.col("road").is_not_null()).then("compound"))
    house = [pl.col(name) for name in ("building", "unit", "room")]
    parts = [pl.coalesce("division", "county"), road, number, *house]
    text = pl.concat_str([part.fill_null("") for part in parts], separator="|")
    return pl.when(road.is_not_null()).then(text)


def _to_building() -> pl.Expr:
    number = pl.col("number") + pl.when(pl.col("number").str.ends_with("弄")).then(pl.lit("")).otherwise(pl.lit("号"))
    parts = [*_HEAD, *_STREET, number, "compound", pl.col("building") + "幢"]
    place = pl.any_horizontal(pl.col(name).is_not_null() for name in _PLACE)
    told = place & pl.any_horizontal(pl.col("number", "building").is_not_null())
    return pl.when(told).then(pl.concat_str(parts, ignore_nulls=True))
