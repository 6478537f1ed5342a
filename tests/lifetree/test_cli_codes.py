"""`lifetree catalog divisions` and `lifetree catalog codes`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lifetree.cli import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["catalog", *arguments], prog_name="lifetree")


def rows(*arguments: str) -> list[dict[str, Any]]:
    result = run(*arguments, "--format", "json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def test_a_name_finds_all_codes_that_bore_it_and_where_they_lie_now() -> None:
    found = {row["code"]: row for row in rows("divisions", "余杭")}
    assert set(found) == {"330110", "330125", "330184"}
    assert found["330184"] == {
        "code": "330184", "name": "余杭市", "in": "浙江省杭州市", "valid_from": "1994", "valid_to": "2001",
        "lies_in": ["330110", "330113"],
    }  # fmt: skip


def test_a_date_chooses_the_name_of_its_year() -> None:
    assert [row["name"] for row in rows("divisions", "襄", "--on", "2005-01-01") if row["code"] == "420600"] == [
        "襄樊市"
    ]
    assert [row["name"] for row in rows("divisions", "襄", "--on", "2015") if row["code"] == "420600"] == ["襄阳市"]


def test_a_code_on_a_date_tells_its_flag_and_where_the_area_lay() -> None:
    (row,) = rows("divisions", "110103", "--on", "2015-06-01")
    assert (row["flag"], row["lies_in"]) == ("not_then", ["110101"])


def test_nothing_found_is_said() -> None:
    assert run("divisions", "330199").stdout.strip() == "nothing found"
    assert rows("divisions", "330199") == []


@pytest.mark.parametrize("date", ["yesterday", "2010-1-1"])
def test_a_date_that_is_none_is_misuse(date: str) -> None:
    result = run("divisions", "余杭", "--on", date)
    assert result.exit_code == 2
    assert "--on takes a date" in result.stderr


def test_the_lists_a_list_and_a_search_in_it() -> None:
    assert {row["list"]: row["codes"] for row in rows("codes")}["countries"] == 249
    assert len(rows("codes", "marital_status")) == 8
    assert [row["code"] for row in rows("codes", "ethnic_groups", "uyg")] == ["05"]
    assert "维吾尔族" in run("codes", "ethnic_groups", "维吾尔").stdout


def test_an_unknown_list_is_misuse_with_the_nearest_name() -> None:
    result = run("codes", "contries")
    assert result.exit_code == 2
    assert "did you mean 'countries'?" in result.stderr
