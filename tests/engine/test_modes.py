"""Deliveries that withdraw: how a project declares them, what is read of their rows, what the survey says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from engine.batches import latest_replacements, survey_batches, tally
from engine.batches.survey import TALLIES
from engine.errors import ConfigurationError
from engine.io import Ingested, ingest_file, source_faults
from engine.io.measures import MEASURES
from engine.settings import Source, load_project

PROJECT = """
[[source]]
name = "civil"
files = "*.csv"
{settings}
[[source.mention]]
subject = "person"
fields = {{ surname = "surname" }}
[subject.person]
attributes = {{ surname = "name" }}
blocking = ["surname"]
comparison = [{{ attribute = "surname" }}]
"""
DELTA: dict[str, Any] = {"key": "no", "op": "op", "mode": "delta"}


def source(**settings: Any) -> Source:
    mention = {"subject": "person", "fields": {"surname": "surname"}}
    return Source.model_validate({"name": "civil", "files": "*.csv", "mention": [mention], **settings})


def read(folder: Path, text: str, **settings: Any) -> Ingested:
    file = folder / "day.csv"
    file.write_text(text, encoding="utf-8")
    [one] = ingest_file(source(**settings), file, project_folder=folder)
    return one


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('mode = "delta"\nkey = "no"', "set `op`"),
        ('mode = { "day*.csv" = "delta" }\nkey = "no"', "set `op`"),
        ('mode = "delta"\nop = "op"', "set `key`"),
        ('op = "no"\nkey = "no"', "'no' is the key"),
        ('mode = "patch"', "mode"),
    ],
    ids=["no op", "no op of some files", "no key", "op is the key", "unknown"],
)
def test_a_mode_that_cannot_be_read_is_a_fault(tmp_path: Path, settings: str, told: str) -> None:
    (tmp_path / "lifetree.toml").write_text(PROJECT.format(settings=settings), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told):
        load_project(tmp_path)


def test_the_first_pattern_that_fits_gives_the_mode() -> None:
    by_file = source(key="no", op="op", mode={"full*.csv": "replace", "*day*.csv": "delta"})
    names = ("full.csv", "full-day.csv", "day1.csv", "other.csv")

    assert [by_file.mode_of(Path(name)) for name in names] == ["replace", "replace", "delta", "append"]
    assert [by_file.op_of(Path(name)) for name in names] == [None, None, "op", None]
    assert source().mode_of(Path("x.csv")) == "append"


def test_only_a_delta_needs_the_column_of_ops(tmp_path: Path) -> None:
    settings = 'key = "no"\nop = "op"\nmode = { "day.csv" = "delta" }'
    (tmp_path / "lifetree.toml").write_text(PROJECT.format(settings=settings), encoding="utf-8")
    for name in ("day.csv", "full.csv"):
        (tmp_path / name).write_text("no,surname\n1,Abel\n", encoding="utf-8")

    [fault] = source_faults(load_project(tmp_path))
    assert fault.startswith("source civil: day.csv: no column 'op'")


def test_ops_are_read_in_their_usual_words(tmp_path: Path) -> None:
    words = ["U", "i", " Update ", "INSERT", "D", "delete", "", "X"]
    rows = "".join(f"{number},Abel,{word}\n" for number, word in enumerate(words))
    read_rows, rejects, _ = read(tmp_path, f"no,surname,op\n{rows},Abel,X\n", **DELTA)

    assert dict(read_rows.select("record_id", "withdraws").iter_rows()) == {
        "0": False, "1": False, "2": False, "3": False, "4": True, "5": True,
    }  # fmt: skip
    assert rejects.select("line", "rule").rows() == [(8, "read"), (9, "read"), (10, "I1")]
    assert rejects["reason"].str.extract("(is empty|says 'X')").to_list() == ["is empty", "says 'X'", None]
    assert rejects["raw"][1] == '{"no":"7","surname":"Abel","op":"X"}'


def test_a_row_has_the_content_of_the_same_row_without_an_op(tmp_path: Path) -> None:
    plain = read(tmp_path, "no,surname\n1,Abel\n", key="no").rows["content_hash"].item()
    upsert, delete = read(tmp_path, "no,surname,op\n1,Abel,I\n1,Abel,delete\n", **DELTA).rows["content_hash"]

    assert upsert == plain
    assert delete != plain
    assert read(tmp_path, "no,surname,op\n1,Abel,I\n", key="no", op="op").rows["content_hash"].item() != plain


def test_a_file_of_json_lines_without_any_op_is_quarantined(tmp_path: Path) -> None:
    file = tmp_path / "day.jsonl"
    file.write_text('{"no": 1, "surname": "Abel", "op": null}\n', encoding="utf-8")
    [one] = ingest_file(source(**DELTA), file, project_folder=tmp_path)

    assert (one.rows.height, one.rejects.height) == (0, 1)


def surveyed(*files: dict[str, Any]) -> pl.DataFrame:
    usual = {"source": "civil", "mode": "append", "increment": False, "rows": 100, "unread": 0}
    rows = [{**usual, "file": f"{place}.csv", "batch": f"b{place}", **file} for place, file in enumerate(files)]
    tallies = pl.DataFrame([{"declared_rows": None, "delivered_at": None, **row} for row in rows], schema=TALLIES)
    return survey_batches(tallies, MEASURES.to_frame(), cycles={"civil": None}, declared={})


def test_increments_have_no_history_and_are_none_for_others() -> None:
    batches = surveyed(
        {"delivered_at": "2024-01-01"}, {"delivered_at": "2024-01-02", "mode": "delta", "increment": True, "rows": 2},
        {"delivered_at": "2024-01-03", "increment": True, "rows": 1}, {"delivered_at": "2024-02-01", "mode": "replace"},
    )  # fmt: skip
    told = batches.sort("file").select("mode", "delivery_rows", "history_rows").rows()

    assert told == [("append", 100, None), ("delta", 2, None), ("append", 1, None), ("replace", 100, 100)]


def test_the_latest_sound_replacement_counts() -> None:
    dates = {"mode": "replace"}
    batches = surveyed(
        {**dates, "delivered_at": "2024-01-01"}, {**dates, "delivered_at": "2024-03-01"},
        {**dates, "delivered_at": "2024-04-01"}, {**dates}, {"mode": "delta", "delivered_at": "2024-05-01"},
    )  # fmt: skip
    refused = batches.with_columns(rule=pl.when(pl.col("delivered_at") == "2024-04-01").then(pl.lit("I5")))

    assert latest_replacements(refused) == {"civil": "2024-03-01"}
    assert latest_replacements(surveyed({})) == {}


@pytest.mark.parametrize(
    ("mode", "accepted", "increment"),
    [("append", False, False), ("append", True, True), ("delta", False, True), ("replace", True, False)],
)
def test_what_an_increment_is(tmp_path: Path, mode: str, accepted: bool, increment: bool) -> None:
    settings = {**DELTA, "mode": mode}
    chunk = read(tmp_path, "no,surname,op\n1,Abel,U\n", **settings)
    told = tally(chunk, source(**settings), file=tmp_path / "day.csv", name="day.csv", batch="b", increment=accepted)

    assert told.select("mode", "increment").rows() == [(mode, increment)]
