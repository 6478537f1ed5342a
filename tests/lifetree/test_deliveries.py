"""Several deliveries of one source: the later version of a key holds, and a build says when none is later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from engine.settings import load_project
from engine.store import open_live
from lifetree.build import CHECKS, build

PROJECT = """
[[source]]
name = "civil"
files = "*.csv"
key = "no"
{times}
[[source.mention]]
subject = "person"
fields = {{ surname = "surname", town = "town" }}
[subject.person]
attributes = {{ surname = "name", town = "text" }}
blocking = ["surname"]
comparison = [{{ attribute = "surname" }}, {{ attribute = "town" }}]
"""
SURNAMES = ("Abel", "Birch", "Corr", "Dunn", "Eads", "Frey")


def built(folder: Path, times: str, **towns: str) -> tuple[dict[str, Any], pl.DataFrame]:
    """Build a delivery for each of `towns`, where all records live; return the summary and the kept records."""
    (folder / "lifetree.toml").write_text(PROJECT.format(times=times), encoding="utf-8")
    for name, town in towns.items():
        rows = "".join(f"{i},{SURNAMES[i % 6]},{town},{town[0]}\n" for i in range(12))
        (folder / f"{name}.csv").write_text(f"no,surname,town,told\n{rows}", encoding="utf-8")
    project = load_project(folder, checks=CHECKS)
    return build(project, buckets=2), open_live(project).read("records", subject="person")


@pytest.mark.parametrize(
    ("times", "town"),
    [
        ('delivered_at = { "jan.csv" = 2024-01-31, "feb*.csv" = "2024-02-29" }', "Bath"),
        ('delivered_at = { "jan.csv" = 2024-03-31, "feb*.csv" = "2024-02-29" }', "Ayr"),
    ],
    ids=["february is later", "january came late"],
)
def test_the_later_delivery_holds(tmp_path: Path, times: str, town: str) -> None:
    summary, records = built(tmp_path, times, jan="Ayr", feb="Bath")

    assert set(records["town"]) == {town}
    assert not [note for note in summary["notes"] if "no time tells" in note]


@pytest.mark.parametrize("times", ["", 'delivered_at = "2024-01-31"'], ids=["no date", "one date for both"])
def test_versions_that_no_time_orders_are_counted(tmp_path: Path, times: str) -> None:
    summary, records = built(tmp_path, times, jan="Ayr", feb="Bath")

    assert records.height == 12
    (told,) = (note for note in summary["notes"] if "no time tells" in note)
    assert told == (
        "source civil: 12 records have several contents, and no time tells which is the latest, such as '0'; map "
        "`recorded_at`, or give each file its date in `delivered_at`"
    )


def test_record_times_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    summary, records = built(tmp_path, 'recorded_at = "told"', jan="Ayr")

    assert records["recorded_at"].null_count() == 12
    assert (
        "source civil: 12 record times cannot be read and count as missing, such as 'A'; set the `date_format` of "
        "`recorded_at`"
    ) in summary["notes"]


def test_a_key_delivered_with_blanks_is_the_same_record(tmp_path: Path) -> None:
    _, records = built(tmp_path, 'delivered_at = "2024-01-31"', jan="Ayr")
    (tmp_path / "feb.csv").write_text("no,surname,town\n 7 ,Birch,Ayr\n", encoding="utf-8")
    project = load_project(tmp_path, checks=CHECKS)
    build(project, buckets=2)

    assert open_live(project).read("records", subject="person")["record_id"].to_list() == records["record_id"].to_list()
