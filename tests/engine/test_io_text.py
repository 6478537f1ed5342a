"""CSV and TSV, good and bad: every data row of a file is among the rows or the rejects."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from engine.errors import InputError
from engine.io import Ingested, ingest_file, inspect_file, row_column
from engine.io import files as io_files
from engine.io import records as io_records
from engine.settings import Source
from engine.tables import REJECTS, ROWS


def source(**settings: Any) -> Source:
    mention = {"subject": "person", "fields": {"name": "name", "town": "town"}}
    return Source.model_validate({"name": "register", "files": "x", "key": "id", "mention": [mention]} | settings)


def read(file: Path, *, chunk_rows: int = 250_000, **settings: Any) -> Ingested:
    parts = list(ingest_file(source(**settings), file, project_folder=file.parent, chunk_rows=chunk_rows))
    assert all(part.rows.height + part.rejects.height <= chunk_rows for part in parts)
    return Ingested(pl.concat([part.rows for part in parts]), pl.concat([part.rejects for part in parts]))


def written(folder: Path, content: str | bytes, name: str = "delivery.csv") -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def cells(ingested: Ingested, *names: str) -> list[tuple[Any, ...]]:
    delivered = ("id", "name", "town")
    return ingested.rows.select(row_column(name) if name in delivered else name for name in names or delivered).rows()


def test_rows_carry_what_was_delivered_and_where_it_stood(tmp_path: Path) -> None:
    file = written(tmp_path, 'town,id,name,age\nLyon,007,"Bell, Ann",\n\nRome,8, Bo ,5\n')
    found = read(file, delivered_at="2026-01-31", recorded_at="age")
    assert cells(found) == [("007", "Bell, Ann", "Lyon"), ("8", " Bo ", "Rome")]
    assert cells(found, "source", "record_id", "delivered_at", "recorded_at", "file", "line") == [
        ("register", "007", "2026-01-31", None, "delivery.csv", 2),
        ("register", "8", "2026-01-31", "5", "delivery.csv", 4),
    ]
    assert found.rows.schema == pl.Schema(
        ROWS.schema() | dict.fromkeys(map(row_column, ("id", "age", "name", "town")), pl.String)
    )
    assert found.rejects.schema == REJECTS.schema()


def test_content_hash_ignores_the_order_of_columns_and_columns_without_value(tmp_path: Path) -> None:
    one = read(written(tmp_path, "id,name,town\n1,Ann,Lyon\n2,Bo,\n"))
    two = read(written(tmp_path, "town,empty,name,id\nLyon,,Ann,1\n,,Bo,2\n", "other.csv"))
    swapped = read(written(tmp_path, "id,name,town\n1,Lyon,Ann\n2,,Bo\n", "third.csv"))
    assert one.rows["content_hash"].to_list() == two.rows["content_hash"].to_list()
    assert not set(one.rows["content_hash"]) & set(swapped.rows["content_hash"])


def test_without_key_the_content_hash_is_the_record_id(tmp_path: Path) -> None:
    found = read(written(tmp_path, "id,name,town\n1,Ann,Lyon\n1,Ann,Lyon\n"), key=[])
    assert found.rows["record_id"].to_list() == found.rows["content_hash"].to_list()
    assert found.rows["record_id"].n_unique() == 1


def test_blanks_around_a_key_are_no_part_of_it(tmp_path: Path) -> None:
    file = written(tmp_path, "id,name,town\n 1 ,Ann,Lyon\n\u30002\t,Bo,Rome\n")
    assert read(file).rows["record_id"].to_list() == ["1", "2"]
    assert read(file, key=["id", "name"]).rows["record_id"].to_list() == ["1|Ann", "2|Bo"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("id,name\n1,a\x1ftown=b\n", "id,name,town\n1,a,b\n"),
        ("id,name\n1,a=b\n", "id,name=a\n1,b\n"),
    ],
    ids=["a separator in a cell", "an equals sign in a name"],
)
def test_different_contents_have_different_hashes(tmp_path: Path, one: str, other: str) -> None:
    unmapped = {"key": [], "mention": [{"subject": "person", "fields": {"name": "id"}}]}
    hashes = [read(written(tmp_path, text), **unmapped).rows["content_hash"].item() for text in (one, other)]
    assert hashes[0] != hashes[1]


def test_columns_of_any_name_are_delivered_as_they_are(tmp_path: Path) -> None:
    names = ("source", "source (delivered)", "*", "^n.*$", "_row", "line", "content", "lossy", "数 量")
    cells = [f"v{place}" for place in range(len(names))]
    mention = {"subject": "person", "fields": {"name": {"columns": list(names)}}}
    found = read(written(tmp_path, f"{','.join(names)}\n{','.join(cells)}\n"), key=["*"], mention=[mention])
    assert found.rows.select(map(row_column, names)).row(0) == tuple(cells)
    assert found.rows["record_id"].to_list() == ["v2"]


def test_several_key_columns_are_joined_without_ambiguity(tmp_path: Path) -> None:
    found = read(written(tmp_path, "id,name,town\na,b|c,x\na|b,c,x\n"), key=["id", "name"])
    assert found.rows["record_id"].to_list() == ["a|b\\|c", "a\\|b|c"]


def test_a_blank_key_is_quarantined(tmp_path: Path) -> None:
    found = read(written(tmp_path, "id,name,town\n1,Ann,Lyon\n,Bo,Rome\n  ,Cy,Bonn\n"))
    assert found.rows.height == 1
    assert found.rejects.select("line", "rule", "reason").rows() == [
        (3, "I1", "no value in the key column 'id'"),
        (4, "I1", "no value in the key column 'id'"),
    ]
    assert found.rejects["raw"][0] == '{"id":null,"name":"Bo","town":"Rome"}'


def test_a_mapped_column_named_like_a_fixed_one_is_kept_beside_it(tmp_path: Path) -> None:
    mention = {"subject": "person", "fields": {"name": "name", "town": "source"}}
    found = read(written(tmp_path, "id,name,source\n1,Ann,Lyon\n"), mention=[mention])
    assert cells(found, "source", row_column("source")) == [("register", "Lyon")]


@pytest.mark.parametrize(
    ("body", "kept", "reasons"),
    [
        ("1,Ann\n2,Bo,Rome\n", ["2"], {2: "has 2 cells, the header has 3"}),
        ("1,Ann,Lyon,more\n2,Bo,Rome\n", ["2"], {2: "has 4 cells, the header has 3"}),
        ("alone\n2,Bo,Rome\n", ["2"], {2: "has 1 cell, the header has 3"}),
        ("1,Ann,Lyon,\n2,Bo,Rome,,\n", ["1", "2"], {}),
        ('1,"Ann,Lyon\n2,Bo,Rome\n3,Cy,Bonn\n', ["2", "3"], {2: "a quote is opened and not closed"}),
        ('1,"Ann,Lyon\n2,"Bo",Rome\n3,Cy,Bonn\n', ["2", "3"], {2: "text follows a closing quote"}),
        ('1,"Ann" Bell,Lyon\n2,Bo,Rome\n', ["2"], {2: "text follows a closing quote"}),
        ("1,Ann\rBell,Lyon\n2,Bo,Rome\n", ["2"], {2: "a carriage return inside a cell that is not quoted"}),
        ('1,5" pipe,Lyon\n2,"",Rome', ["1", "2"], {}),
        (",,\n2,Bo,Rome\n", ["2"], {2: "no value in the key column 'id'"}),
    ],
    ids=[
        "too few cells", "too many cells", "one cell", "empty cells too many", "quote never closed",
        "quote closed by the next row", "text after a quoted cell", "lone carriage return",
        "quote inside a bare cell", "row of delimiters",
    ],
)  # fmt: skip
def test_a_bad_row_is_quarantined_alone(tmp_path: Path, body: str, kept: list[str], reasons: dict[int, str]) -> None:
    found = read(written(tmp_path, "id,name,town\n" + body))
    assert found.rows[row_column("id")].to_list() == kept
    assert dict(found.rejects.select("line", "reason").rows()) == reasons


def test_a_ragged_row_over_several_lines_is_one_reject(tmp_path: Path) -> None:
    found = read(written(tmp_path, 'id,name,town\n1,"Ann\nBell",Lyon\n2,Bo,Rome,\n3,"C\ny",Bonn,x\n4,D,Bern\n'))
    assert found.rows[row_column("id")].to_list() == ["1", "2", "4"]
    assert found.rejects.select("line", "reason", "raw").rows() == [
        (5, "runs over 2 lines and has 4 cells, the header has 3", '3,"C\ny",Bonn,x'),
    ]


def test_a_reject_keeps_the_row_as_delivered(tmp_path: Path) -> None:
    found = read(written(tmp_path, 'id,name,town\r\n1,"A ""b""",\r\n2,Bo\r\n'))
    assert cells(found) == [("1", 'A "b"', None)]
    assert found.rejects.select("source", "file", "line", "record_id", "rule", "raw").rows() == [
        ("register", "delivery.csv", 3, None, "read", "2,Bo")
    ]


