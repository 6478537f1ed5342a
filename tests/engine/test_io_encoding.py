"""Encodings: round trips, declared and detected, and lines that are of another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.errors import InputError
from engine.io import Ingested, ingest_file, inspect_file, row_column
from engine.settings import Source

CHINESE = "编号,姓名,性别\n1,王芳,女\n2,李娜,女\n3,赵喆,男\n"
FRENCH = (
    "编,姓名,性别\n".replace("编,姓名,性别", "id,prénom,ville")
    + "1,Zoé Lefèvre,Orléans\n2,Noël,Nîmes\n3,François,Besançon\n"
)


def source(columns: tuple[str, str, str], **settings: Any) -> Source:
    key, name, other = columns
    mention = {"subject": "person", "fields": {"name": name, "other": other}}
    return Source.model_validate({"name": "register", "files": "x", "key": key, "mention": [mention]} | settings)


def read(folder: Path, content: bytes, columns: tuple[str, str, str], **settings: Any) -> tuple[str, Ingested]:
    file = folder / "delivery.csv"
    file.write_bytes(content)
    facts = inspect_file(source(columns, **settings), file)
    [found] = ingest_file(source(columns, **settings), file, project_folder=folder)
    return facts.encoding, found


@pytest.mark.parametrize(
    ("text", "codec", "declared", "encoding"),
    [
        (CHINESE, "utf-8", None, "utf-8"),
        (CHINESE, "utf-8-sig", None, "utf-8"),
        (CHINESE, "utf-8-sig", "utf-8", "utf-8"),
        (CHINESE, "utf-16", None, "utf-16"),
        (CHINESE, "utf-16", "utf-16", "utf-16"),
        (CHINESE, "gb18030", None, "gb18030"),
        (CHINESE, "gb18030", "gb18030", "gb18030"),
        (FRENCH, "utf-8", None, "utf-8"),
        (FRENCH, "latin-1", None, "latin-1"),
        (FRENCH, "latin-1", "latin-1", "latin-1"),
        (FRENCH.replace("é", "\u2019"), "cp1252", None, "latin-1"),
    ],
)
def test_a_text_survives_its_encoding(
    tmp_path: Path, text: str, codec: str, declared: str | None, encoding: str
) -> None:
    lines = [tuple(line.split(",")) for line in text.splitlines()]
    seen, found = read(tmp_path, text.encode(codec), lines[0], encoding=declared)  # type: ignore[arg-type]
    assert seen == encoding
    assert found.rows.select(map(row_column, lines[0])).rows() == lines[1:]
    assert found.rejects.height == 0


def test_a_file_in_which_only_short_words_are_chinese_is_gb18030(tmp_path: Path) -> None:
    text = "id,name,sex\n" + "".join(f"{n},x,{'女' if n % 3 else '男'}\n" for n in range(60))
    seen, found = read(tmp_path, text.encode("gb18030"), ("id", "name", "sex"))
    assert seen == "gb18030"
    assert set(found.rows[row_column("sex")]) == {"女", "男"}


def test_one_accented_letter_makes_a_file_latin(tmp_path: Path) -> None:
    seen, found = read(tmp_path, b"id,name,town\n1,Zo\xe9,Lyon\n2,Bo,Rome\n", ("id", "name", "town"))
    assert (seen, found.rows[row_column("name")].to_list()) == ("latin-1", ["Zoé", "Bo"])


@pytest.mark.parametrize(
    ("most", "few", "encoding"),
    [("utf-8", "latin-1", "utf-8"), ("utf-8", "gb18030", "utf-8"), ("gb18030", "latin-1", "gb18030")],
)
def test_a_line_of_another_encoding_is_quarantined_alone(tmp_path: Path, most: str, few: str, encoding: str) -> None:
    foreign = {"latin-1": "99,é1,è", "gb18030": "99,王芳丽,女"}[few].encode(few)
    body = "".join(f"{n},王丽芳{n},女\n" for n in range(40)).encode(most)
    seen, found = read(tmp_path, b"id,name,sex\n" + body + foreign + b"\n7,Bo,x\n", ("id", "name", "sex"))
    assert seen == encoding
    assert found.rows.height == 41
    [(line, reason, raw)] = found.rejects.select("line", "reason", "raw").rows()
    assert (line, raw[:3]) == (42, "99,")
    assert reason.startswith(f"not {encoding} at byte ")


def test_a_foreign_line_inside_a_quoted_cell_takes_its_whole_row(tmp_path: Path) -> None:
    body = "".join(f"{n},王丽芳,女\n" for n in range(9)).encode() + b'50,"Zo\n\xe9\nx",y\n51,Bo,z\n'
    _, found = read(tmp_path, b"id,name,sex\n" + body, ("id", "name", "sex"))
    assert found.rows[row_column("id")].to_list() == [*map(str, range(9)), "51"]
    assert found.rejects.select("line", "raw").rows() == [(11, '50,"Zo\n\\xe9\nx",y')]


@pytest.mark.parametrize(
    ("content", "declared", "message"),
    [
        (FRENCH.encode("latin-1"), "utf-8", r"not utf-8 at byte 6, line 1 \(got 0xe9\)"),
        (b"id,a,b\n1,2,\xff\xff\n", "gb18030", r"not gb18030 at byte 12, line 2 \(got 0xff\)"),
        (b"id,a,b\n1,2,\xe7\x8e", "utf-8", r"not utf-8 at byte 12, line 2"),
    ],
    ids=["latin as utf-8", "no gb18030", "cut short"],
)
def test_bytes_outside_the_declared_encoding_are_an_error(
    tmp_path: Path, content: bytes, declared: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, content, ("id", "a", "b"), encoding=declared)
