"""Chinese addresses: their parts, however they are written, how fine they are, the county of today, and one key."""

from __future__ import annotations

import polars as pl
import pytest

from engine.values.address_levels import PARTS
from engine.values.functions import FUNCTIONS


def ask(function: str, text: str | None) -> str | None:
    frame = pl.DataFrame({"x": [text]}, schema={"x": pl.String})
    return frame.select(FUNCTIONS[function](pl.col("x"))).item()


def parts(text: str) -> dict[str, str]:
    found = {part: ask(f"address_{part}", text) for part in PARTS}
    return {part: value for part, value in found.items() if value is not None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "海东省澜州市澜西区清田街道学院大道600号阳光华庭4幢2单元1803室",
            {"province": "海东省", "city": "澜州市", "county": "澜西区", "township": "清田街道", "road": "学院大道",
             "number": "600", "compound": "阳光华庭", "building": "4", "unit": "2", "room": "1803"},
        ),
        (
            "浙江省杭州市西湖区文三路十二號3栋二单元501室",
            {"province": "浙江省", "city": "杭州市", "county": "西湖区", "road": "文三路", "number": "12",
             "building": "3", "unit": "2", "room": "501"},
        ),
        (
            "上海市浦东新区长宁路1027弄12号501室",
            {"province": "上海市", "county": "浦东新区", "road": "长宁路", "number": "1027弄", "building": "12",
             "room": "501"},
        ),
        (
            "海东省澜州市安澜县德田镇后庄村7组180号",
            {"province": "海东省", "city": "澜州市", "county": "安澜县", "township": "德田镇", "community": "后庄村7组",
             "number": "180"},
        ),
        (
            "安澜县北湾镇大桥村十一组78-",
            {"county": "安澜县", "township": "北湾镇", "community": "大桥村11组", "number": "78"},
        ),
        (
            "石湖街道云栖社区紫荆大道523号",
            {"township": "石湖街道", "community": "云栖社区", "road": "紫荆大道", "number": "523"},
        ),
        (
            "学院巷411-御景里7-3-1404",
            {"road": "学院巷", "number": "411", "compound": "御景里", "building": "7", "unit": "3", "room": "1404"},
        ),
        ("文三路 12-3-2-501", {"road": "文三路", "number": "12", "building": "3", "unit": "2", "room": "501"}),
        ("文三路12－3－501", {"road": "文三路", "number": "12", "building": "3", "room": "501"}),
        ("文三路12-501", {"road": "文三路", "number": "12", "room": "501"}),
        ("文三路12-3号", {"road": "文三路", "number": "12-3"}),
        ("文三路12号3-501", {"road": "文三路", "number": "12", "building": "3", "room": "501"}),
        ("文三路12号3号楼501", {"road": "文三路", "number": "12", "building": "3", "room": "501"}),
        ("文三路12号A座1501室", {"road": "文三路", "number": "12", "building": "A", "room": "1501"}),
        ("翠苑小区3#501", {"compound": "翠苑小区", "building": "3", "room": "501"}),
        ("翠苑新村12幢", {"compound": "翠苑新村", "building": "12"}),
        ("人民路城市花园3幢", {"road": "人民路", "compound": "城市花园", "building": "3"}),
        ("海南路12号", {"road": "海南路", "number": "12"}),
        ("建国路一段12号", {"road": "建国路一段", "number": "12"}),
        ("104国道88号", {"road": "104国道", "number": "88"}),
        ("北京西城区西长安街1号", {"province": "北京市", "county": "西城区", "road": "西长安街", "number": "1"}),
        ("浙江杭州西湖区", {"province": "浙江省", "city": "杭州市", "county": "西湖区"}),
        ("湖北省荆州市沙市区北京路1号",
         {"province": "湖北省", "city": "荆州市", "county": "沙市区", "road": "北京路", "number": "1"}),
        ("江西省景德镇市昌江区瓷都大道1号",
         {"province": "江西省", "city": "景德镇市", "county": "昌江区", "road": "瓷都大道", "number": "1"}),
        ("义乌市稠城街道", {"county": "义乌市", "township": "稠城街道"}),
        ("内蒙古自治区呼和浩特市新城区", {"province": "内蒙古自治区", "city": "呼和浩特市", "county": "新城区"}),
        ("廣東省廣州市越秀區", {"province": "广东省", "city": "广州市", "county": "越秀区"}),
        ("海东省新某市新某县", {"province": "海东省", "city": "新某市", "county": "新某县"}),
        ("北京市朝阳区南京东路街道", {"province": "北京市", "county": "朝阳区", "township": "南京东路街道"}),
    ],
)  # fmt: skip
def test_parts(text: str, expected: dict[str, str]) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("海东省澜州市澜西区", "county"),
        ("澜西区清田街道", "township"),
        ("德田镇后庄村", "township"),
        ("清田街道学院大道", "road"),
        ("学院大道600号", "number"),
        ("学院大道600号4幢", "building"),
        ("学院大道600号4幢1803室", "room"),
        ("翠苑小区3幢501", "room"),
        ("德田镇后庄村7组180号", "number"),
        ("海东省澜州市", None),
        ("501室", None),
        ("不详", None),
        ("12 High Street", None),
        (None, None),
    ],
)
def test_the_finest_level_that_is_known(text: str | None, level: str | None) -> None:
    assert ask("address_level", text) == level


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("浙江省杭州市西湖区文三路12号", "330106"),
        ("杭州市萧山市城厢镇", "330109"),
        ("杭州萧山市", "330109"),
        ("浙江省杭州市余杭市临平镇", "330110"),
        ("杭州市余杭区", "330110"),
        ("湖北省襄樊市襄城区", "420602"),
        ("北京市崇文区", "110101"),
        ("北京市通县", "110112"),
        ("北京市朝阳区建国路88号", "110105"),
        ("吉林省长春市朝阳区", "220104"),
        ("义乌市稠城街道", "330782"),
        ("海东省澜州市云溪县永林镇", "390106"),
        ("朝阳区望京街12号", None),
        ("文三路12号", None),
        ("浙江省杭州市", None),
        (None, None),
    ],
)
def test_the_county_of_today(text: str | None, code: str | None) -> None:
    assert ask("address_division", text) == code


