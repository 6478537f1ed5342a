"""One new record against a run: the answer is that of the stages, of an update, and of a build with the record."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from engine.errors import ConfigurationError
from engine.hashing import hash64, hash64_of
from engine.settings import Project, load_project
from engine.settings.shipped import shipped
from engine.store import open_live
from engine.tables import PAIR_KEY, RECORD_KEY
from lifetree.build import CHECKS, build
from lifetree.cli import main
from lifetree.index import index_folder
from lifetree.resolving import KEY, Resolver, open_resolver, resolve
from lifetree.resolving_near import Near
from lifetree.resolving_place import find_place
from lifetree.resolving_stars import unmoved
from lifetree.update import update
from matchers.blocking import key
from matchers.models import score_candidates
from matchers.realtime import forgetful, keys_of, keys_of_each, sign_each, sign_one, weigh, weigh_places

SUBJECTS = ("person", "legal_entity")
MIXED = 40
HELD = 5
"""One line in so many is held back."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("whole") / "example"
    shutil.copytree(shipped("example"), folder, ignore=shutil.ignore_patterns("store"))
    project = load_project(folder, checks=CHECKS)
    build(project, buckets=3)
    return project


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory, whole: Project) -> Project:
    """The example with every fifth line of its files held back."""
    folder = tmp_path_factory.mktemp("part") / "example"
    shutil.copytree(whole.folder, folder, ignore=shutil.ignore_patterns("store"))
    for file in (folder / "data").iterdir():
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for place, line in enumerate(lines) if place == 0 or place % HELD]
        file.write_text("".join(kept), encoding="utf-8")
    project = load_project(folder, checks=CHECKS)
    build(project, buckets=2)
    return project


@pytest.fixture(scope="module", params=SUBJECTS)
def resolver(request: pytest.FixtureRequest, part: Project) -> Resolver:
    return open_resolver(part, request.param)


def records(project: Project, subject: str) -> list[dict[str, Any]]:
    """Return the kept records of a project as `resolve` takes them, in an order of no meaning."""
    known = [*project.subjects[subject].attributes, *KEY]
    rows = open_live(project).read("records", subject=subject).sort(hash64(pl.concat_str(RECORD_KEY)))
    return [{name: row[name] for name in known if row[name] is not None} for row in rows.iter_rows(named=True)]


def owners(project: Project, subject: str) -> dict[tuple[str, ...], str | None]:
    rows = open_live(project).read("record_entity", subject=subject)
    return {tuple(row[:3]): row[3] for row in rows.select(*RECORD_KEY, "entity_id").iter_rows()}


def named(record: dict[str, Any]) -> tuple[str, ...]:
    return tuple(record[name] for name in RECORD_KEY)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_record_of_the_run_belongs_to_its_entity(whole: Project, subject: str) -> None:
    asked, told = open_resolver(whole, subject), owners(whole, subject)

    for record in records(whole, subject):
        answer = resolve(asked, record, cleansed=True)
        assert answer["entity_id"] == told[named(record)]
        assert answer["known"]


def test_a_record_held_back_belongs_where_a_build_with_all_puts_it(
    whole: Project, part: Project, resolver: Resolver
) -> None:
    before, after = owners(part, resolver.subject), owners(whole, resolver.subject)
    held = [record for record in records(whole, resolver.subject) if named(record) not in before]
    assert len(held) > 20
    met: dict[str, set[str | None]] = {}
    for record, entity in after.items():
        if entity and record in before:
            met.setdefault(entity, set()).add(before[record])

    for record in held:
        answer = resolve(resolver, record, cleansed=True)
        expected = met.get(after[named(record)] or "", {None})
        assert answer["entity_id"] in expected, record


