"""Sources in a database, tried on SQLite and on a PostgreSQL server of the tests' own."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.errors import ConfigurationError, InputError
from engine.io import (
    Ingested,
    ingest_file,
    postgresql,
    row_column,
    source_faults,
    source_notes,
    spilling,
    take_snapshot,
)
from engine.settings import Project, load_project
from engine.settings.shipped import shipped
from engine.store import open_live
from lifetree.build import CHECKS, build, train

PASSWORD = "p@ss/w:rd?#%"
HEAD = """
[subject.person]
attributes = { name = "text", born = "text" }
blocking = ["name"]
[[subject.person.comparison]]
attribute = "name"
"""
MENTION = """
[[source.mention]]
subject = "person"
fields = { name = "name", born = "born" }
"""
COLUMNS = ["id", "name", "born", "member", "updated_at", "weight", "portrait"]
ROWS: list[tuple[Any, ...]] = [
    (1, "Ann 安", "1980-01-31", True, "2024-01-01 00:00:00", 1.5, b"abc"),
    (2, "Bo", None, False, "2024-01-02 10:00:00.5", 2.0, None),
    (3, "", "1982-03-01", None, "2024-01-03 10:00:00", None, b"\xff\x00"),
    (110101199001011234, "quote \" ' ,\nline", "0001-01-01", True, "2024-01-03 10:00:00.000001", -0.25, b""),
]
AS_TEXT = {
    "id": ["1", "2", "3", "110101199001011234"],
    "name": ["Ann 安", "Bo", None, "quote \" ' ,\nline"],
    "born": ["1980-01-31", None, "1982-03-01", "0001-01-01"],
    "member": ["true", "false", None, "true"],
    "updated_at": ["2024-01-01", "2024-01-02T10:00:00.500", "2024-01-03T10:00:00", "2024-01-03T10:00:00.000001"],
    "weight": ["1.5", "2", None, "-0.25"],
    "portrait": ["abc", None, "ff00", None],
}
TYPES = {
    "sqlite": "id INTEGER, name TEXT, born DATE, member BOOLEAN, updated_at DATETIME, weight REAL, portrait BLOB",
    "postgresql": "id bigint, name text, born date, member boolean, updated_at timestamp, weight float8, portrait bytea",
}


@pytest.fixture(scope="session")
def server() -> Iterator[Path]:
    """The folder of the socket of a server whose user `ann` has a password."""
    initdb = shutil.which("initdb")
    try:
        import adbc_driver_postgresql  # noqa: F401
    except ImportError:
        initdb = None
    if not initdb:
        pytest.skip("PostgreSQL's initdb and the package adbc-driver-postgresql are needed")
    folder = Path(tempfile.mkdtemp(prefix="lifetree-pg-"))
    (folder / "password").write_text(PASSWORD)
    user = {"user": "nobody"} if os.getuid() == 0 else {}
    if user:
        shutil.chown(folder, "nobody")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    ctl = [Path(initdb).resolve().with_name("pg_ctl"), "-D", folder / "data", "-w", "-l", folder / "log"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **user}
    made = [initdb, "-D", folder / "data", "-U", "ann", "-A", "scram-sha-256", f"--pwfile={folder / 'password'}"]
    try:
        subprocess.run([*made, "-E", "UTF8", "--locale=C", "--no-sync"], check=True, **quiet)
        subprocess.run([*ctl, "-o", options, "start"], check=True, **quiet)
        yield folder
    finally:
        subprocess.run([*ctl, "-m", "immediate", "stop"], check=False, **quiet)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URI of an empty database, as a project writes it."""
    if request.param == "sqlite":
        sqlite3.connect(tmp_path / "people.db").close()
        return "sqlite:///people.db"
    folder = request.getfixturevalue("server")
    monkeypatch.setenv("LIFETREE_TEST_PASSWORD", PASSWORD)
    uri = f"postgresql://ann:${{LIFETREE_TEST_PASSWORD}}@/postgres?host={folder}"
    ask(uri, tmp_path, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    return uri


def ask(uri: str, folder: Path, *statements: str) -> None:
    if uri.startswith("sqlite"):
        with sqlite3.connect(folder / "people.db") as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()
        return
    from adbc_driver_postgresql import dbapi

    from engine.settings.database import address

    with dbapi.connect(address(uri).uri) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        connection.commit()


def literal(value: Any, *, sqlite: bool) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'" if sqlite else f"'\\x{value.hex()}'"
    if isinstance(value, bool):
        return str(int(value)) if sqlite else str(value)
    return str(value) if isinstance(value, int | float) else "'" + value.replace("'", "''") + "'"


def insert(uri: str, folder: Path, *rows: tuple[Any, ...]) -> None:
    listed = [", ".join(literal(value, sqlite=uri.startswith("sqlite")) for value in row) for row in rows]
    ask(uri, folder, *(f"INSERT INTO people VALUES ({row})" for row in listed))


def people(uri: str, folder: Path, *rows: tuple[Any, ...]) -> None:
    ask(uri, folder, f"CREATE TABLE people ({TYPES[uri.partition(':')[0]]})")
    insert(uri, folder, *rows)


def project(folder: Path, more: str, *, head: str = HEAD) -> Project:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lifetree.toml").write_text(f'{head}[[source]]\nname = "register"\n{more}\n{MENTION}', encoding="utf-8")
    return load_project(folder)


def delivered(found: Project) -> Ingested:
    (source,) = found.sources
    parts = [
        chunk
        for file in take_snapshot(source, found)
        for chunk in ingest_file(source, file, project_folder=found.folder)
    ]
    return Ingested(pl.concat([part.rows for part in parts]), pl.concat([part.rejects for part in parts]))


def ids(found: Project) -> list[str]:
    return sorted(delivered(found).rows["record_id"])


def test_every_value_is_the_text_that_a_file_would_hold(tmp_path: Path, database: str) -> None:
    people(database, tmp_path, *ROWS)
    found = project(tmp_path, f'uri = "{database}"\ntable = "people"\nkey = "id"\nrecorded_at = "updated_at"')
    assert source_faults(found) == []
    assert source_notes(found) == [f"source register: {database}, people: not mapped: member, weight, portrait"]
    (file,) = take_snapshot(found.sources[0], found)
    order = {text: place for place, text in enumerate(AS_TEXT["id"])}
    from engine.io.parquet import as_text

    rows = pl.read_parquet(file).select(as_text(column) for column in pl.read_parquet(file))
    assert_frame_equal(rows.sort(pl.col("id").replace_strict(order)), pl.DataFrame(AS_TEXT))


def test_a_table_gives_the_records_of_its_export_in_any_format(tmp_path: Path, database: str) -> None:
    people(database, tmp_path, *ROWS)
    table = pl.DataFrame(AS_TEXT)
    table.write_csv(tmp_path / "people.csv")
    table.write_parquet(tmp_path / "people.parquet")
    read = delivered(project(tmp_path, f'uri = "{database}"\ntable = "people"'))
    for name in ("people.csv", "people.parquet"):
        found = project(tmp_path, f'files = "{name}"')
        [part] = ingest_file(found.sources[0], tmp_path / name, project_folder=tmp_path)
        columns = ["record_id", "content_hash", *map(row_column, ("name", "born"))]
        assert_frame_equal(read.rows.select(columns).sort("record_id"), part.rows.select(columns).sort("record_id"))


def test_an_unchanged_table_gives_the_same_files_in_whatever_order_it_comes(tmp_path: Path, database: str) -> None:
    people(database, tmp_path, *ROWS, ROWS[1])
    query = 'query = "SELECT * FROM people ORDER BY id {};"'
    files = [
        take_snapshot(found.sources[0], found)
        for order in ("ASC", "DESC")
        if (found := project(tmp_path / order, f'uri = "{database.replace(":///", ":///../")}"\n{query.format(order)}'))
    ]
    names = [
        [file.relative_to(tmp_path / order) for file in some]
        for order, some in zip(("ASC", "DESC"), files, strict=True)
    ]
    assert names[0] == names[1]
    assert [file.read_bytes() for file in files[0]] == [file.read_bytes() for file in files[1]]


def test_a_changed_table_takes_the_place_of_what_was_read(tmp_path: Path, database: str) -> None:
    people(database, tmp_path, *ROWS)
    found = project(tmp_path, f'uri = "{database}"\ntable = "people"\nkey = "id"')
    before = take_snapshot(found.sources[0], found)
    ask(database, tmp_path, "DELETE FROM people WHERE id > 1")
    after = take_snapshot(found.sources[0], found)
    assert not before[0].exists()
    assert pl.read_parquet(after)["id"].to_list() == ["1"]


def test_a_table_without_rows_has_its_columns(tmp_path: Path, database: str) -> None:
    people(database, tmp_path)
    found = project(tmp_path, f'uri = "{database}"\ntable = "people"\ncursor = "updated_at"')
    assert delivered(found).rows.height == 0
    insert(database, tmp_path, *ROWS)
    assert delivered(found).rows.height == len(ROWS)


def test_more_rows_than_are_held_at_a_time_are_all_there_once(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spilling, "CHUNK_ROWS", 2_000)
    monkeypatch.setattr(spilling, "GROUP_ROWS", 1_000)
    people(database, tmp_path)
    insert(database, tmp_path, (1, "n1", None, None, "2024-01-01 00:00:00", None, None))
    doubled = (
        "INSERT INTO people SELECT id + {0}, 'n' || (id + {0}), born, member, updated_at, weight, portrait FROM people"
    )
    ask(database, tmp_path, *(doubled.format(2**power) for power in range(13)))
    found = project(tmp_path, f'uri = "{database}"\ntable = "people"\nkey = "id"')
    read = delivered(found)
    assert sorted(map(int, read.rows["record_id"])) == list(range(1, 2**13 + 1))
    assert read.rows.select((pl.concat_str(pl.lit("n"), "record_id") == pl.col(row_column("name"))).all()).item()


def test_a_cursor_reads_what_is_new_and_keeps_the_rest(tmp_path: Path, database: str) -> None:
    people(database, tmp_path, *ROWS[:2])
    found = project(
        tmp_path, f'uri = "{database}"\ntable = "people"\nkey = "id"\ncursor = "updated_at"\nrecorded_at = "updated_at"'
    )
    first = take_snapshot(found.sources[0], found)
    assert take_snapshot(found.sources[0], found) == first
    ask(
        database,
        tmp_path,
        "DELETE FROM people WHERE id = 1",
        "UPDATE people SET name = 'Bob', updated_at = '2024-01-05 00:00:00' WHERE id = 2",
    )
    insert(database, tmp_path, ROWS[2])
    files = take_snapshot(found.sources[0], found)
    assert files[: len(first)] == first
    rows = delivered(found).rows.select("record_id", row_column("name")).sort("record_id", row_column("name"))
    assert rows.rows() == [("1", "Ann 安"), ("2", "Bo"), ("2", "Bob"), ("3", None)]


def test_rows_of_the_last_time_that_come_late_are_read_once(tmp_path: Path, database: str) -> None:
    """Without a key equal rows count, so that none may be dropped or doubled at the boundary."""
    time = "2024-01-03 10:00:00"
    twin, late, undated = (
        (7, "twin", None, None, time, None, None),
        (8, "late", None, None, time, None, None),
        (9, "u", None, None, None, None, None),
    )
    people(database, tmp_path, ROWS[0], twin, twin, undated)
    found = project(tmp_path, f'uri = "{database}"\ntable = "people"\ncursor = "updated_at"')
    assert delivered(found).rows.height == 4
    insert(database, tmp_path, twin, late, undated, (10, "v", None, None, None, None, None))
    delivered(found)
    names = sorted(delivered(found).rows[row_column("name")])
    assert names == ["Ann 安", "late", "twin", "twin", "twin", "u", "u", "v"]


@pytest.mark.parametrize("cursor", ["id", "updated_at", "name"])
def test_reading_bit_by_bit_gives_what_reading_at_once_gives(tmp_path: Path, database: str, cursor: str) -> None:
    draw = random.Random(cursor)
    rows = [
        (
            n // 3,
            f"n{n // 4:03d}",
            None,
            n % 2 == 0,
            f"2024-01-{1 + n // 9:02d} 00:00:0{n // 2 % 4 if n < 9 else 0}",
            0.5,
            None,
        )
        for n in range(45)
    ]
    rows.sort(key=lambda row: (row[0], row[4]) if cursor != "updated_at" else (row[4], row[0]))
    people(database, tmp_path)
    bitwise = project(
        tmp_path / "bits", f'uri = "{database.replace(":///", ":///../")}"\ntable = "people"\ncursor = "{cursor}"'
    )
    while rows:
        taken = draw.randint(1, 20)
        insert(database, tmp_path, *rows[:taken])
        rows = rows[taken:]
        delivered(bitwise)
    whole = project(tmp_path / "whole", f'uri = "{database.replace(":///", ":///../")}"\ntable = "people"')
    assert ids(bitwise) == ids(whole)
    assert len(ids(whole)) == 45


def test_another_query_does_not_go_on_from_where_the_first_was(tmp_path: Path, database: str) -> None:
    people(database, tmp_path, *ROWS)
    base = f'uri = "{database}"\nkey = "id"\ncursor = "id"\n'
    assert ids(project(tmp_path, base + 'query = "SELECT * FROM people WHERE id = 3"')) == ["3"]
    assert len(ids(project(tmp_path, base + 'table = "people"'))) == 4
    assert ids(project(tmp_path, base + 'query = "SELECT * FROM people WHERE id = 3"')) == ["3"]


def test_a_reading_that_is_killed_leaves_nothing_behind(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(database, tmp_path, *ROWS[:2])
    found = project(tmp_path, f'uri = "{database}"\ntable = "people"\ncursor = "updated_at"')
    delivered(found)
    insert(database, tmp_path, *ROWS[2:])
    child = (
        "import os, sys\nfrom engine.io import snapshots\nfrom engine.settings import load_project\n"
        "snapshots._place = lambda *_: os._exit(9)\nfound = load_project(sys.argv[1])\n"
        "snapshots.take_snapshot(found.sources[0], found)\n"
    )
    root = Path(__file__).resolve().parents[2]
    killed = subprocess.run([sys.executable, "-c", child, tmp_path], cwd=root, check=False)
    assert killed.returncode == 9
    assert delivered(found).rows.height == 4
    assert [path.name for path in (tmp_path / "store" / "snapshots" / "register").glob(".*")] == []


def test_a_column_that_comes_later_is_missing_in_what_was_read_before(tmp_path: Path, database: str) -> None:
    people(database, tmp_path, *ROWS[:2])
    head = HEAD.replace('born = "text"', 'born = "text", town = "text"')
    text = f'uri = "{database}"\ntable = "people"\nkey = "id"\ncursor = "id"'
    delivered(project(tmp_path, text, head=head))
    ask(database, tmp_path, "ALTER TABLE people ADD COLUMN town text")
    insert(database, tmp_path, (*ROWS[2], "Lyon"))
    mapped = MENTION.replace('born = "born"', 'born = "born", town = "town"')
    (tmp_path / "lifetree.toml").write_text(f'{head}[[source]]\nname = "register"\n{text}\n{mapped}')
    rows = delivered(load_project(tmp_path)).rows
    assert dict(rows.select("record_id", row_column("town")).rows()) == {"1": None, "2": None, "3": "Lyon"}


def test_all_that_is_wrong_is_told_at_once_before_a_row_is_read(tmp_path: Path, database: str) -> None:
    people(database, tmp_path, *ROWS)
    found = project(
        tmp_path, f'uri = "{database}"\ntable = "people"\nkey = "No"\nrecorded_at = "updated_at"\ncursor = "updated"'
    )
    assert source_faults(found) == [
        f"source register: {database}, people: no column 'No'; known: born, id, member, name, portrait, updated_at, weight",
        f"source register: {database}, people: no column 'updated'; did you mean 'updated_at'?",
    ]


@pytest.mark.parametrize(
    "asked",
    ['table = "nobody"', 'query = "SELEC 1"', 'query = "SELECT 1; DROP TABLE people"', 'query = "DELETE FROM people"'],
)
def test_what_a_database_does_not_take_is_told_and_changes_nothing(tmp_path: Path, database: str, asked: str) -> None:
    people(database, tmp_path, *ROWS)
    (fault,) = source_faults(project(tmp_path, f'uri = "{database}"\n{asked}'))
    assert fault.startswith(f"source register: {database}")
    assert PASSWORD not in fault
    assert len(ids(project(tmp_path, f'uri = "{database}"\ntable = "people"'))) == 4


@pytest.mark.parametrize(
    ("settings", "faults"),
    [
        ("", ["'files' or 'uri' is missing"]),
        ('files = "a.csv"\nuri = "sqlite:///a.db"\ntable = "t"', ["files and uri exclude each other"]),
        ('uri = "sqlite:///a.db"', ["'table' or 'query' is missing"]),
        ('uri = "sqlite:///a.db"\ntable = "t"\nquery = "SELECT 1"', ["table and query exclude each other"]),
        ('files = "a.csv"\ntable = "t"\ncursor = "c"', ["'table' is of a database; it needs `uri`", "'cursor' is of a database; it needs `uri`"]),
        ('uri = "sqlite:///a.db"\ntable = "t"\nsheet = "s"\ndelimiter = ","', ["'delimiter' is of files; a source with `uri` has none", "'sheet' is of files; a source with `uri` has none"]),
        ('uri = "mysql://a@b/c"\ntable = "t"', ["uri: unknown scheme 'mysql'; known: postgresql, sqlite"]),
        ('uri = "people.db"\ntable = "t"', ["uri: no scheme, such as sqlite:///"]),
        ('uri = "sqlite:///a.db"\ntable = "t"\ndelivered_at = { "a" = "2024-01-01" }', ["delivered_at: a database has no files; give one date, or none"]),
        ('uri = "sqlite:///a.db"\ntable = "t"\nkey = "id"\ncursor = "c"', ["cursor: of two versions of a record the later is not known; set `recorded_at` too"]),
        ('uri = "sqlite:///${LIFETREE_NOT_SET}.db"\ntable = "t"', None),
        ('files = "a.csv"\noptional = ["nam", "id"]\nkey = "id"', ["optional: 'nam' is mapped nowhere; did you mean 'name'?", "optional: 'id' is the key, which every file needs"]),
    ],
    ids=["neither", "both", "no table", "table and query", "of a database", "of files", "scheme", "no scheme", "dates by file", "versions", "variable", "optional"],
)  # fmt: skip
def test_settings_that_do_not_fit_are_faults_at_load(tmp_path: Path, settings: str, faults: list[str] | None) -> None:
    with pytest.raises(ConfigurationError) as caught:
        project(tmp_path, settings)
    expected = [f"source register: {fault}" for fault in faults or []]
    assert list(caught.value.faults) == (
        expected or ["source register: uri: the environment variable LIFETREE_NOT_SET is not set"]
    )


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://ann:hush@h/d",
        "postgresql://ann@h/d?password=hush",
        "postgresql://ann:hu${X}sh@h/d",
        "postgresql://ann:hush@more@h/d",
    ],
)
@pytest.mark.parametrize("written", ['"{}"', '["{}"]'])
def test_a_password_in_the_project_is_refused_and_not_shown(
    tmp_path: Path, uri: str, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X", "x")
    with pytest.raises(ConfigurationError) as caught:
        project(tmp_path, f'uri = {written.format(uri)}\ntable = "t"')
    assert not any(part in str(caught.value) for part in ("hush", "more@h"))


@pytest.mark.parametrize("whole", [False, True], ids=["a variable for the password", "a variable for the URI"])
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_password_is_in_no_message_and_no_file(
    tmp_path: Path, database: str, whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.settings.database import address

    people(database, tmp_path, *ROWS)
    if whole:
        monkeypatch.setenv("LIFETREE_TEST_URI", address(database).uri)
        database = "${LIFETREE_TEST_URI}"
    found = project(tmp_path, f'uri = "{database}"\ntable = "people"\ncursor = "id"')
    assert delivered(found).rows.height == 4
    secrets = (PASSWORD, "p%40ss", "p@ss")
    for file in (file for file in (tmp_path / "store").rglob("*") if file.is_file()):
        assert not any(secret.encode() in file.read_bytes() for secret in secrets)
    assert not any(secret in str(found) for secret in secrets)
    for name, value in (
        ("LIFETREE_TEST_PASSWORD", "wrong" + PASSWORD),
        ("LIFETREE_TEST_URI", address("postgresql://ann:${LIFETREE_TEST_PASSWORD}@nowhere.invalid/d").uri),
    ):
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError) as caught:
        delivered(found)
    told = [str(caught.value), *source_faults(found), repr(caught.value.__cause__), repr(caught.value)]
    assert not any(secret in text for text in told for secret in ("wrong", *secrets))


def test_a_password_that_splits_a_uri_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIFETREE_TEST_URI", "postgresql://ann:hu/sh@h/d")
    with pytest.raises(ConfigurationError, match="write / \\? # @ as %2F") as caught:
        project(tmp_path, 'uri = "${LIFETREE_TEST_URI}"\ntable = "t"')
    assert "sh@" not in str(caught.value)


def test_a_missing_driver_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    (fault,) = source_faults(project(tmp_path, 'uri = "postgresql://ann@h/d"\ntable = "t"'))
    assert "pip install 'lifetree[postgresql]'" in fault


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    (fault,) = source_faults(project(tmp_path, 'uri = "sqlite:///data/people.db"\ntable = "t"'))
    assert "no file" in fault
    assert not (tmp_path / "data").exists()


def test_a_path_may_be_absolute_and_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "other place #1.db"
    with sqlite3.connect(place) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS name, 2 AS born")
    connection.close()
    monkeypatch.setenv("LIFETREE_TEST_PLACE", str(place).replace("#", "%23"))
    found = project(tmp_path / "p", 'uri = "sqlite:///${LIFETREE_TEST_PLACE}"\ntable = "t"')
    assert delivered(found).rows[row_column("born")].to_list() == ["2"]


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"id,name\n" * 1_000)
    (fault,) = source_faults(project(tmp_path, 'uri = "sqlite:///a.db"\ntable = "t"'))
    assert "file is not a database" in fault