def test_quoted_cells_keep_line_ends_and_lines_are_physical(tmp_path: Path) -> None:
    found = read(written(tmp_path, 'id,name,town\r\n1,"Ann\r\nBell\rx",Lyon\r\n2,"B\n\n,o",Rome\r\n3,Cy,Bonn\r\n'))
    assert cells(found, "line", "id", "name") == [(2, "1", "Ann\r\nBell\rx"), (4, "2", "B\n\n,o"), (7, "3", "Cy")]


def test_lone_carriage_returns_may_end_all_lines(tmp_path: Path) -> None:
    found = read(written(tmp_path, "id,name,town\r1,Ann,Lyon\r2,Bo,Rome\r"))
    assert cells(found, "line", "id", "town") == [(2, "1", "Lyon"), (3, "2", "Rome")]


def test_null_bytes_are_kept_for_cleansing(tmp_path: Path) -> None:
    found = read(written(tmp_path, b"id,name,town\n1,A\0nn,Lyon\n2,Bo,\0\n"))
    assert cells(found) == [("1", "A\0nn", "Lyon"), ("2", "Bo", "\0")]


def test_a_field_of_10_mb_is_read(tmp_path: Path) -> None:
    long = "x" * 10_000_000
    found = read(written(tmp_path, f'id,name,town\n1,"{long}",Lyon\n2,{long},Rome\n3,Cy\n'))
    assert found.rows[row_column("name")].str.len_chars().to_list() == [10_000_000, 10_000_000]
    assert found.rejects["line"].to_list() == [4]


