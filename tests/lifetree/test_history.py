"""Ids through three builds of one store: records are added, a judgement joins two entities and is taken back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.errors import StoreError
from engine.runners.local import LocalRunner
from engine.runners.tasks import Stage, Task
from engine.settings import load_project
from engine.store import open_live
from lifetree.build import CHECKS, build
from lifetree.cli import main
from lifetree.feed import feed
from lifetree.history import follow, history

PROJECT = """
judgements = "judgements.csv"

[[source]]
name = "civil"
files = "civil.csv"
key = "no"
[[source.mention]]
subject = "person"
fields = { name = "name", born = "born", phone = "phone" }

[subject.person]
attributes = { name = "name", born = "date", phone = "phone" }
blocking = [["name", "born"], ["phone"]]
comparison = [{ attribute = "name", kind = "text" }, { attribute = "born", kind = "date" }, { attribute = "phone", kind = "phone" }]
model = { threshold = 8 }
"""
OTHERS = [
    f"f{i},Family{chr(97 + i % 26)} {chr(97 + i % 7)},19{60 + i % 40}-0{1 + i % 9}-1{i % 9},130000000{i:02d}"
    for i in range(40)
]
ANN = ["1,Ann Lee,1962-09-27,13900000001", "2,Ann Lee,1962-09-27,13900000001"]
ZOE = ["3,Zoe Ray,1999-01-05,13900000002", "4,Zoe Ray,1999-01-05,13900000002"]
SAME = "civil,1,civil,3,same,mia\n"


def built(folder: Path, *rows: str, judgements: str = "", buckets: int = 1) -> dict[str, Any]:
    """Build a town of forty others and `rows`; return the run's id, the entity of each record and the table hashes."""
    folder.mkdir(exist_ok=True)
    (folder / "lifetree.toml").write_text(PROJECT.replace("judgements =", 'name = "town"\njudgements ='), "utf-8")
    (folder / "civil.csv").write_text("\n".join(["no,name,born,phone", *OTHERS, *rows]) + "\n", encoding="utf-8")
    head = "source_l,record_l,source_r,record_r,judgement,decided_by\n"
    (folder / "judgements.csv").write_text(head + judgements, encoding="utf-8")
    settings = load_project(folder, checks=CHECKS)
    build(settings, buckets=buckets)
    run = open_live(settings)
    ids = dict(run.read("record_entity", subject="person").select("record_id", "entity_id").iter_rows())
    tables = ("entities", "record_entity", "profiles", "record_history", "ledger", "redirects")
    return {"run": run, "ids": ids, "hashes": {name: run.table_hash(name, subject="person") for name in tables}}