def test_sqlite_values_of_any_type_in_any_column_are_text(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("CREATE TABLE t (name, born)")
        values = [(1, 1.0), ("é", 1e20), (b"\xff", None), ("", "x\0y"), (2**62, 0.1)]
        connection.executemany("INSERT INTO t VALUES (?, ?)", values)
        connection.execute("INSERT INTO t VALUES (CAST(x'e92b' AS TEXT), 'not utf-8')")
    connection.close()
    rows = delivered(project(tmp_path, 'uri = "sqlite:///a.db"\ntable = "t"')).rows
    cells = rows.select(map(row_column, ("name", "born"))).sort(row_column("born"), nulls_last=True).rows()
    assert cells == [
        (str(2**62), "0.1"), ("1", "1"), ("é", "1e+20"), ("e92b", "not utf-8"), (None, "x\0y"), ("ff", None),
    ]  # fmt: skip


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_postgresql_types_without_a_file_form_are_its_own_text(tmp_path: Path, database: str) -> None:
    made = (
        "numeric '12.50' AS n, timestamptz '2024-01-01 10:00:00+08' AS z, time '10:00' AS t, interval '1 day 2 hours' AS i, "
        "ARRAY['a','b'] AS a, '{\"k\": 1}'::json AS j, uuid '00000000-0000-0000-0000-000000000001' AS u, "
        "'infinity'::timestamp AS e, 'infinity'::date AS d, 'ab'::char(4) AS c, 'NaN'::float8 AS f, 'x' AS name, 'y' AS born"
    )
    found = project(tmp_path, f'uri = "{database}"\nquery = """SELECT {made} -- a remark"""')
    row = pl.read_parquet(take_snapshot(found.sources[0], found)).row(0, named=True)
    assert row | {"f": None} == {
        "n": "12.50", "z": "2024-01-01T02:00:00+00:00", "t": "10:00:00", "i": "P1DT2H", "a": '["a","b"]',
        "j": '{"k": 1}', "u": "00000000-0000-0000-0000-000000000001", "e": "infinity", "d": "infinity", "c": "ab",
        "f": None, "name": "x", "born": "y",
    }  # fmt: skip


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_identifiers_that_a_float_cannot_hold_are_quarantined(tmp_path: Path, database: str) -> None:
    query = "SELECT 110101199001011234::float8 AS name, 1 AS born UNION ALL SELECT 5, 2"
    read = delivered(project(tmp_path, f'uri = "{database}"\nquery = "{query}"'))
    assert (read.rows[row_column("name")].to_list(), read.rejects.height) == (["5"], 1)


def test_no_two_columns_bear_one_name(tmp_path: Path, server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    uri = f"postgresql://ann@/postgres?host={server}"
    (fault,) = source_faults(project(tmp_path, f'uri = "{uri}"\nquery = "SELECT 1 AS name, 2 AS name"'))
    assert "two columns bear one name" in fault
    assert postgresql.failures()


def into_database(folder: Path, uri: str) -> None:
    """Put the example's files into tables, and the tables in the place of the files."""
    for file in sorted((folder / "data").glob("*.csv")):
        table = pl.read_csv(file, infer_schema=False)
        names = ", ".join(f'"{name}"' for name in table.columns)
        values = ", ".join(f"({', '.join(literal(value, sqlite=True) for value in row)})" for row in table.rows())
        columns = names.replace(",", " text,") + " text"
        ask(uri, folder, f"CREATE TABLE {file.stem} ({columns})", f"INSERT INTO {file.stem} ({names}) VALUES {values}")
        toml = folder / "sources" / f"{file.stem}.toml"
        text = toml.read_text(encoding="utf-8")
        toml.write_text(
            text.replace(f'files = "data/{file.name}"', f'uri = "{uri}"\ntable = "{file.stem}"'), encoding="utf-8"
        )


def built(folder: Path) -> tuple[dict[str, Any], dict[tuple[str, str], str]]:
    found = load_project(folder, checks=CHECKS)
    summary = build(found, buckets=2, calibration={name: folder / f"{name}.json" for name in found.subjects})
    run = open_live(found)
    tables = ("records", "entities", "record_entity", "profiles", "attribute_values")
    return summary, {(name, table): run.table_hash(table, subject=name) for name in found.subjects for table in tables}


@pytest.fixture(scope="module")
def from_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[tuple[str, str], str]]:
    """The shipped example with its calibrations, and what its build from files gives."""
    folder = tmp_path_factory.mktemp("files") / "example"
    shutil.copytree(shipped("example"), folder, ignore=shutil.ignore_patterns("store"))
    for name, one in train(load_project(folder, checks=CHECKS)).items():
        (folder / f"{name}.json").write_text(one.model_dump_json())
    return folder, built(folder)[1]


def test_a_build_from_a_database_is_the_build_from_files_and_goes_on(
    tmp_path: Path, database: str, from_files: tuple[Path, dict[tuple[str, str], str]]
) -> None:
    folder = tmp_path / "example"
    shutil.copytree(from_files[0], folder, ignore=shutil.ignore_patterns("store"))
    into_database(folder, database)
    first, tables = built(folder)
    assert tables == from_files[1]
    again, _ = built(folder)
    assert sum(stage["ran"] for stage in again["stages"]) == 0
    assert again["run_id"] == first["run_id"]
    for row in first["accounts"]:
        assert row["rows_in"] == sum(row[fate] for fate in ("kept", "quarantined", "exact_duplicates", "superseded"))
    ask(database, folder, 'DELETE FROM tax WHERE "登记序号" IN (SELECT max("登记序号") FROM tax)')
    changed, _ = built(folder)
    ingest = next(stage for stage in changed["stages"] if stage["name"] == "ingest")
    assert (ingest["tasks"], ingest["ran"]) == (5, 1)
    texts = [file.read_bytes() for file in (folder / "store").rglob("*") if file.is_file()]
    assert not any(PASSWORD.encode() in text for text in texts)


class Killing(NamedTuple):
    """What watches a build, and stops it before `stage`."""

    stage: str

    def begin(self, stage: str, tasks: int) -> None:
        if stage == self.stage:
            raise KeyboardInterrupt

    def advance(self, stage: str, *, rows: int, reused: bool) -> None:
        pass

    def end(self, stage: str) -> None:
        pass


def test_a_killed_build_goes_on_with_what_it_had_read(
    tmp_path: Path, database: str, from_files: tuple[Path, dict[tuple[str, str], str]]
) -> None:
    folder = tmp_path / "example"
    shutil.copytree(from_files[0], folder, ignore=shutil.ignore_patterns("store"))
    into_database(folder, database)
    found = load_project(folder, checks=CHECKS)
    with pytest.raises(KeyboardInterrupt):
        build(found, buckets=2, progress=Killing("collapse"))
    summary, tables = built(folder)
    ran = {stage["name"]: stage["ran"] for stage in summary["stages"]}
    assert (ran["ingest"], ran["cleanse"]) == (0, 0)
    assert ran["collapse"] > 0
    assert tables == from_files[1]


def test_a_fault_of_the_mapping_stops_before_anything_is_read(
    tmp_path: Path, database: str, from_files: tuple[Path, dict[tuple[str, str], str]]
) -> None:
    folder = tmp_path / "example"
    shutil.copytree(from_files[0], folder, ignore=shutil.ignore_patterns("store"))
    into_database(folder, database)
    ask(database, folder, 'ALTER TABLE tax RENAME COLUMN "纳税人名称" TO "名称"', "DROP TABLE clinic")
    with pytest.raises(ConfigurationError) as caught:
        built(folder)
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["source clinic", "source tax"]
    assert not (folder / "store" / "snapshots").exists()