@pytest.mark.parametrize(
    "other",
    [
        "海东省澜州市澜西区学院大道600號4栋2单元1803室",
        "澜州市澜西区清田街道学院大道六百号四幢二单元1803室",
        "海东省澜州市澜西区清田街道学院大道600－4－2－1803",
        "海东省澜州市澜西区清田街道学院大道６００号４号楼２单元１８０３",
        "海东省 澜州市 澜西区 学院大道600号4#2单元1803室（东边）",
    ],
)
def test_two_ways_to_write_one_address_have_one_key(other: str) -> None:
    assert ask("address_key", other) == ask(
        "address_key", "海东省澜州市澜西区清田街道学院大道600号4幢2单元1803室"
    ) == "390103|学院大道|600|4|2|1803"  # fmt: skip


def test_other_rooms_and_places_have_other_keys() -> None:
    keys = [
        ask("address_key", text)
        for text in (
            "学院大道600号4幢1803室",
            "学院大道600号4幢1804室",
            "学院大道60号4幢1803室",
            "澜西区学院大道600号4幢1803室",
        )
    ]
    assert None not in keys
    assert len(set(keys)) == 4
    assert ask("address_key", "海东省澜州市澜西区") is None


def test_rows_keep_their_order_and_nulls_stay() -> None:
    frame = pl.DataFrame({"x": ["文三路12号", None, "学院大道1号", "文三路12号"]})
    assert frame.select(FUNCTIONS["address_road"](pl.col("x")))["x"].to_list() == ["文三路", None, "学院大道", "文三路"]


def test_a_column_of_many_pieces_is_read() -> None:
    pieces = [pl.Series("x", [f"学院大道{number}号{room}室" for room in range(101, 120)]) for number in range(1, 200)]
    column = pl.concat(pieces, rechunk=False).to_frame()
    rooms = column.select(FUNCTIONS["address_room"](pl.col("x")), number=FUNCTIONS["address_number"](pl.col("x")))
    assert rooms.row(-1) == ("119", "199")