def test_results_do_not_depend_on_blocks_or_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        f'{n},"Ann ""{n}""\nBell{"é" * (n % 5)}",{"x" * (n % 40)}' if n % 3 else f"{n},Bo{n}" for n in range(1, 400)
    ]
    file = written(tmp_path, "\ufeffid,name,town\n" + "\n".join(rows))
    whole = read(file)
    assert (whole.rows.height, whole.rejects.height) == (266, 133)
    for block in (7, 64, 1000):
        monkeypatch.setattr(io_files, "BLOCK", block)
        parts = read(file, chunk_rows=50)
        assert parts.rows.sort("line").equals(whole.rows.sort("line"))
        assert parts.rejects.sort("line").equals(whole.rejects.sort("line"))


def test_an_open_quote_is_given_up_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(io_records, "RECORD_LIMIT", 500)
    monkeypatch.setattr(io_files, "BLOCK", 200)
    body = "".join(f"{n},Bo,Rome\n" for n in range(2, 300))
    found = read(written(tmp_path, f'id,name,town\n1,"Ann,Lyon\n{body}'))
    assert (found.rows.height, found.rejects["line"].to_list()) == (298, [2])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "%"], ids=["comma", "semicolon", "tab", "bar", "percent"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    lines = [["id", '"name, of"', "name", "town"], ["1", "a", '"A""nn"', "Lyon"]]
    file = written(tmp_path, "\n".join(delimiter.join(line) for line in lines))
    assert inspect_file(source(), file).delimiter == delimiter
    assert cells(read(file)) == [("1", 'A"nn', "Lyon")]


def test_header_names_are_trimmed_and_filled(tmp_path: Path) -> None:
    file = written(tmp_path, '\n\n"id", name ,town,\n1,Ann,Lyon,x\n')
    assert inspect_file(source(), file).columns == ("id", "name", "town", "column 4")
    assert cells(read(file), "line", "id") == [(4, "1")]


def test_a_file_of_a_header_only_gives_one_empty_chunk(tmp_path: Path) -> None:
    file = written(tmp_path, "id,name,town\n")
    chunks = list(ingest_file(source(), file, project_folder=tmp_path))
    assert [(chunk.rows.height, chunk.rejects.height) for chunk in chunks] == [(0, 0)]
    assert chunks[0].rows.columns == [*ROWS.columns, *map(row_column, ("id", "name", "town"))]
    assert inspect_file(source(), file).notes == ("header only, no rows",)


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "a.csv", "is empty \\(0 bytes\\)"),
        (b"\n\n \r\n".replace(b" ", b""), "a.csv", "no header"),
        (b"id,name,name,town,id\n1,2,3,4,5\n", "a.csv", "names 'id', 'name' more than once"),
        (b"id,name\n1,Ann\n", "a.csv", "no column 'town'"),
        (b'"id,name,town\n1,2,3\n', "a.csv", "header cannot be read: a quote is opened"),
        (b"i\0d\0,\0n\0\n\0", "a.csv", "null bytes in the header"),
        (b"id,name,town\n", "a.dat", "unknown suffix '.dat'"),
        (b"no gzip at all", "a.csv.gz", "damaged"),
        (gzip.compress(b"id,name,town\n" + bytes(range(65, 90)) * 9999)[:60], "a.csv.gz", "damaged"),
        (b"no zstd at all", "a.csv.zst", "damaged"),
    ],
    ids=[
        "empty", "blank lines", "duplicated header", "unknown column", "open quote in the header", "no text",
        "unknown suffix", "no gzip", "gzip cut short", "no zstd",
    ],
)  # fmt: skip
def test_an_unusable_file_is_an_error_that_names_it(tmp_path: Path, content: bytes, name: str, message: str) -> None:
    file = written(tmp_path, content, name)
    with pytest.raises(InputError, match=message) as caught:
        read(file)
    assert name in str(caught.value)
    assert "Hint:" in str(caught.value)


def test_a_gzip_damaged_past_the_header_is_an_error(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"id,name,town\n" + b"".join(b"%d,Ann,Lyon\n" % n for n in range(99_999))))
    packed[len(packed) // 2] ^= 0xFF
    with pytest.raises(InputError, match="damaged"):
        read(written(tmp_path, bytes(packed), "a.csv.gz"))


def test_a_folder_and_a_missing_file_are_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        inspect_file(source(), tmp_path)
    with pytest.raises(InputError, match=f"no file {tmp_path}/none.csv"):
        inspect_file(source(), tmp_path / "none.csv")


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_compressed_files_are_read(tmp_path: Path, codec: str) -> None:
    file = tmp_path / ("a.csv." + {"gzip": "gz", "zstd": "zst"}[codec])
    with pa.CompressedOutputStream(str(file), codec) as stream:
        stream.write("id,name,town\n1,Änn,Lyon\n".encode())
    assert cells(read(file)) == [("1", "Änn", "Lyon")]


def test_tab_separated_files_need_no_delimiter(tmp_path: Path) -> None:
    assert cells(read(written(tmp_path, "id\tname\ttown\n1\ta,b\tLyon\n", "a.tsv"))) == [("1", "a,b", "Lyon")]
