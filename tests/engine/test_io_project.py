"""What a project's files lack, told before a build: all faults of all files at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InputError
from engine.io import ingest_file, source_faults, source_files, source_notes
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
    found = project(
        tmp_path, source("late", '"a.jsonl"'), source("never", '"b.jsonl"'), a_jsonl=lines, b_jsonl=b'{"id": 1}'
    )
    assert source_faults(found) == ["source never: b.jsonl: no column 'name'; known: id"]


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
