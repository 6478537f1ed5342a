"""`lifetree update`: what is accepted, refused and repeated, and what adds, corrections and withdrawals come to."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from engine.errors import ConfigurationError, StoreError
from engine.runners.seals import content_hash
from engine.settings import Project, load_project
from engine.store import open_live
from engine.tables import TABLES
from lifetree import stream
from lifetree.build import CHECKS, build
from lifetree.cli import main
from lifetree.deliveries import accept
from lifetree.retracting import retract
from lifetree.update import update

PROJECT = """
[project]
name = "town"
[[source]]
name = "civil"
files = "data/civil*.csv"
key = "no"
op = "op"
delivered_at = "2024-01-01"
[[source.mention]]
subject = "person"
fields = { surname = "surname", town = "town" }
[[source]]
name = "clinic"
files = "data/clinic*.csv"
[[source.mention]]
subject = "person"
fields = { surname = "surname", town = "town" }
[subject.person]
attributes = { surname = "name", town = "text" }
sufficient = [["surname"]]
blocking = ["surname"]
comparison = [{ attribute = "surname" }, { attribute = "town" }]
"""
SURNAMES = ("Abel", "Birch", "Corr", "Dunn", "Eads", "Frey", "Gale", "Hart", "Ives", "Joss", "Kerr", "Lund")
REGISTRY = {"person/record_history", "person/ledger", "person/redirects"}
FATES = ("rows_in", "kept", "quarantined", "exact_duplicates", "superseded")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("town")
    (place / "lifetree.toml").write_text(PROJECT, encoding="utf-8")
    (place / "data").mkdir()
    rows = "".join(f"{i},{name},Ayr\n" for i, name in enumerate(SURNAMES))
    (place / "data" / "civil.csv").write_text(f"no,surname,town\n{rows}", encoding="utf-8")
    (place / "data" / "clinic.csv").write_text("surname,town\nAbel,Ayr\nBirch,Ayr\n", encoding="utf-8")
    build(load_project(place, checks=CHECKS), buckets=2)
    return place


@pytest.fixture
def folder(town: Path, tmp_path: Path) -> Path:
    """Return a copy of the built town."""
    shutil.copytree(town, tmp_path / "town")
    return tmp_path / "town"


def project_of(folder: Path) -> Project:
    return load_project(folder, checks=CHECKS)


def put(folder: Path, name: str, text: str) -> Path:
    file = folder / "new" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def changes(folder: Path, name: str, *rows: str) -> Path:
    return put(folder, name, "no,surname,town,op\n" + "".join(f"{row}\n" for row in rows))


def towns(folder: Path) -> dict[str, str]:
    records = open_live(project_of(folder)).read("records", subject="person")
    return dict(records.filter(pl.col("source") == "civil").select("record_id", "town").iter_rows())


def account(summary: dict[str, Any], source: str = "civil") -> tuple[int, ...]:
    [one] = [one for one in summary["accounts"] if one["source"] == source]
    return tuple(one[name] for name in FATES)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="lifetree")


def hashes(folder: Path) -> dict[str, str]:
    live = open_live(project_of(folder))
    parts = [name.split("/") for name in live.manifest["tables"]]
    return {
        f"{subject}/{table}": live.table_hash(table, subject=None if subject == "project" else subject)
        for subject, table in parts
        if table in TABLES
    }


def test_a_delta_adds_corrects_and_withdraws(folder: Path) -> None:
    file = changes(folder, "civil.csv", "12,Marsh,Bath,I", "3,Dunn,Bath,update", "5,,,D", "6,Gale,Cork,?", "99,,,d")
    result = run("update", folder, file, "--mode", "delta", "--delivered-at", "2024-02-01", "--quiet")

    assert result.exit_code == 0, result.output
    assert "accepted" in result.stdout
    assert towns(folder) == {str(i): "Bath" if i in (3, 12) else "Ayr" for i in range(13) if i != 5}
    live = open_live(project_of(folder))
    [fate] = live.read("accounts").filter(pl.col("source") == "civil").select(FATES).rows()
    assert fate == (17, 12, 1, 0, 4)
    [reject] = live.read("rejects").to_dicts()
    assert (reject["line"], reject["reason"].partition(" must")[0]) == (5, "the column 'op'")
    assert "says '?'" in reject["reason"]
    assert live.read("entities", subject="person").height == 12


def test_what_was_withdrawn_comes_back(folder: Path) -> None:
    project = project_of(folder)
    update(project, [changes(folder, "a.csv", "5,,,D")], source="civil", mode="delta", delivered_at="2024-02-01")
    assert "5" not in towns(folder)
    back = put(folder, "b.csv", "no,surname,town\n5,Frey,Ayr\n")
    summary = update(project, [back], source="civil", delivered_at="2024-03-01")

    assert towns(folder)["5"] == "Ayr"
    assert account(summary) == (14, 12, 0, 1, 1)


def test_a_batch_older_than_what_stands_changes_nothing(folder: Path) -> None:
    project = project_of(folder)
    update(
        project, [changes(folder, "a.csv", "5,Frey,Bath,U")], source="civil", mode="delta", delivered_at="2024-03-01"
    )
    before = towns(folder)
    late = [changes(folder, "b.csv", "5,,,D"), changes(folder, "c.csv", "5,Frey,Cork,U")]
    update(project, late, source="civil", mode="delta", delivered_at="2024-02-01")

    assert towns(folder) == before
    assert before["5"] == "Bath"


def test_a_replacement_withdraws_what_it_lacks(folder: Path) -> None:
    project = project_of(folder)
    update(
        project, [changes(folder, "a.csv", "12,Marsh,Bath,U")], source="civil", mode="delta", delivered_at="2024-04-01"
    )
    rows = "".join(f"{i},{SURNAMES[i]},Cork\n" for i in range(9))
    whole = put(folder, "civil.csv", f"no,surname,town\n{rows}")
    summary = update(project, [whole], mode="replace", delivered_at="2024-03-01")

    assert towns(folder) == {**{str(i): "Cork" for i in range(9)}, "12": "Bath"}
    assert account(summary) == (22, 10, 0, 0, 12)


def test_a_replacement_cut_short_is_refused_and_ends_nothing(folder: Path) -> None:
    before = towns(folder)
    whole = put(folder, "civil.csv", "no,surname,town\n1,Birch,Cork\n")
    summary = update(project_of(folder), [whole], mode="replace", delivered_at="2024-03-01")

    assert towns(folder) == before
    assert account(summary) == (13, 12, 1, 0, 0)
    assert "(rule I5)" in str(summary["deliveries"][0]["refused"])


def test_a_delivery_that_is_taken_back_never_was(folder: Path) -> None:
    project, before = project_of(folder), hashes(folder)
    update(project, [changes(folder, "civil.csv", "12,Marsh,Bath,I", "5,,,D")], mode="delta", delivered_at="2024-02-01")
    kept = put(folder, "clinic.csv", "surname,town\nMarsh,Bath\n")
    assert run("deliveries", folder, "--retract", "civil.csv").exit_code == 0
    update(project)
    assert {name: one for name, one in hashes(folder).items() if name not in REGISTRY} == {
        name: one for name, one in before.items() if name not in REGISTRY
    }

    told = update(project, [kept])["deliveries"]
    assert [bool(one["repeats"]) for one in told] == [False]
    assert "clinic.csv" in run("deliveries", folder).stdout
    result = run("deliveries", folder, "--retract", "civil.csv")
    assert result.exit_code == 1
    assert "no delivery 'civil.csv' was accepted" in result.stderr


def test_a_refused_delivery_is_told_as_such_and_taken_back(folder: Path) -> None:
    whole = put(folder, "civil.csv", "no,surname,town\n1,Birch,Cork\n")
    words = ("update", folder, whole, "--mode", "replace", "--delivered-at", "2024-03-01", "--quiet")
    result = run(*words)
    [row] = [line for line in result.stdout.splitlines() if "REFUSED" in line]

    assert "accepted" not in row
    assert "refused: " in run("deliveries", folder).stdout
    [again] = [line for line in run(*words).stdout.splitlines() if "REFUSED" in line]
    assert "repeats store/deliveries/civil/" in again
    name = content_hash(whole)[:8]
    assert run("deliveries", folder, "--retract", name).exit_code == 0
    assert run("deliveries", folder).stdout.strip() == "no delivery was accepted"
    assert "QUARANTINED" not in run("update", folder, "--quiet").stdout


def test_a_small_increment_is_no_delivery_cut_short(folder: Path) -> None:
    file = put(folder, "civil.csv", "no,surname,town\n3,Dunn,Bath\n")
    update(project_of(folder), [file], delivered_at="2024-03-01")

    assert towns(folder)["3"] == "Bath"


def test_a_repeated_file_adds_nothing(folder: Path) -> None:
    own = put(folder, "again.csv", (folder / "data" / "clinic.csv").read_text(encoding="utf-8"))
    first = put(folder, "clinic.csv", "surname,town\nMarsh,Bath\n")
    other = put(folder, "other.csv", "surname,town\nMarsh,Bath\n")
    project = project_of(folder)

    told = update(project, [own, first, other], source="clinic")
    assert [bool(one["repeats"]) for one in told["deliveries"]] == [True, False, True]
    assert account(told, "clinic") == (3, 3, 0, 0, 0)
    again = update(project, [first], source="clinic")
    assert again["run_id"] == told["run_id"]
    assert "repeats" in run("update", folder, first, "--source", "clinic", "--quiet").stdout


def test_the_name_tells_the_source(folder: Path) -> None:
    files = [
        put(folder, "clinic.2024.csv", "surname,town\nA,Ayr\n"), put(folder, "clinic_7.csv", "surname,town\nB,Ayr\n"),
        put(folder, "clinic/x.csv", "surname,town\nC,Ayr\n"),
    ]  # fmt: skip
    assert [one.source for one in accept(project_of(folder), files)] == ["clinic"] * 3


@pytest.mark.parametrize(
    ("name", "text", "options", "said"),
    [
        ("what.csv", "surname,town\n", {}, "what.csv: of no source"),
        ("x.csv", "surname,town\n", {"source": "clinik"}, "unknown source 'clinik'; did you mean 'clinic'"),
        ("clinic.csv", "name,town\nAbel,Ayr\n", {}, "no column 'surname'"),
        ("clinic.csv", "", {}, "is empty"),
        ("clinic.csv", "surname,town\nA,B\n", {"mode": "delta", "delivered_at": "2024-02-01"}, "name it with `op`"),
        ("civil.csv", "no,surname,town\n1,A,B\n", {"mode": "delta", "delivered_at": "2024-02-01"}, "no column 'op'"),
        ("civil.csv", "no,surname,town\n1,A,B\n", {}, "no time tells versions of a record apart"),
        ("civil.csv", "no,surname,town\n1,A,B\n", {"mode": "replace"}, "no time tells before and after apart"),
        ("clinic.csv", "surname,town\nA,B\n", {"delivered_at": "soon"}, "'soon' is no date"),
    ],
    ids=[
        "no source",
        "unknown source",
        "column",
        "empty",
        "no ops",
        "no op column",
        "no date",
        "undated whole",
        "date",
    ],
)
def test_what_cannot_be_read_is_refused_before_anything_is_kept(
    folder: Path, name: str, text: str, options: dict[str, str], said: str
) -> None:
    good, bad = put(folder, "good/clinic.csv", "surname,town\nMarsh,Bath\n"), put(folder, f"bad/{name}", text)
    with pytest.raises(ConfigurationError) as raised:
        accept(project_of(folder), [good, bad], **options)

    assert said in str(raised.value)
    assert not list((folder / "store").glob("deliveries/**/*.*"))


def test_all_faults_are_told_at_once(folder: Path) -> None:
    files = [put(folder, "what.csv", "x\n1\n"), put(folder, "clinic.csv", "x\n1\n"), folder / "clinic_none.csv"]
    result = run("update", folder, *files)

    assert result.exit_code == 1
    assert "what.csv: of no source" in result.stderr
    assert "no column 'surname'" in result.stderr
    assert "no file" in result.stderr


def test_without_a_build_nothing_is_accepted(folder: Path) -> None:
    (folder / "store" / "live.json").unlink()
    with pytest.raises(StoreError, match="lifetree build"):
        update(project_of(folder), [put(folder, "clinic.csv", "surname,town\nMarsh,Bath\n")])
    assert not (folder / "store" / "deliveries").exists()


def test_a_later_build_reads_what_was_accepted(folder: Path) -> None:
    project = project_of(folder)
    file = changes(folder, "civil.csv", "12,Marsh,Bath,U", "5,,,D")
    update(project, [file], mode="delta", delivered_at="2024-02-01")
    file.unlink()
    updated = hashes(folder)
    build(project, buckets=3)

    assert sorted(towns(folder), key=int) == [str(i) for i in range(13) if i != 5]
    records = [name for name in updated if name.endswith(("records", "accounts", "batches", "findings"))]
    assert {name: hashes(folder)[name] for name in records} == {name: updated[name] for name in records}


def test_of_rows_with_one_key_a_correction_takes_the_one_that_changed(tmp_path: Path) -> None:
    rules = ", ".join(f'{{ on = ["town"], refine = ["{part}"], max_block = 2 }}' for part in ("surname", "phone"))
    text = PROJECT.replace('town = "town" }', 'town = "town", phone = "phone" }', 1)
    text = text.replace('town = "text" }', 'town = "text", phone = "text" }').replace(
        '["surname"]\ncomp', f"[{rules}]\ncomp"
    )
    (tmp_path / "lifetree.toml").write_text(text, encoding="utf-8")
    (tmp_path / "data").mkdir()
    rows = "".join(f"{i},{SURNAMES[i % 4]},Ayr,{i % 3}\n" for i in range(12))
    rows += "".join(f"{i},{SURNAMES[i % 9]},Town{i},{i}\n" for i in range(20, 60))
    (tmp_path / "data" / "civil.csv").write_text(f"no,surname,town,phone\n{rows}", encoding="utf-8")
    (tmp_path / "data" / "clinic.csv").write_text("surname,town\nAbel,Bath\n", encoding="utf-8")
    build(project_of(tmp_path))
    generic = open_live(project_of(tmp_path)).read("generic_values", subject="person")
    assert generic.select("blocking_rule", "value").is_duplicated().any()

    file = put(tmp_path, "civil.csv", "no,surname,town,phone\n3,Lund,Ayr,0\n")
    assert update(project_of(tmp_path), [file], delivered_at="2024-02-01")["anew"] is None
    updated = hashes(tmp_path)
    shutil.rmtree(tmp_path / "store" / "checkpoints")
    live = open_live(project_of(tmp_path))
    (tmp_path / "given.json").write_text(json.dumps(live.calibration("person")), encoding="utf-8")
    build(project_of(tmp_path), calibration={"person": tmp_path / "given.json"})
    full = hashes(tmp_path)
    assert {name for name in full if updated[name] != full[name]} <= REGISTRY


def test_a_build_says_when_an_accepted_file_is_gone(folder: Path) -> None:
    [one] = accept(project_of(folder), [put(folder, "clinic.csv", "surname,town\nMarsh,Bath\n")])
    assert one.delivery is not None
    one.delivery.file.unlink()
    result = run("build", folder)

    assert result.exit_code == 1
    assert "was accepted by `lifetree update` and is gone" in result.stderr


def test_a_watched_file_reaches_look_up(folder: Path) -> None:
    place = folder / "inbox" / "clinic" / "x.csv"
    place.parent.mkdir(parents=True)
    place.write_text("surname,town\nMarsh,Bath\n", encoding="utf-8")
    result = run("watch", folder, "--once", "--update", "--interval", "0.05")

    assert result.exit_code == 0, result.output
    assert "13 entities of 15 records" in result.stderr
    assert "Marsh" in run("find", folder, "surname=Marsh").stdout


def test_a_watch_that_cannot_bring_the_run_up_says_so_and_tries_again(folder: Path) -> None:
    calls: list[int] = []
    told: list[str] = []

    def fail() -> None:
        calls.append(1)
        raise StoreError("another process writes")

    with pytest.raises(StoreError, match="another process"):
        stream.watch(project_of(folder), once=True, interval=0, tell=told.append, follow=fail)
    assert calls == [1]


def test_the_summary_is_json_for_programs(folder: Path) -> None:
    file = put(folder, "clinic.csv", "surname,town\nMarsh,Bath\n")
    summary = json.loads(run("update", folder, file, "--format", "json").stdout)

    assert summary["deliveries"] == [
        {
            "file": str(file), "source": "clinic", "mode": "append", "delivered_at": None,
            "delivery": content_hash(file), "repeats": None, "refused": None,
        }
    ]  # fmt: skip
    assert account(summary, "clinic") == (3, 3, 0, 0, 0)


def test_only_notes_that_the_update_gave_rise_to_are_told(folder: Path) -> None:
    first = put(folder, "civil.csv", "no,surname,town\n1,Birch,Cork\n")
    words = ("update", folder, first, "--mode", "replace", "--delivered-at", "2024-03-01", "--quiet")
    assert "civil: the delivery" in run(*words).stdout
    second = update(project_of(folder), [put(folder, "clinic.csv", "surname,town\nMarsh,Bath\n")])

    assert second["notes"] == []
    assert any("QUARANTINED" in note for note in open_live(project_of(folder)).manifest["notes"])


def test_a_delivery_that_was_taken_back_counts_as_it_comes_again(folder: Path) -> None:
    project = project_of(folder)
    wrong = changes(folder, "a.csv", "3,Dunn,Bath,U")
    update(project, [wrong], source="civil", mode="delta", delivered_at="2024-02-01")
    update(
        project, [changes(folder, "b.csv", "3,Dunn,Cork,U")], source="civil", mode="delta", delivered_at="2024-03-01"
    )
    retract(project, ["a.csv"])
    made = update(project, [wrong], source="civil", mode="delta", delivered_at="2024-04-01")

    assert made["anew"]
    assert towns(folder)["3"] == "Bath"