def lifetree(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """Return a project that was built with Ann and Zoe, with both judged the same, and without that judgement."""
    folder = tmp_path_factory.mktemp("town")
    first = built(folder, *ANN, *ZOE)
    second = built(folder, *ANN, *ZOE, judgements=SAME)
    return folder, [first, second, built(folder, *ANN, *ZOE)]


def test_a_merge_keeps_the_older_id_and_its_undoing_gives_both_back(town: tuple[Path, list[dict[str, Any]]]) -> None:
    _, (first, second, third) = town

    assert second["ids"]["1"] == second["ids"]["3"] == first["ids"]["1"]
    assert third["ids"] == first["ids"]
    for table in ("entities", "record_entity", "profiles"):
        assert third["hashes"][table] == first["hashes"][table]


def test_history_tells_the_merge_with_the_judgement_and_its_undoing(town: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, (first, second, third) = town
    ann, zoe = first["ids"]["1"], first["ids"]["3"]

    (told,) = history(third["run"], load_project(folder), zoe, subjects=["person"])

    steps = [(one["run"], one["event"], one["other_id"], one["cause"]) for one in told["events"]]
    assert steps == [
        (1, "create", None, ["added"]), (2, "retire", ann, ["judgement"]), (3, "revive", ann, ["judgement"]),
    ]  # fmt: skip
    assert told["state"] == "live"
    assert [one["run_id"] for one in told["events"]] == [one["run"].run_id for one in (first, second, third)]
    (of_ann,) = history(third["run"], load_project(folder), ann, subjects=["person"])
    (merge,) = [one for one in of_ann["events"] if one["event"] == "merge"]
    assert merge["links"] == [{"left": "civil:1", "right": "civil:3", "reason": "judgement"}] or merge["links"] == [
        {"left": "civil:3", "right": "civil:1", "reason": "judgement"}
    ]


def test_the_history_of_a_record_names_what_it_belonged_to(town: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, (first, _, third) = town
    ann, zoe = first["ids"]["1"], first["ids"]["3"]

    (told,) = history(third["run"], load_project(folder), "civil:3", subjects=["person"])

    own = [(one["run"], one["event"], one["entity_id"]) for one in told["events"] if "record" in one["event"]]
    assert own == [(1, "record added", zoe), (2, "record moved", ann), (3, "record moved", zoe)]
    assert (told["entity_id"], told["state"]) == (zoe, "live")


def test_a_link_names_records_that_are_gone_since(tmp_path: Path) -> None:
    first = built(tmp_path, *ANN, *ZOE)
    built(tmp_path, *ANN, *ZOE, judgements=SAME)
    run = built(tmp_path, *ANN)["run"]

    (told,) = history(run, load_project(tmp_path), first["ids"]["1"], subjects=["person"])

    ((link,),) = [one["links"] for one in told["events"] if one["event"] == "merge"]
    assert {link["left"], link["right"]} == {"civil:1", "civil:3"}


def test_commands_follow_a_retired_id_and_say_so(tmp_path: Path) -> None:
    first = built(tmp_path, *ANN, *ZOE)
    built(tmp_path, *ANN, *ZOE, judgements=SAME)
    ann, zoe = first["ids"]["1"], first["ids"]["3"]

    for command in (["show"], ["find"], ["explain", "how"]):
        told = lifetree(*command, tmp_path, zoe)
        assert told.exit_code == 0, told.output
        assert f"{zoe} is retired since run 2" in told.stderr
        assert f"{ann} took over" in told.stderr
    assert ann in lifetree("find", tmp_path, zoe, "--format", "csv").stdout
    table = lifetree("history", tmp_path, zoe)
    assert f"person {zoe}: retired, {ann} took over" in table.stdout
    assert len(lifetree("history", tmp_path, zoe, "--format", "csv").stdout.splitlines()) == 3
    assert json.loads(lifetree("history", tmp_path, zoe, "--format", "json").stdout)[0]["leads_to"] == ann


def test_a_mistyped_id_an_unknown_one_and_one_without_records_are_three_errors(tmp_path: Path) -> None:
    first = built(tmp_path, *ANN, *ZOE)
    run = built(tmp_path, *ANN)["run"]
    zoe = first["ids"]["3"]
    wrong = zoe[:-1] + ("0" if zoe[-1] != "0" else "1")

    with pytest.raises(StoreError, match="check character does not fit"):
        follow(run, wrong, subjects=["person"])
    with pytest.raises(StoreError, match=r"was ever in this store .* well formed"):
        follow(run, "0000000000000000", subjects=["person"])
    with pytest.raises(StoreError, match=r"retired since run 2 .*none of its records"):
        follow(run, zoe, subjects=["person"])
    assert follow(run, wrong, subjects=["person"], text=True).reference == wrong
    assert "check character" in lifetree("show", tmp_path, wrong).stderr
    assert "nothing took over" in lifetree("history", tmp_path, zoe).stdout


def test_an_id_may_be_typed_in_lower_case_and_with_hyphens(town: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, builds = town
    one = builds[-1]["ids"]["1"]
    typed = "-".join([one[:4], one[4:8], one[8:]]).lower()
    assert one in lifetree("show", folder, typed).stdout


def test_a_record_that_is_delivered_again_has_its_entity_back(tmp_path: Path) -> None:
    first = built(tmp_path, *ANN, *ZOE)
    built(tmp_path, *ANN)
    again = built(tmp_path, *ANN, *ZOE)

    assert again["ids"] == first["ids"]
    (told,) = history(again["run"], load_project(tmp_path), "civil:4", subjects=["person"])
    own = [one["event"] for one in told["events"] if "record" in one["event"]]
    assert own == ["record added", "record withdrawn", "record added"]


def test_an_entity_keeps_its_id_without_its_founding_record(tmp_path: Path) -> None:
    first = built(tmp_path, *ANN, *ZOE)
    later = built(tmp_path, ANN[1], *ZOE)

    assert later["ids"]["2"] == first["ids"]["1"]


def test_the_feed_read_in_order_gives_the_members_of_every_entity(town: tuple[Path, list[dict[str, Any]]]) -> None:
    folder, (first, second, third) = town
    members: dict[str, set[str]] = {}
    leads: dict[str, str | None] = {}

    for line in feed(third["run"], subjects=["person"]):
        if line["event"] in {"created", "revived"}:
            leads.pop(line["entity_id"], None)
        members.setdefault(line["entity_id"], set()).update(line["joined"])
        members[line["entity_id"]].difference_update(line["left"])
        if line["event"] == "retired":
            leads[line["entity_id"]] = line["other_id"]

    ids = {f"civil:{record}": one for record, one in third["ids"].items()}
    assert {record: one for one, records in members.items() for record in records} == ids
    assert leads == {}
    since = [json.loads(one) for one in lifetree("feed", folder, "--since", first["run"].run_id).stdout.splitlines()]
    assert [(one["run"], one["event"]) for one in since] == [
        (2, "merged"), (2, "changed"), (2, "retired"), (3, "revived"), (3, "split"), (3, "changed"),
    ]  # fmt: skip
    assert list(feed(third["run"], subjects=["person"], since="2")) == since[3:]
    assert list(feed(third["run"], subjects=["person"], since=second["run"].run_id)) == since[3:]
    with pytest.raises(StoreError, match="no run 'nowhere'"):
        list(feed(third["run"], subjects=["person"], since="nowhere"))


def test_the_number_of_buckets_and_a_repeated_build_change_nothing(
    town: tuple[Path, list[dict[str, Any]]], tmp_path: Path
) -> None:
    _, (first, second, third) = town

    one = built(tmp_path, *ANN, *ZOE, buckets=3)
    two = built(tmp_path, *ANN, *ZOE, judgements=SAME, buckets=5)
    repeated = built(tmp_path, *ANN, *ZOE, judgements=SAME, buckets=5)
    three = built(tmp_path, *ANN, *ZOE, buckets=2)

    assert [run["hashes"] for run in (one, two, three)] == [run["hashes"] for run in (first, second, third)]
    assert repeated["run"].run_id == two["run"].run_id
    assert repeated["run"].manifest == two["run"].manifest


def test_a_build_after_a_lost_run_starts_ids_anew_and_says_so(tmp_path: Path) -> None:
    first = built(tmp_path, *ANN, *ZOE)
    (first["run"].folder / "manifest.json").write_text("{", encoding="utf-8")

    again = built(tmp_path, *ANN, *ZOE[:1])

    assert any(
        "could not be read: ids are made of founding records anew" in one for one in again["run"].manifest["notes"]
    )


@pytest.mark.parametrize("stopped", ["assign", "inscribe", "profile"])
def test_a_build_that_is_stopped_amid_naming_goes_on_to_the_same_ids(
    town: tuple[Path, list[dict[str, Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stopped: str
) -> None:
    _, (_, second, _) = town
    run_task = LocalRunner._run_task

    def stop(self: LocalRunner, stage: Stage, task: Task, folder: Path) -> None:
        if stage.name == stopped:
            raise KeyboardInterrupt
        run_task(self, stage, task, folder)

    built(tmp_path, *ANN, *ZOE)
    with monkeypatch.context() as patched:
        patched.setattr(LocalRunner, "_run_task", stop)
        with pytest.raises(KeyboardInterrupt):
            built(tmp_path, *ANN, *ZOE, judgements=SAME)

    assert built(tmp_path, *ANN, *ZOE, judgements=SAME)["hashes"] == second["hashes"]
