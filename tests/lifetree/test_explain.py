"""How entities came about, pictures of explanations, and rows looked up by key, on the shipped example in four buckets."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
from click.testing import CliRunner, Result
from polars.testing import assert_frame_equal

from engine.settings import Project, load_project
from engine.settings.shipped import shipped
from engine.store import Run, open_live
from engine.tables import PAIR_KEY, RECORD_KEY
from lifetree import explanation
from lifetree.assembly import how
from lifetree.build import CHECKS, build
from lifetree.cli import main
from lifetree.explanation import why_not
from lifetree.rows import clusters_of, links_of, members_of, mention_of, records_of, signatures_of
from matchers.explain import replay

SUBJECTS = ("person", "legal_entity")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "example"
    shutil.copytree(shipped("example"), folder, ignore=shutil.ignore_patterns("store"))
    build(load_project(folder, checks=CHECKS), buckets=4)
    return folder


@pytest.fixture(scope="module")
def project(example: Path) -> Project:
    return load_project(example, checks=CHECKS)


@pytest.fixture(scope="module")
def run(project: Project) -> Run:
    return open_live(project)


def ask(example: Path, *words: str | Path) -> Result:
    place = [str(example) if word == "example" else str(word) for word in words]
    return CliRunner().invoke(main, ["explain", *place])


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_steps_of_every_entity_played_again_build_its_records(run: Run, subject: str) -> None:
    stored = run.read("record_entity", subject=subject).drop_nulls("entity_id")

    for records in stored.partition_by("entity_id"):
        told = how(run, subject=subject, record=records.select(RECORD_KEY).row(0, named=True))
        assert told["entity_id"] == records["entity_id"][0]
        assert replay(told["steps"]) == [set(records.select(RECORD_KEY).iter_rows())]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_link_and_conflict_that_touches_an_entity_is_a_step(run: Run, subject: str) -> None:
    links, conflicts = (run.read(table, subject=subject) for table in ("links", "conflicts"))

    for records in run.read("record_entity", subject=subject).drop_nulls("entity_id").partition_by("entity_id"):
        steps = how(run, subject=subject, record=records.select(RECORD_KEY).row(0, named=True))["steps"]
        touching = pl.any_horizontal(pl.col(*PAIR_KEY).is_in(records["signature_id"].implode()))
        pairs = [tuple(step[side] for side in PAIR_KEY) for step in steps if step["step"] != "sign"]
        assert sorted(pairs) == sorted(
            pl.concat(t.filter(touching).select(PAIR_KEY) for t in (links, conflicts)).rows()
        )


def test_every_signature_in_the_steps_is_named_by_a_record_that_bears_it(run: Run) -> None:
    bearers = run.read("record_signature", subject="person")
    borne = {(one["signature_id"], f"{one['source']}:{one['record_id']}") for one in bearers.to_dicts()}
    ends = {"signature_l", "signature_r", "signature"}

    for key in run.read("record_entity", subject="person").sort(RECORD_KEY).head(30).select(RECORD_KEY).to_dicts():
        told = how(run, subject="person", record=key)

        named = {step[end] for step in told["steps"] for end in ends & set(step)}
        assert named == set(told["names"])
        assert all((one, ":".join(name.split(":")[:2])) in borne for one, name in told["names"].items())


def test_steps_come_in_the_order_in_which_links_take_precedence(run: Run) -> None:
    weighty = run.read("entities", subject="person").sort("signatures").row(-1, named=True)
    key = {name: weighty[f"founding_{name.removesuffix('_id')}"] for name in RECORD_KEY}
    steps = [one for one in how(run, subject="person", record=key)["steps"] if one["step"] == "merge"]

    ranks = [("judgement", "identifier", "model").index(step["reason"]) for step in steps]
    assert len(steps) == weighty["signatures"] - 1
    assert ranks == sorted(ranks)
    assert all(
        one["match_weight"] >= next_one["match_weight"]
        for one, next_one in itertools.pairwise(steps)
        if one["reason"] == next_one["reason"]
    )


@pytest.mark.parametrize("subject", SUBJECTS)
def test_rows_looked_up_by_key_are_those_of_the_whole_table(run: Run, subject: str) -> None:
    mentions = run.read("record_entity", subject=subject)
    some = mentions.gather_every(7)
    ids = some["signature_id"].unique(maintain_order=True).to_list()
    records, signatures, clusters, links = (
        run.read(table, subject=subject) for table in ("records", "signatures", "clusters", "links")
    )

    for row in some.select(RECORD_KEY).to_dicts():
        assert_frame_equal(mention_of(run, subject, row), mentions.filter(**row))
        assert_frame_equal(records_of(run, subject, [row]), records.filter(**row))
    for entity in some["entity_id"].drop_nulls().unique():
        assert_frame_equal(members_of(run, subject, entity), mentions.filter(entity_id=entity))
    for found, whole in ((signatures_of(run, subject, ids), signatures), (clusters_of(run, subject, ids), clusters)):
        assert_frame_equal(found.sort("signature_id"), whole.filter(pl.col("signature_id").is_in(ids)))
    both = pl.all_horizontal(pl.col("signature_l", "signature_r").is_in(ids))
    assert_frame_equal(links_of(run, subject, ids), links.filter(both))


def test_a_look_up_opens_the_files_of_one_bucket(run: Run) -> None:
    whole = run.scan("record_index", subject="person")
    part = run.part("record_index", subject="person", key=pl.lit(7, pl.Int64))

    assert part.collect().height < whole.collect().height
    assert len(run.files("record_index", subject="person")) > 1


def test_a_record_that_is_in_the_entity_of_another_is_told_as_such(run: Run, project: Project) -> None:
    same = run.read("record_entity", subject="person").drop_nulls("entity_id").filter(pl.len().over("entity_id") > 1)
    keys = same.sort("entity_id").head(2).select(RECORD_KEY).to_dicts()

    told = why_not(run, project, subject="person", left=keys[0], right=keys[1])

    assert (told["same_entity"], told["stage"]) == (True, None)


def test_persons_with_nothing_in_common_are_not_blocked_and_what_would_join_them_is_named(example: Path) -> None:
    told = json.loads(ask(example, "why-not", "example", "civil:1024", "civil:1050", "--format", "json").stdout)

    assert told["stage"] in {"not blocked", "weight"}
    assert told["undo"]["edits"]
    for edit in told["undo"]["edits"]:
        assert edit["attribute"] in told["change"]
        assert edit["after"] in told["change"]
        assert set(edit["record"]) == set(RECORD_KEY)
    assert [one.partition(":")[0] for one in told["nearest"]]


def test_pairs_are_weighed_and_tied_as_the_functions_of_the_build_do(
    run: Run, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = run.read("record_entity", subject="person").sample(24, seed=1, shuffle=True).select(RECORD_KEY).to_dicts()
    asked = [*zip(keys[::2], keys[1::2], strict=True)]

    def answers() -> list[dict[str, object]]:
        return [why_not(run, project, subject="person", left=one, right=other) for one, other in asked]

    told = answers()
    known = explanation.known_of
    monkeypatch.setattr(explanation, "known_of", lambda *given: known(*given)._replace(weigher=None))

    assert {one["stage"] for one in told} - {None}
    assert answers() == told


def test_what_explanations_need_of_a_run_is_read_once_and_no_pair_is_remembered(run: Run, project: Project) -> None:
    one, other = (explanation.known_of(run, project, "person") for _ in range(2))

    assert one.generic is other.generic
    assert one.weigher is not None
    assert other.weigher is not None
    assert all(first is not second for first, second in zip(one.weigher.seen, other.weigher.seen, strict=True))
    again = explanation.known_of(open_live(project), project, "person")
    assert again.generic is not one.generic


@pytest.mark.parametrize("suffix", ["svg", "html"])
def test_a_picture_of_a_pair_shows_every_comparison_the_sum_and_the_threshold(
    example: Path, tmp_path: Path, suffix: str
) -> None:
    picture = tmp_path / f"pair.{suffix}"

    result = ask(example, "why", "example", "civil:1024", "clinic:C724", "--picture", picture, "--format", "json")

    assert result.exit_code == 0, result.output
    drawn, told = picture.read_text(encoding="utf-8"), json.loads(result.stdout)
    texts = [
        one.text or ""
        for one in ElementTree.fromstring(drawn[drawn.index("<svg") :]).iter()
        if one.tag.endswith("text")
    ]
    assert {step["comparison"] for step in told["steps"]} < set(texts)
    assert {"prior", "match weight", f"threshold {told['threshold']:+.2f}", f"{told['match_weight']:+.2f}"} <= set(
        texts
    )


def test_a_picture_of_an_entity_has_a_line_for_every_signature_and_a_joint_for_every_merge(
    example: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "entity.svg"

    result = ask(example, "how", "example", "civil:1024", "--picture", picture, "--format", "json")

    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    signs, merges = (sum(step["step"] == kind for step in told["steps"]) for kind in ("sign", "merge"))
    drawn = ElementTree.fromstring(picture.read_text(encoding="utf-8"))
    assert sum(one.tag.endswith("path") for one in drawn.iter()) == merges
    assert sum(one.tag.endswith("text") for one in drawn.iter()) == 1 + signs + merges


def test_a_picture_in_another_format_is_refused(example: Path, tmp_path: Path) -> None:
    result = ask(example, "how", "example", "civil:1024", "--picture", tmp_path / "entity.png")

    assert result.exit_code == 1
    assert ".svg or .html" in result.output


def test_the_table_of_an_entity_names_records_and_leaves_out_links_within_a_group(example: Path) -> None:
    result = ask(example, "how", "example", "civil:1024")

    assert result.exit_code == 0, result.output
    assert "civil:1024" in result.stdout
    assert "signatures" in result.stdout.splitlines()[0]
    assert "confirm" not in result.stdout.split("\n", 1)[1]
