"""Numbers behind the road of a Chinese address: house, compound, building, unit and room, in words or with dashes."""

from __future__ import annotations

import polars as pl

_N = r"([0-9]{1,5}[A-Z]?)"
_ROOM = r"([A-Z]?[0-9]{1,5}[A-Z]?)"
_ROADED = (
    (rf"^{_N}-{_N}-{_N}-{_ROOM}(?:室|户)?$", "${1}号${2}幢${3}单元${4}室"),
    (rf"^{_N}-{_N}-{_ROOM}(?:室|户)?$", "${1}号${2}幢${3}室"),
    (r"^([0-9]{1,5})-([0-9]{3,5}[A-Z]?)(?:室|户)?$", "${1}号${2}室"),
    (r"^([0-9]{1,5})-?([^-0-9A-Z号弄幢单室层楼组院])", "${1}号${2}"),
    (r"^([0-9]{1,5}[A-Z]?(?:-[0-9]{1,4})?)$", "${1}号"),
)
"""Dashed forms that begin with the house number, and what they stand for; only behind a road or village."""

_WORDED = (
    (rf"幢-?{_N}-{_ROOM}(?:室|户)?$", "幢${1}单元${2}室"),
    (rf"(号|弄|[^-0-9A-Z幢元室层楼])-?{_N}-{_N}-{_ROOM}(?:室|户)?$", "${1}${2}幢${3}单元${4}室"),
    (rf"(号|弄|[^-0-9A-Z幢元室层楼])-?{_N}-([0-9]{{2,5}}[A-Z]?)(?:室|户)?$", "${1}${2}幢${3}室"),
    (r"幢-?([0-9]{2,5}[A-Z]?)$", "幢${1}室"),
    (r"(元|梯|门)-?([0-9]{1,5}[A-Z]?)$", "${1}${2}室"),
    (r"([层楼])-?([0-9]{2,5}[A-Z]?)$", "${1}${2}室"),
    (r"号-?([0-9]{3,5}[A-Z]?)$", "号${1}室"),
)
_ODD = "-|[0-9A-Z]$|^[0-9]+[^-0-9A-Z号弄幢单室层楼组院]"
"""What `_ROADED` and `_WORDED` may change."""

_NUMBER = r"^第?([甲乙丙丁]?[0-9]{1,5}[A-Z]?(?:-[0-9]{1,4})?)(?:号|(弄))[甲乙丙丁]?"
_COMPOUND = r"^(?:[大]?院|内|旁)?-?([^-0-9A-Z幢]{2,20}?)(?:[-0-9A-Z]|$)"
_NO_COMPOUND = "^(?:单元|室|层|楼|幢|号|附近|对面|东侧|西侧|南侧|北侧)"
_NAMED = "(?:小区|公寓|大厦|大楼|广场|山庄|新村|[一二三四五六七八九十]村|宿舍|中心|[苑庭府邸轩院墅湾里城园居寓])$"
_BUILDING = r"([0-9]{1,5}[A-Z]?|[A-Z][0-9]{0,3}|[甲乙丙丁东西南北])幢"
_LANE_HOUSE = r"^([0-9]{1,5}[A-Z]?)号"
_UNIT = r"([0-9]{1,3}|[A-Z甲乙丙丁])(?:单元|门洞|门|梯)"
_IN_ROOM = r"([A-Z]?[0-9]{1,5}[A-Z]?(?:-[0-9]{1,2})?)(?:室|房间|房|户)"


def houses(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame of `streets` with number, compound, building, unit and room taken from its rest.

    A number in a lane keeps 弄 (1027弄), and 号 behind it is the building. What stands between number and building, or
    in their place, is the compound; alone only where it ends as such names do, as 小区 and 大厦. Two dashed numbers are
    house and room when the second has three digits or more.
    """
    rest, placed = pl.col("rest"), pl.col("road").is_not_null() | pl.col("community").is_not_null()
    odd = frame["rest"].str.contains(_ODD).arg_true()
    if odd.len():
        roaded = frame[odd].select(rest=pl.when(placed).then(_replaced(rest, _ROADED)).otherwise(rest))
        worded = roaded.select(_replaced(rest, _WORDED)).to_series()
        frame = frame.with_columns(frame["rest"].scatter(odd, worded))
    number, lane = (rest.str.extract(_NUMBER, group) for group in (1, 2))
    frame = frame.with_columns(number=number, lane=lane)
    frame = frame.with_columns(
        rest=pl.when(pl.col("number").is_null()).then(rest).otherwise(rest.str.replace(_NUMBER, ""))
    )
    compound = rest.str.extract(_COMPOUND)
    second = pl.when(pl.col("number").is_not_null()).then(rest.str.extract(_LANE_HOUSE))
    frame = frame.select(
        pl.exclude("lane", "number"),
        number=pl.col("number") + pl.col("lane").fill_null(""),
        building=pl.coalesce(rest.str.extract(_BUILDING), second),
        unit=rest.str.extract(_UNIT),
        room=rest.str.extract(_IN_ROOM),
    )
    told = placed | compound.str.contains(_NAMED) | pl.any_horizontal(pl.col("building", "unit", "room").is_not_null())
    name = pl.when(told & ~compound.str.contains(_NO_COMPOUND)).then(compound)
    return frame.select(pl.exclude("rest"), compound=name)


def _replaced(text: pl.Expr, forms: tuple[tuple[str, str], ...]) -> pl.Expr:
    for form, plain in forms:
        text = text.str.replace(form, plain)
    return text
