"""Persons, legal entities and buildings in one project: the shipped subjects on a few rows of three registers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from engine.settings.shipped import shipped
from lifetree.cli import main

ESTATE = """[[source]]
name = "estate"
files = "estate.csv"
key = "业务号"
delivered_at = "2024-12-31"
[[source.mention]]
subject = "person"
fields = { name = "权利人", birth_date = "出生日期", phone = "电话" }
[[source.mention]]
subject = "building"
role = "building"
fields = { address = "坐落" }
[[source.relation]]
type = "OWNS"
to = "building"
valid_from = "登记日期"
"""
GRID = """[[source]]
name = "grid"
files = "grid.csv"
key = "采集编号"
delivered_at = "2024-12-31"
[[source.mention]]
subject = "person"
fields = { name = "姓名", birth_date = "出生日期", phone = "电话" }
[[source.mention]]
subject = "building"
role = "building"
fields = { address = "居住地址" }
[[source.relation]]
type = "LIVES_AT"
to = "building"
valid_from = "入住日期"
"""
FIRMS = """[[source]]
name = "market"
files = "market.csv"
key = "主体编号"
delivered_at = "2024-12-31"
[[source.mention]]
subject = "legal_entity"
fields = { name = "企业名称", founded = "成立日期", address = "住所" }
"""
OWNED = {
    "e1": "海东省澜州市云溪区石湖街道紫荆大道523号阳光花园4幢2单元1604室",
    "e2": "海东省澜州市云溪区石湖街道紫荆大道523号阳光花园5幢1单元201室",
    "e3": "海东省澜州市临湖区东溪镇前王村7组20号",
    "e4": "海东省澜州市临湖区红坊镇前王村7组20号",
}
LIVED = {
    "g1": "石湖街道紫荆大道523號阳光花园4幢1单元302室",
    "g2": "云溪区石湖街道紫荆大道523-阳光花园4-1-503",
    "g3": "海东省澜州市云溪县石湖镇紫荆大道523号阳光花园4栋3单元101",
    "g4": "紫荆大道523号阳光花园4号楼",
    "g5": "东溪镇前王村七组20号",
    "g6": "16幢1单元203室",
    "g7": "",
}
NAMES = dict(zip((*OWNED, *LIVED), "建国 秀英 志强 丽娟 文博 玉兰 海燕 永康 春梅 德胜 雪琴".split(), strict=True))
HOMES = {"e1": "b4", "e2": "b5", "e3": "v1", "e4": "v2", "g1": "b4", "g2": "b4", "g3": "b4", "g4": "b4", "g5": "v1"}


def ask(*words: str | Path) -> Result:
    result = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def rows(head: str, texts: Mapping[str, str]) -> str:
    """Return a file of one person a row, each with a name, a birth date and a telephone of its own."""
    lines = []
    for key, text in texts.items():
        place = [*NAMES].index(key)
        lines.append(f"{key},赵{NAMES[key]},{1960 + place}-03-11,139000071{place:02},{text},2020-01-{place + 1:02}")
    return "\n".join([head, *lines, ""])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("three")
    known = shipped("city", "subjects.toml").read_text(encoding="utf-8")
    subjects = re.sub(r",? ?trust = \[[^]]*\]", "", known)
    (place / "lifetree.toml").write_text('[project]\nname = "three"\n\n' + subjects + ESTATE + GRID + FIRMS, "utf-8")
    (place / "estate.csv").write_text(rows("业务号,权利人,出生日期,电话,坐落,登记日期", OWNED), "utf-8")
    (place / "grid.csv").write_text(rows("采集编号,姓名,出生日期,电话,居住地址,入住日期", LIVED), "utf-8")
    (place / "market.csv").write_text(
        "主体编号,企业名称,成立日期,住所\nm1,澜州青禾贸易有限公司,2011-05-06,石湖街道紫荆大道523号\n", "utf-8"
    )
    shipped_ones = [word for name in ("person", "legal_entity", "building") for word in _shipped(name)]
    ask("build", place, *shipped_ones, "--format", "json")
    labels = [{"source": "estate" if key[0] == "e" else "grid", "record_id": key, "role": "building",
               "subject": "building", "entity_id": home} for key, home in HOMES.items()]  # fmt: skip
    pl.DataFrame(labels).write_csv(place / "truth.csv")
    return place


def _shipped(name: str) -> tuple[str, str]:
    return "--calibration", f"{name}=shipped"


def building_of(folder: Path, record: str) -> dict[str, Any]:
    return json.loads(ask("show", folder, f"{record}:building", "--format", "json").stdout)


def test_one_building_is_one_entity_however_it_is_written(folder: Path) -> None:
    told = json.loads(ask("evaluate", folder, "--truth", folder / "truth.csv", "--format", "json").stdout)
    figures = told["subjects"]["building"]

    assert figures["exact_entities"] == 1.0
    assert figures["entities"] == figures["true_entities"] == 4
    assert figures["pairwise"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}


def test_a_building_shows_who_lives_there_and_who_owns_it(folder: Path) -> None:
    shown = ask("show", folder, "estate:e1:building").stdout

    assert re.search("address +海东省澜州市云溪[区县]石湖(街道|镇)紫荆大道523号阳光花园4幢 ", shown)
    assert f"权利人 owned by: 赵{NAMES['e1']} " in shown
    for key in ("g1", "g2", "g3", "g4"):
        assert f"住户 dwelling of: 赵{NAMES[key]} " in shown
    assert f"赵{NAMES['g5']}" not in shown


def test_a_person_shows_the_building(folder: Path) -> None:
    shown = ask("show", folder, "grid:g1").stdout

    assert re.search(r"居住 lives at: .*石湖街道紫荆大道523号阳光花园4幢", shown)


def test_find_finds_a_building_by_its_address(folder: Path) -> None:
    listed = ask("find", folder, "阳光花园5", "--subject", "building").stdout

    assert "阳光花园5幢" in listed
    assert "阳光花园4幢" not in listed
    assert "compound" not in listed


def test_an_address_that_tells_no_building_makes_none(folder: Path) -> None:
    unresolved = CliRunner().invoke(main, ["show", str(folder), "grid:g6:building"])
    missing = CliRunner().invoke(main, ["show", str(folder), "grid:g7:building"])

    assert unresolved.exit_code == 1
    assert "unresolved" in unresolved.output
    assert missing.exit_code == 1
    assert "no entity or record" in missing.output


def test_no_register_need_be_about_buildings(folder: Path) -> None:
    told = json.loads(ask("quality", "report", folder, "--rows", "--format", "json").stdout)

    assert "'L1'" in str(told)
    assert not [
        row for row in told if row["rule"] == "L1" and row["field"] == "record_id" and row["role"] == "building"
    ]


def test_the_next_building_of_a_compound_was_never_compared(folder: Path) -> None:
    told = ask("explain", "why-not", folder, "estate:e1:building", "estate:e2:building").stdout

    assert "block" in told
