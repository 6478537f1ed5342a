"""Cleansing of delivered rows: versions, duplicates, mentions, findings, rejects and accounts."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.cleanse import Cleansed, cleanse, known_values, load_rulebook, load_rules
from engine.cleanse import account as account_of
from engine.settings import FieldMapping, Source, Subject
from engine.tables import FINDINGS

CHILD = {"subject": "person", "fields": {"name": "Name", "birth_date": "Born", "id_no": "ID", "phone": "line"}}
MOTHER = {
    "subject": "person", "role": "mother", "business_key": ["Ward", "Bed"], "fields": {"name": ["Given", "Family"]},
}  # fmt: skip
COLUMNS = ("No", "Name", "Born", "ID", "line", "Ward", "Bed", "Given", "Family")
PERSON = Subject.model_validate(
    {
        "attributes": {
            "name": "name", "birth_date": "date", "id_no": "resident_id", "phone": {"kind": "phone", "identity": False},
        },
        "blocking": ["name"],
        "comparison": [{"attribute": "name"}],
    }
)  # fmt: skip


def source(*mentions: dict[str, Any], keyed: bool = True) -> Source:
    key = {"key": "No"} if keyed else {}
    return Source.model_validate({"name": "births", "files": "b.csv", "mention": list(mentions or (CHILD,)), **key})


def rows(*delivered: dict[str, Any]) -> pl.DataFrame:
    """Return rows; the content hash of a row spells its mapped values."""
    table = []
    for line, row in enumerate(delivered):
        cells = {f"{name} (delivered)": row.get(name) for name in COLUMNS}
        table.append(
            {
                "source": "births", "record_id": row.get("No"), "content_hash": "/".join(str(cells[c]) for c in cells),
                "delivered_at": row.get("delivered_at", "2024-01-01"), "recorded_at": row.get("recorded_at"),
                "withdraws": row.get("withdraws", False), "file": "b.csv", "line": line, **cells,
            }
        )  # fmt: skip
    text = dict.fromkeys(("source", "record_id", "content_hash", "delivered_at", "recorded_at", "file"), pl.String)
    cells = dict.fromkeys((f"{name} (delivered)" for name in COLUMNS), pl.String)
    return pl.DataFrame(table, schema={**text, "withdraws": pl.Boolean, "line": pl.Int64, **cells})


def run(*delivered: dict[str, Any], **options: Any) -> Cleansed:
    of = {"source": options.get("source", source()), "replaced": options.get("replaced")}
    return cleanse(rows(*delivered), subjects={"person": PERSON}, **of)


def findings(cleansed: Cleansed) -> list[tuple[Any, ...]]:
    return cleansed.findings.select("rule", "field", "before", "after", "action").rows()


def account(cleansed: Cleansed) -> dict[str, Any]:
    return cleansed.accounts.drop("source").row(0, named=True)


def test_record_holds_cleansed_values_and_raw_holds_the_delivered_ones() -> None:
    cleansed = run({"No": "1", "Name": "  王伟 ", "Born": "19800131", "line": "138 0013 8000"})

    record = cleansed.records["person"].row(0, named=True)
    assert (record["name"], record["birth_date"], record["phone"]) == ("王伟", "1980-01-31", "13800138000")
    assert json.loads(record["raw"]) == {"Name": "  王伟 ", "Born": "19800131", "line": "138 0013 8000"}
    assert cleansed.findings.is_empty()


def test_values_that_are_known_from_many_sources_are_cleansed_as_each_source_cleanses_them() -> None:
    told = source(
        {**CHILD, "fields": {**CHILD["fields"], "birth_date": {"columns": "Born", "date_format": "%d.%m.%Y"}}}
    )
    first = rows(
        {"No": "1", "Name": "  王伟 ", "Born": "1980年1月31日", "ID": "n/a", "line": "0138 0013 8000"},
        {"No": "2", "Name": "Ａnna", "Born": "19800230", "ID": "330199198001310015"},
    )
    second = rows(
        {"No": "1", "Name": "王伟", "Born": "31.01.1980"}, {"No": "2", "Name": "n/a", "Born": "1980年1月31日"}
    )
    of = {"subjects": {"person": PERSON}, "rulebook": load_rulebook()}
    known = known_values([(source(CHILD, MOTHER), first), (told, second)], **of)

    for one, delivered in ((source(CHILD, MOTHER), first), (told, second)):
        alone, together = (cleanse(delivered, source=one, **of, known=given) for given in (None, known))
        assert_frame_equal(together.records["person"], alone.records["person"], check_row_order=False)
        assert_frame_equal(together.findings, alone.findings, check_row_order=False)
        assert together.findings.height


def test_what_strays_into_another_column_is_found_there_and_nothing_is_said_of_the_rest() -> None:
    stray = {"phone": {"columns": "ID", "stray": True}, "id_no": "ID"}
    given = source(
        {"subject": "person", "fields": {"name": "Name", "birth_date": {"columns": "ID", "stray": True}, **stray}}
    )

    cleansed = run(
        {"No": "1", "Name": "王伟", "ID": "1980-02-30"}, {"No": "2", "Name": "李娜", "ID": "1980-01-31"}, source=given
    )

    assert cleansed.records["person"].sort("record_id")["birth_date"].to_list() == [None, "1980-01-31"]
    assert cleansed.records["person"]["raw"].str.count_matches("ID").unique().to_list() == [1]
    assert cleansed.findings["field"].unique().to_list() == ["id_no"]


@pytest.mark.parametrize(
    ("column", "delivered", "expected"),
    [
        ("Name", "王\u200b伟", ("N1", "name", "王\u200b伟", "王伟", "repair")),
        ("Name", "阿里.汗", ("N2", "name", "阿里.汗", "阿里·汗", "repair")),
        ("Born", "1980年1月31日", ("N3", "birth_date", "1980年1月31日", "1980-01-31", "repair")),
        ("Born", "1980-02-30", ("A5", "birth_date", "1980-02-30", None, "null")),
        ("Born", "不详", ("I1", "birth_date", "不详", None, "null")),
        ("ID", "390102620927690", ("N5", "id_no", "390102620927690", "390102196209276909", "repair")),
        ("ID", "330199196209276908", ("A1", "id_no", "330199196209276908", None, "null")),
        ("line", "008613800138000", ("N8", "phone", "008613800138000", "13800138000", "repair")),
    ],
)
def test_changed_value_has_a_finding(column: str, delivered: str, expected: tuple[Any, ...]) -> None:
    cleansed = run({"No": "1", "Name": "Ann Lee", "Born": None if column == "ID" else "1980", column: delivered})

    assert findings(cleansed) == [expected]
    assert cleansed.records["person"][expected[1]].to_list() == [expected[3]]


@pytest.mark.parametrize("name", ["Null", "None", "Na"])
def test_surname_that_looks_like_a_placeholder_is_kept(name: str) -> None:
    assert run({"No": "1", "Name": name}).records["person"]["name"].to_list() == [name]


@pytest.mark.parametrize("name", ["NULL", "none", "N/A", "-", "？", "无", "Unknown"])
def test_row_that_names_nobody_is_quarantined(name: str) -> None:
    cleansed = run({"No": "1", "Name": name, "line": "13800138000"})

    assert cleansed.records["person"].is_empty()
    assert cleansed.rejects.select("record_id", "rule").rows() == [("1", "I2")]
    assert json.loads(cleansed.rejects["raw"][0])["Name"] == name
    assert account(cleansed)["quarantined"] == 1


def test_mention_without_identity_is_no_record() -> None:
    births = source(CHILD, MOTHER)
    cleansed = run(
        {"No": "1", "Name": "Bo", "Given": "Ann", "Family": "Lee", "Ward": "3", "Bed": "7"},
        {"No": "2", "Name": "Cy", "Given": "N/A", "Ward": "3"},
        source=births,
    )

    records = cleansed.records["person"].select("record_id", "role", "name", "business_key", "birth_date")
    assert records.rows() == [
        ("1", "", "Bo", None, None), ("1", "mother", "Ann Lee", "3|7", None), ("2", "", "Cy", None, None),
    ]  # fmt: skip
    assert account(cleansed)["kept"] == 2


def test_latest_version_supersedes_and_is_flagged() -> None:
    old = {"No": "1", "Name": "Ann Lee", "recorded_at": "2020-05-01"}
    new = {"No": "1", "Name": "Ann Moss", "recorded_at": "2021/5/1"}
    for order in ([old, new, old], [new, old, old]):
        cleansed = run(*order)

        assert cleansed.records["person"]["name"].to_list() == ["Ann Moss"]
        assert [found[0] for found in findings(cleansed)] == ["U2"]
        assert account(cleansed) == {
            "rows_in": 3, "kept": 1, "quarantined": 0, "exact_duplicates": 1, "superseded": 1,
        }  # fmt: skip


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("2024-01-02T09:00:00", "2024-01-02 10:00:00"),
        ("2024-01-02 9:00:00", "2024-01-02 10:00:00"),
        ("2024-01-02T09:00:00+08:00", "2024-01-02T08:00:00-08:00"),
        ("2024-01-02 09:00:00", "20240102090001"),
        ("2024/1/2 09:00", "2024-01-02 09:00:01"),
        ("2024-01-02 00:30:00", "1704157200"),
        ("2024-01-02", "2024-01-02T00:00:00"),
        ("2024-01-02T09:00:00", "2024-01-02T09:00:00.5"),
        ("soon", "2025"),
    ],
    ids=[
        "blank or T", "hours of one digit", "offsets", "compact", "slashes", "seconds since 1970", "a day and its times",
        "fractions", "no time at all",
    ],
)  # fmt: skip
@pytest.mark.parametrize("names", [("Ann Lee", "Ann Moss"), ("Ann Moss", "Ann Lee")], ids=["", "other hashes"])
def test_record_times_are_compared_as_times(older: str, newer: str, names: tuple[str, str]) -> None:
    cleansed = run(
        {"No": "1", "Name": names[0], "recorded_at": older}, {"No": "1", "Name": names[1], "recorded_at": newer}
    )

    assert cleansed.records["person"]["name"].to_list() == [names[1]]


def test_record_time_is_kept_in_the_form_that_sorts() -> None:
    cleansed = run({"No": "1", "Name": "Ann", "recorded_at": "2024/1/2 9:00 +08:00"})

    assert cleansed.records["person"]["recorded_at"].to_list() == ["2024-01-02T01:00:00"]
    assert cleansed.findings.is_empty()


def test_record_time_in_a_declared_form() -> None:
    declared = source().model_copy(
        update={"recorded_at": FieldMapping.model_validate({"columns": "Born", "date_format": "%d/%m/%Y %H:%M"})}
    )
    old = {"No": "1", "Name": "Ann Lee", "recorded_at": "31/01/2024 09:00"}
    new = {"No": "1", "Name": "Ann Moss", "recorded_at": "01/02/2024 08:00"}
    cleansed = cleanse(rows(old, new), source=declared, subjects={"person": PERSON})

    assert cleansed.records["person"].select("name", "recorded_at").rows() == [("Ann Moss", "2024-02-01T08:00:00")]


def test_record_time_that_cannot_be_read_is_null_and_flagged_once() -> None:
    births = source(CHILD, MOTHER)
    cleansed = run({"No": "1", "Name": "Bo", "Given": "Ann", "recorded_at": "soon"}, source=births)

    assert cleansed.records["person"]["recorded_at"].to_list() == [None, None]
    assert cleansed.findings.select("role", "rule", "field", "before", "after", "action").rows() == [
        ("", "N3", "recorded_at", "soon", None, "flag")
    ]


def test_versions_of_one_age_are_flagged_and_the_hash_chooses() -> None:
    for order in (("Ann Lee", "Ann Moss"), ("Ann Moss", "Ann Lee")):
        cleansed = run(*({"No": "1", "Name": name} for name in order))

        assert cleansed.records["person"]["name"].to_list() == ["Ann Moss"]
        assert [found[0] for found in findings(cleansed)] == ["U2", "U2"]


@pytest.mark.parametrize(
    "times",
    [
        ({"recorded_at": "2024-01-02"}, {"recorded_at": "2024-01-03"}),
        ({"delivered_at": "2024-01-31"}, {"delivered_at": "2024-02-29"}),
    ],
    ids=["record times", "deliveries"],
)
def test_the_later_version_holds_without_doubt(times: tuple[dict[str, str], dict[str, str]]) -> None:
    cleansed = run({"No": "1", "Name": "Ann Moss", **times[0]}, {"No": "1", "Name": "Ann Lee", **times[1]})

    assert cleansed.records["person"]["name"].to_list() == ["Ann Lee"]
    assert [found[0] for found in findings(cleansed)] == ["U2"]


def test_row_that_names_nobody_does_not_supersede() -> None:
    cleansed = run({"No": "1", "Name": "Ann Lee"}, {"No": "1", "Name": "-", "delivered_at": "2025-01-01"})

    assert cleansed.records["person"]["name"].to_list() == ["Ann Lee"]
    assert account(cleansed)["quarantined"] == 1


def test_identical_rows_without_a_key_are_separate_records() -> None:
    ann = {"Name": "Ann Lee"}
    cleansed = run(ann, ann, {"Name": "Bo Moss"}, source=source(keyed=False))

    ids = cleansed.records["person"]["record_id"].to_list()
    assert sorted(one.rsplit("-", 1)[1] for one in ids) == ["0", "0", "1"]
    assert account(cleansed)["exact_duplicates"] == 0


def test_declared_date_format_is_no_finding() -> None:
    mention = {"subject": "person", "fields": {"birth_date": {"columns": "Born", "date_format": "%d/%m/%Y"}}}
    cleansed = run({"No": "1", "Born": "31/01/1980"}, source=source(mention))

    assert cleansed.records["person"]["birth_date"].to_list() == ["1980-01-31"]
    assert cleansed.findings.is_empty()


def test_no_rows_give_empty_tables() -> None:
    cleansed = run()

    assert cleansed.findings.schema == FINDINGS.schema()
    assert account(cleansed)["rows_in"] == 0


def test_rules_have_unique_codes_in_six_categories() -> None:
    rules = load_rules()

    assert len({rule.code for rule in rules}) == len(rules)
    assert {"完整性", "准确性", "规范性", "唯一性"} <= {rule.category for rule in rules}


def test_a_row_that_withdraws_ends_its_record_until_a_later_one() -> None:
    ann = {"No": "1", "Name": "Ann Lee"}
    ended = {"No": "1", "withdraws": True}
    first, gone = {**ann, "delivered_at": "2024-01-01"}, {**ended, "delivered_at": "2024-02-01"}

    assert run(first, gone).records["person"].is_empty()
    assert run(first, gone).accounts.rows() == [("births", 2, 0, 0, 0, 2)]
    assert run(gone).accounts.rows() == [("births", 1, 0, 0, 0, 1)]
    assert run(gone, {**first, "delivered_at": "2023-12-01"}).records["person"].is_empty()
    back = run(first, gone, {**ann, "delivered_at": "2024-03-01"})
    assert back.records["person"]["delivered_at"].to_list() == ["2024-03-01"]
    assert back.accounts.rows() == [("births", 3, 1, 0, 1, 1)]


def test_a_replacement_ends_what_came_before_it() -> None:
    old = [{"No": number, "Name": "Ann Lee", "delivered_at": "2024-01-01"} for number in ("1", "2")]
    undated = {"No": "3", "Name": "Ann Lee", "delivered_at": None}
    new = {"No": "2", "Name": "Ann Moss", "delivered_at": "2024-02-01"}
    cleansed = run(*old, undated, new, {"No": "4", "delivered_at": "2024-01-01"}, replaced="2024-02-01")

    assert cleansed.records["person"].select("record_id", "name").rows() == [("2", "Ann Moss")]
    assert cleansed.accounts.rows() == [("births", 5, 1, 0, 0, 4)]
    assert (cleansed.findings.height, cleansed.rejects.height) == (0, 0)


def test_an_item_fills_no_attribute_that_has_its_name() -> None:
    bare = {"subject": "person", "fields": {"name": "Name"}}
    told = {
        "name": "births",
        "files": "b.csv",
        "key": "No",
        "mention": [bare],
        "items": {"phone": {"columns": ["line"]}},
    }

    cleansed = run({"No": "1", "Name": "Ann Lee", "line": "13800138000"}, source=Source.model_validate(told))

    assert cleansed.records["person"].select("name", "phone").rows() == [("Ann Lee", None)]


@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "without a key"])
@pytest.mark.parametrize("replaced", [None, "2024-02-01"], ids=["", "replaced"])
def test_the_account_follows_from_the_rows_and_their_rejects(keyed: bool, replaced: str | None) -> None:
    later = {"delivered_at": "2024-02-01"}
    delivered = [
        {"No": "1", "Name": "Ann Lee"}, {"No": "1", "Name": "Ann Lee", **later}, {"No": "1", "Name": "Ann Moss", **later},
        {"No": "2", "Name": "无"}, {"No": "2", "Name": "Bo Lee", **later}, {"No": "3", "Name": "-", **later},
        {"No": "4", "Name": "Cy Lee", **later}, {"No": "4", "withdraws": True, "delivered_at": "2024-03-01"},
    ]  # fmt: skip
    of = source(keyed=keyed)
    cleansed = run(*delivered, source=of, replaced=replaced)

    assert account_of(rows(*delivered), cleansed.rejects, source=of, replaced=replaced).equals(cleansed.accounts)
