"""What a project's files lack, told before a build: all faults of all files at once."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from engine.errors import InputError
from engine.io import ingest_file, row_column, source_faults, source_files, source_notes
from engine.settings import Project, load_project

HEAD = """
[subject.person]
attributes = { name = "text" }
blocking = ["name"]
[[subject.person.comparison]]
attribute = "name"
"""
SOURCE = """
[[source]]
name = "{name}"
files = {files}
key = "id"
{more}
[[source.mention]]
subject = "person"
fields = {{ name = "name" }}
"""


def project(folder: Path, *sources: str, **files: bytes) -> Project:
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    (folder / "lifetree.toml").write_text(HEAD + "".join(sources))
    return load_project(folder)


def source(name: str, files: str, more: str = "") -> str:
    return SOURCE.format(name=name, files=files, more=more)


def test_patterns_are_expanded_in_order_without_repeats(tmp_path: Path) -> None:
    found = project(tmp_path, source("a", '["*.csv", "b.csv", "c.tsv"]'), b_csv=b"x", a_csv=b"x", c_tsv=b"x")
    assert [file.name for file in source_files(found.sources[0], found)] == ["a.csv", "b.csv", "c.tsv"]


def test_a_pattern_without_files_says_where_it_looked(tmp_path: Path) -> None:
    found = project(tmp_path, source("a", '"people.csv"'), peple_csv=b"x")
    with pytest.raises(InputError, match=f"no file {tmp_path}/people.csv") as caught:
        source_files(found.sources[0], found)
    assert "did you mean 'peple.csv'?" in str(caught.value)


def test_all_faults_of_all_sources_are_told_at_once(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        source("missing", '"none.csv"'),
        source("empty", '"empty.csv"'),
        source("unnamed", '"other.csv"'),
        source("wrong", '"semi.csv"', 'delimiter = ","'),
        source("packed", '"bad.csv.gz"'),
        source("good", '"good.csv"'),
        empty_csv=b"",
        other_csv=b"id,nme\n1,Ann\n",
        semi_csv=b"id;name\n1;Ann\n",
        bad_csv_gz=b"nothing",
        good_csv=b"id,name\n1,Ann\n",
    )
    faults = source_faults(found)
    assert [fault.split(":")[0] for fault in faults] == [
        f"source {n}" for n in ("missing", "empty", "unnamed", "wrong", "packed")
    ]
    assert "no file" in faults[0]
    assert "is empty (0 bytes)" in faults[1]
    assert faults[2] == "source unnamed: other.csv: no column 'name'; did you mean 'nme'?"
    assert faults[3].endswith("which looks delimited by ';'; hint: set `delimiter`")
    assert "damaged" in faults[4]


def test_notes_tell_what_is_unusual(tmp_path: Path) -> None:
    many = b",".join(b"c%d" % n for n in range(12))
    found = project(
        tmp_path,
        source("latin", '"a.csv"'),
        source("wide", '"b.csv"'),
        a_csv="id,name\n1,Zoé\n".encode("latin-1"),
        b_csv=b"id,name," + many + b"\n",
    )
    assert source_faults(found) == []
    assert source_notes(found) == [
        "source latin: a.csv: encoding latin-1, detected",
        "source wide: b.csv: header only, no rows",
        "source wide: b.csv: not mapped: c0, c1, c2, c3, c4, c5, c6, c7, c8, c9 and 2 more",
    ]


def test_json_names_that_come_late_are_no_fault(tmp_path: Path) -> None:
    lines = b'{"id": 1}\n' * 2_000 + b'{"id": 2, "name": "Ann"}\n'
    found = project(tmp_path, source("late", '"a.jsonl"'), a_jsonl=lines)
    assert source_faults(found) == []
    assert source_notes(found) == []


def test_json_lines_without_a_mapped_name_are_noted_and_without_the_key_a_fault(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        source("nameless", '"a.jsonl"'),
        source("keyless", '"b.jsonl"'),
        a_jsonl=b'{"id": 1}',
        b_jsonl=b'{"name": "Ann"}',
    )
    assert source_notes(found) == [
        "source nameless: a.jsonl: no row has 'name'; known: id; it counts as missing in all of them"
    ]
    assert source_faults(found) == ["source keyless: b.jsonl: no column 'id'; known: name"]


def test_a_pattern_does_not_reach_into_the_store(tmp_path: Path) -> None:
    for folder in ("data", "store/runs/r1", "store/checkpoints/ingest/0"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.csv").write_bytes(b"id,name\n1,Ann\n")
    found = project(tmp_path, source("a", '"**/*.csv"'))
    assert source_files(found.sources[0], found) == [tmp_path / "data" / "a.csv"]


def test_each_delivery_has_the_date_of_the_first_name_that_fits(tmp_path: Path) -> None:
    dates = 'delivered_at = { "jan.csv" = 2024-01-31, "feb-1.csv" = "2024-02-10", "feb*.csv" = "2024-02-29T18:00:00+08:00" }'
    files = {f"{name}_csv": b"id,name\n1,Ann\n" for name in ("jan", "feb-1", "feb-2")}
    found = project(tmp_path, source("a", '"*.csv"', dates), **files)
    (one,) = found.sources
    delivered = {
        file.name: chunk.rows["delivered_at"].item()
        for file in source_files(one, found)
        for chunk in ingest_file(one, file, project_folder=found.folder)
    }
    assert source_faults(found) == []
    assert delivered == {"feb-1.csv": "2024-02-10", "feb-2.csv": "2024-02-29T10:00:00", "jan.csv": "2024-01-31"}


def test_deliveries_and_their_dates_must_fit_each_other(tmp_path: Path) -> None:
    dates = 'delivered_at = { "jann.csv" = 2024-01-31, "feb*.csv" = 2024-02-29 }'
    found = project(tmp_path, source("a", '"*.csv"', dates), jan_csv=b"id,name\n", feb_csv=b"id,name\n")
    assert source_faults(found) == [
        "source a: delivered_at: no date for jan.csv; did you mean 'jann.csv'?",
        "source a: delivered_at: 'jann.csv' fits no file",
    ]


def test_the_file_column_is_relative_to_the_project(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "p").mkdir()
    found = project(tmp_path / "p", source("a", '["../in/a.csv", "b.csv"]'), b_csv=b"id,name\n1,Ann\n")
    (tmp_path / "in" / "a.csv").write_bytes(b"id,name\n1,Ann\n")
    names = [
        chunk.rows["file"].item()
        for file in source_files(found.sources[0], found)
        for chunk in ingest_file(found.sources[0], file, project_folder=found.folder)
    ]
    assert names == ["a.csv", "b.csv"]


def test_files_of_one_source_differ_in_form_and_give_the_same_records(tmp_path: Path) -> None:
    rows = [("1", "Zoé", "Nîmes"), ("2", "Ann", "Köln")]
    table = pl.DataFrame(rows, schema=["id", "name", "town"], orient="row")
    table.write_parquet(tmp_path / "a.parquet")
    table.select("town", "name", "id").write_ndjson(tmp_path / "b.jsonl")
    table.select("name", "town", "id").write_csv(tmp_path / "c.csv")
    (tmp_path / "d.csv").write_bytes("town;id;name\nNîmes;1;Zoé\nKöln;2;Ann\n".encode("latin-1"))
    with gzip.open(tmp_path / "e.tsv.gz", "wb") as packed:
        packed.write("id\ttown\tname\n1\tNîmes\tZoé\n2\tKöln\tAnn\n".encode("utf-16"))
    table.write_excel(tmp_path / "f.xlsx")
    found = project(tmp_path, source("a", '"[a-f].*"').replace('key = "id"\n', ""))
    assert source_faults(found) == []
    hashes = {
        file.name: sorted(chunk.rows["record_id"])
        for file in source_files(found.sources[0], found)
        for chunk in ingest_file(found.sources[0], file, project_folder=found.folder)
    }
    assert len(hashes) == 6
    assert len({tuple(some) for some in hashes.values()}) == 1


def test_an_optional_column_may_be_missing_in_a_file_and_no_other(tmp_path: Path) -> None:
    mapped = source("a", '"*.csv"', 'optional = "town"').replace('name = "name" }', 'name = ["name", "town"] }')
    found = project(tmp_path, mapped, a_csv=b"id,name,town\n1,Ann,Lyon\n", b_csv=b"name,id\nBo,2\n", c_csv=b"id\n3\n")
    assert source_faults(found) == ["source a: c.csv: no column 'name'; known: id"]
    assert source_notes(found)[:1] == [
        "source a: b.csv: no row has 'town'; known: id, name; it counts as missing in all of them"
    ]
    (one,) = found.sources
    towns = [
        chunk.rows.select("record_id", row_column("town")).row(0)
        for file in source_files(one, found)[:2]
        for chunk in ingest_file(one, file, project_folder=found.folder)
    ]
    assert towns == [("1", "Lyon"), ("2", None)]
    with pytest.raises(InputError, match=r"c\.csv: no column 'name'"):
        ingest_file(one, tmp_path / "c.csv", project_folder=found.folder)