def test_a_record_belongs_where_an_update_with_it_alone_puts_it(
    whole: Project, part: Project, resolver: Resolver, tmp_path: Path
) -> None:
    source = "civil" if resolver.subject == "person" else "tax"
    place = tmp_path / "example"
    rows = (whole.folder / "data" / f"{source}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    held = [row for number, row in enumerate(rows) if number and number % HELD == 0][:2]

    for number, row in enumerate(held):
        shutil.copytree(part.folder, place / str(number))
        project = load_project(place / str(number), checks=CHECKS)
        batch = tmp_path / f"{source}_{number}.csv"
        batch.write_text(rows[0] + row, encoding="utf-8")
        update(project, [batch], source=source)
        (added,) = owners(project, resolver.subject).keys() - owners(part, resolver.subject).keys()
        record = next(one for one in records(whole, resolver.subject) if named(one)[:2] == added[:2])
        answer = resolve(resolver, record, cleansed=True)
        expected = owners(project, resolver.subject)[added]
        new = expected not in owners(part, resolver.subject).values()
        assert answer["entity_id"] == (None if new else expected)


def test_the_quick_answer_is_that_of_the_stages(resolver: Resolver, whole: Project) -> None:
    """Records that mix the values of several: copied numbers, bridges, namesakes, twins."""
    known = records(whole, resolver.subject)
    decisions = set()
    for number in range(MIXED):
        mixed = {
            name: known[hash64_of(f"{number} {name}") % 2 + 3 * number % len(known)].get(name)
            for name in resolver.settings.identity_attributes()
        }
        own = {"source": ("civil", "elsewhere")[number % 2], "record_id": "x", "role": ""}
        signed = sign_one(mixed, own, subject=resolver.settings)
        quick, slow = (find_place(signed, own, ground=resolver.ground, plain=plain) for plain in (True, False))

        told = [(one.entity_id, one.decision, one.merges, one.state) for one in (quick, slow)]
        assert told[0] == told[1], mixed
        decisions.add(quick.decision)

    assert "link" in decisions
    assert len(decisions) > 1


OWN = {"source": "elsewhere", "record_id": "x", "role": ""}


def grown(whole: Project, folder: Path, rows: dict[str, list[str]], settings: str = "") -> Resolver:
    """Return what resolves persons against the example with more rows of its files, and more settings of persons."""
    shutil.copytree(whole.folder, folder, ignore=shutil.ignore_patterns("store"))
    for file, more in rows.items():
        with (folder / "data" / f"{file}.csv").open("a", encoding="utf-8") as lines:
            lines.writelines(f"{row}\n" for row in more)
    file = folder / "lifetree.toml"
    first = "[[subject.person.blocking]]"
    file.write_text(file.read_text(encoding="utf-8").replace(first, f"{settings}\n{first}", 1), encoding="utf-8")
    project = load_project(folder, checks=CHECKS)
    build(project, buckets=2)
    return open_resolver(project, "person")


def placed(resolver: Resolver, values: dict[str, str | None], *, plain: bool) -> Any:
    signed = sign_one(values, OWN, subject=resolver.settings)
    found = find_place(signed, OWN, ground=resolver.ground, plain=plain)
    return found.entity_id, found.decision, found.merges, found.splits, found.state


def test_who_bears_another_persons_number_by_mistake_leaves_its_owner_where_they_are(
    whole: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number that two persons bear is the owner's still when one more record tells it, unless that tips the scale."""
    number = "330199197704070839"
    rows = {
        "clinic": [f"C900,王峰涛,男,1977年4月7日,19900002532,,{number},2025-03-26"],
        "social_insurance": [f"S9000,朱倩娟,女,19810908,{number},19900001704,2025-06-03"],
    }
    resolver = grown(whole, tmp_path / "example", rows)
    owner = {"name": "王峰涛", "birth_date": "1977-04-07", "sex": "1", "id_no": number}
    other = {"name": "朱倩娟", "birth_date": "1981-09-08", "sex": "2", "id_no": number}

    asked: list[dict[str, str | None]] = [
        {**one, "phone": phone} for one in (owner, other) for phone in ("19900009999", "19900001704")
    ]
    slow = [placed(resolver, one, plain=False) for one in asked]
    assert [placed(resolver, one, plain=True) for one in asked] == slow
    assert {slow[0][0], slow[3][0]} == {
        resolve(resolver, {"name": name, "id_no": own}, cleansed=True)["entity_id"]
        for name, own in (("王峰涛", number), ("朱倩娟", "33019919810908320X"))
    }

    monkeypatch.setattr("lifetree.resolving_place.by_stages", None)
    assert placed(resolver, asked[0], plain=True) == slow[0]


def test_a_bearer_whom_another_identifier_sets_apart_does_not_count_for_the_owner(
    whole: Project, tmp_path: Path
) -> None:
    """Of three sources that know the owner one is told by a bearer whose telephone contradicts the others'."""
    number = "330199194112028959"
    phone = '[[subject.person.identifier]]\nattribute = "phone"\ncontradicted_by = ["birth_date"]\nexclusive = false\n'
    rows = {
        "clinic": [
            f"C920,欧阳明鑫,男,1941年12月2日,19900003304,,{number},2025-03-26",
            f"C921,欧阳明鑫,男,1960年5月17日,19900003304,,{number},2025-03-26",
            f"C922,刘宇国,男,2009年12月14日,,,{number},2025-03-26",
        ],
        "social_insurance": [
            f"S9100,刘宇国,男,20091214,{number},19900004373,2025-06-03",
            f"S9101,刘宇国,男,20091214,{number},19900004373,2025-06-03",
            f"S9102,欧阳明鑫,男,19411202,{number},19900003304,2025-06-03",
        ],
    }
    resolver = grown(whole, tmp_path / "example", rows, phone)
    identity = resolver.settings.identity_attributes()
    borne = resolver.ground.stored.signatures.filter(id_no=number).select(identity).to_dicts()

    slow = [placed(resolver, one, plain=False) for one in borne]
    assert [placed(resolver, one, plain=True) for one in borne] == slow
    assert any(splits for *_, splits, _ in slow)


@pytest.mark.parametrize(("component", "stays"), [(1, True), (2, False)])
def test_a_signature_that_becomes_the_hub_of_a_star_moves_what_is_in_another_component(
    component: int, stays: bool
) -> None:
    held = pl.DataFrame({"signature_id": [1, 2], "records": [2, 2], "component": [component, 1]})
    subject = SimpleNamespace(identifiers=(SimpleNamespace(attribute="phone"),))
    stored = SimpleNamespace(signatures=held, discords=SimpleNamespace(count=lambda _: 0))
    ground: Any = SimpleNamespace(known=SimpleNamespace(subject=subject), stored=stored)
    new = {"signature_id": 2, "records": 3, "sources": ["a"], "before": ["a"], "quiet": True}

    assert unmoved(new, Near({("phone", "1"): [0, 1]}, [], []), ground) is stays


def test_one_record_has_the_signature_keys_and_weights_of_a_batch(resolver: Resolver) -> None:
    run, known, subject = resolver.run, resolver.ground.known, resolver.settings
    signatures = run.read("signatures", subject=resolver.subject)
    rows = signatures.to_dicts()
    borne = run.read("record_signature", subject=resolver.subject)
    expected = {tuple(row[:3]): row[3] for row in borne.select(*RECORD_KEY, "signature_id").iter_rows()}
    held = run.read("records", subject=resolver.subject).to_dicts()
    told = sign_each(held, held, subject=subject)
    assert [one.signature_id for one in told] == [expected[named(record)] for record in held]
    assert told[:300] == [sign_one(record, record, subject=subject) for record in held[:300]]

    keys = key(signatures, subject=subject).block_keys.select("signature_id", "block_key").rows()
    values = [{name: row[name] for name in subject.identity_attributes()} for row in rows]
    borne_keys = keys_of_each(values, subject=subject)
    assert sorted(keys) == sorted(
        (row["signature_id"], one.key) for row, own in zip(rows, borne_keys, strict=True) for one in own
    )
    assert borne_keys[:300] == [keys_of(own, subject=subject) for own in values[:300]]

    own = rows[0]
    pairs = pl.DataFrame(
        [sorted((own["signature_id"], row["signature_id"])) for row in rows[1:]], schema=list(PAIR_KEY), orient="row"
    )
    scored = score_candidates(
        pairs, signatures, calibration=known.calibration, subject=subject, signatures=known.signatures
    )
    weights = weigh(resolver.ground.weigher, own, rows[1:])
    assert [one.match_weight for one in weights] == scored["match_weight"].to_list()
    assert [list(one.levels) for one in weights] == scored["levels"].to_list()

    places = np.arange(1, len(rows))
    for weigher in (forgetful(resolver.ground.weigher), resolver.ground.weigher):
        for ends in ((places * 0, places), (places, places * 0)):
            levels, totals = weigh_places(weigher, signatures, *ends)
            assert totals.tolist() == scored["match_weight"].to_list()
            assert levels.tolist() == scored["levels"].to_list()


def test_a_stranger_is_new_and_one_of_whom_little_is_told_is_what_the_stages_say(part: Project) -> None:
    asked = open_resolver(part, "person")

    answer = resolve(asked, {"name": "欧阳无名", "birth_date": "1901年2月3日", "phone": "n/a"})

    assert (answer["decision"], answer["entity_id"], answer["candidates"]) == ("new", None, [])
    assert answer["set_aside"] == ["phone"]


def test_the_candidates_tell_weight_levels_and_reason(part: Project) -> None:
    asked = open_resolver(part, "person")
    known = next(one for one in records(part, "person") if {"id_no", "name", "birth_date"} <= one.keys())

    answer = resolve(asked, {"id_no": known["id_no"], "name": known["name"], "sex": "男"})

    assert answer["entity_id"] == owners(part, "person")[named(known)]
    first = answer["candidates"][0]
    assert first["entity_id"] == answer["entity_id"]
    assert first["link"] == "identifier"
    assert first["levels"]["id_no"] == "exact"
    assert first["match_weight"] >= answer["candidates"][-1]["match_weight"]


def test_an_unknown_field_is_told_with_the_nearest_one(part: Project) -> None:
    with pytest.raises(ConfigurationError, match="did you mean 'name'"):
        resolve(open_resolver(part, "person"), {"nmae": "王"})


def test_the_index_is_made_once_and_goes_with_its_run(part: Project, tmp_path: Path) -> None:
    folder = tmp_path / "example"
    shutil.copytree(part.folder, folder)
    project = load_project(folder, checks=CHECKS)
    first = open_live(project)
    gone = index_folder(project, first, "person").parent.parent / "gone"
    gone.mkdir(parents=True)
    shutil.rmtree(index_folder(project, first, "person"), ignore_errors=True)

    open_resolver(project, "person")
    made = index_folder(project, first, "person").stat().st_mtime_ns
    open_resolver(project, "person")

    assert index_folder(project, first, "person").stat().st_mtime_ns == made
    assert not gone.exists()


def test_the_command_prints_the_entity_and_reads_records_from_stdin(part: Project) -> None:
    known = [one for one in records(part, "person") if "id_no" in one][:3]
    asked = [{name: one[name] for name in one if name not in KEY} for one in known]
    folder = str(part.folder)

    table = CliRunner().invoke(main, ["resolve", folder, *(f"{name}={value}" for name, value in asked[0].items())])
    lines = "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in asked)
    several = CliRunner().invoke(main, ["resolve", folder, "--json", "-", "--format", "json"], input=lines)
    wrong = CliRunner().invoke(main, ["resolve", folder, "name"])

    told = [owners(part, "person")[named(one)] for one in known]
    assert table.exit_code == 0, table.output
    assert table.stdout.startswith(f"link: {told[0]}")
    assert [json.loads(line)["entity_id"] for line in several.stdout.splitlines()] == told
    assert wrong.exit_code == 2
