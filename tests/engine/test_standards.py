"""What the published systems count: 37 rules in six categories, 12 + 1 metadata, five kinds of subject."""

from __future__ import annotations

import json

import polars as pl
from click.testing import CliRunner

from engine.catalogue.entry import Entry
from engine.cleanse import load_rules
from engine.values.functions import FUNCTIONS
from engine.values.subject_kinds import SubjectKind
from lifetree.cli import main

CODES = {"完整性": "I", "准确性": "A", "规范性": "N", "一致性": "S", "关联性": "L", "唯一性": "U"}
COUNTS = {"完整性": 6, "准确性": 8, "规范性": 8, "一致性": 6, "关联性": 4, "唯一性": 5}


def test_there_are_37_rules_in_six_categories() -> None:
    rules = load_rules()

    assert len(rules) == len({rule.code for rule in rules}) == 37
    assert {category: sum(rule.category == category for rule in rules) for category in COUNTS} == COUNTS
    assert all(rule.code[0] == CODES[rule.category] for rule in rules)
    assert {rule.phase for rule in rules} == {"record", "batch", "entity"}


def test_command_lists_the_37_rules() -> None:
    listed = json.loads(CliRunner().invoke(main, ["catalog", "rules", "--format", "json"]).stdout)

    assert len(listed) == 37
    assert {"code", "category", "phase", "severity", "action", "title", "standard"} <= set(listed[0])


def test_rules_of_entities_only_flag() -> None:
    for rule in load_rules():
        if rule.phase == "entity":
            assert {rule.action_of(test) for test in rule.tests} == {"flag"}, rule.code


def test_entry_of_the_catalogue_has_12_core_metadata_and_one_extension() -> None:
    titles = [(field.description or "").split("; ")[0] for field in Entry.model_fields.values()]

    assert titles[:12] == [
        "信息资源分类", "信息资源名称", "信息资源代码", "信息资源提供方", "信息资源提供方代码", "信息资源摘要", "信息资源格式",
        "信息项信息", "更新周期", "共享属性", "开放属性", "发布日期",
    ]  # fmt: skip
    assert titles[12:] == ["所属应用系统"]


def test_there_are_five_kinds_of_subject() -> None:
    assert [kind.value for kind in SubjectKind] == ["自然人", "企业", "社会组织", "事业单位", "政府机构"]


def test_number_shows_the_kind_of_its_subject() -> None:
    numbers = {
        "11010519491231002X": "自然人",
        "91110000600037341L": "企业",
        "92330199MA0000000X": "企业",
        "12330199002489559D": "事业单位",
        "11330199002489559D": "政府机构",
        "51330199MJ8000000Q": "社会组织",
        "31330199MD0000000A": None,
        "330199": None,
    }
    frame = pl.DataFrame({"x": list(numbers)})

    assert frame.select(FUNCTIONS["subject_kind"](pl.col("x")))["x"].to_list() == list(numbers.values())
