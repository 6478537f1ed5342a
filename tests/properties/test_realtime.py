"""One record is placed by proofs and few pairs in Python as the stages' functions over tables place it."""

from __future__ import annotations

import random
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.hashing import hash64_of
from engine.settings import Project, Subject, load_project
from engine.tables import CONFLICTS, GENERIC_VALUES, LINKS, PAIR_KEY
from lifetree import resolving_stages
from lifetree.build import CHECKS, build, train
from lifetree.resolving import Resolver, open_resolver
from lifetree.resolving_found import Found
from lifetree.resolving_place import find_place
from matchers import clustering
from matchers.blocking import join, key
from matchers.clustering import founds, sure_values, united
from matchers.clustering.exclusive import generic_rule
from matchers.decide import decide
from matchers.identifiers import bearers, stars
from matchers.models import save_calibration, score_candidates
from matchers.realtime import Placed, Pricing, Region, place, sign_one
from matchers.scoring import accept

PROJECT = """
judgements = "judgements.csv"
[[source]]
name = "a"
files = "a.csv"
key = "no"
[[source.mention]]
subject = "person"
fields = { name = "name", born = "born", sex = "sex", phone = "phone", id_no = "id", old_id = "old", permit = "permit" }
[subject.person]
attributes = { name = "text", born = "date", sex = "text", phone = "text", id_no = "text", old_id = "text", permit = "text" }
max_cluster = MOST
founding = [["id_no"], ["name", "born"]]
sufficient = [["name", "born"], ["id_no"]]
comparison = [
  { attribute = "name", kind = "text", term_frequency = true }, { attribute = "born", kind = "date" },
  { attribute = "sex" }, { attribute = "phone", kind = "text" }, { attribute = "id_no", kind = "text" },
]
model = { threshold = THRESHOLD, review = -5, split = SPLIT, calibration = "calibration.json" }
[[subject.person.blocking]]
on = ["born"]
max_block = BLOCK
refine = ["name"]
[[subject.person.blocking]]
on = ["phone"]
[[subject.person.blocking]]
on = ["id_no"]
[[subject.person.blocking]]
on = ["name"]
[[subject.person.identifier]]
attribute = "id_no"
contradicted_by = ["name", "born", "sex"]
former = "old_id"
alias = "permit"
unsure_when = "sex is null"
[[subject.person.identifier]]
attribute = "permit"
contradicted_by = ["born"]
exclusive = EXCLUSIVE
[[subject.person.caution]]
name = "twins"
agree = ["born", "substr(name, 1, 3)"]
agree_any = ["phone", "permit"]
differ = ["name"]
[[subject.person.caution]]
name = "one phone"
agree = ["phone"]
differ = ["sex"]
links = true
"""
SIZE = 130
ASKED = 24
FIELDS = ("name", "born", "sex", "phone", "id_no", "old_id", "permit")


def drawn_values(drawn: random.Random) -> list[str]:
    """Return values of few persons: copied and changed numbers, misspelt names, common days and phones."""
    who = drawn.randrange(SIZE // 4)
    born = drawn.choice([f"19{50 + who}-01-0{1 + who % 9}"] * 4 + ["1977-07-07", ""])
    number = f"ID{who if drawn.random() < 0.9 else drawn.randrange(SIZE // 4)}"
    old = f"ID{drawn.randrange(SIZE // 4)}" if drawn.random() < 0.05 else ""
    name = drawn.choice([f"name{who}"] * 5 + [f"nome{who}", f"name{who % 5}", f"zzz{who % 3}", ""])
    return [
        name, born, drawn.choice("MF") if drawn.random() < 0.6 else "", f"1{who % 20}",
        number if drawn.random() < 0.6 else "", old, f"P{who // 2}" if drawn.random() < 0.2 else "",
    ]  # fmt: skip


def write(folder: Path, seed: int) -> None:
    drawn = random.Random(seed)
    rows = [",".join([f"a{place}", *drawn_values(drawn)]) for place in range(SIZE)]
    (folder / "a.csv").write_text("\n".join(["no,name,born,sex,phone,id,old,permit", *rows]) + "\n", encoding="utf-8")
    keys = [f"a,a{place}" for place in range(SIZE)]
    pairs = {tuple(sorted(drawn.sample(keys, 2))) for _ in range(drawn.choice([0, 0, 6]))}
    judged = [f"{left},{right},{drawn.choice(['same', 'different'])},me" for left, right in sorted(pairs)]
    head = "source_l,record_l,source_r,record_r,judgement,decided_by"
    (folder / "judgements.csv").write_text("\n".join([head, *judged]) + "\n", encoding="utf-8")
    settings = {
        "MOST": drawn.choice(["8", "1000"]), "THRESHOLD": drawn.choice(["2", "-2", "6"]),
        "SPLIT": drawn.choice(["-4", "-0.5"]), "EXCLUSIVE": drawn.choice(["true", "false"]),
        "BLOCK": drawn.choice(["3", "1000"]),
    }  # fmt: skip
    text = PROJECT
    for name, value in settings.items():
        text = text.replace(name, value)
    (folder / "lifetree.toml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def calibration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    write(folder, 0)
    project = folder / "lifetree.toml"
    told = project.read_text(encoding="utf-8").replace(', calibration = "calibration.json"', "")
    project.write_text(told, encoding="utf-8")
    save_calibration(train(load_project(folder, checks=CHECKS))["person"], folder / "calibration.json")
    return folder / "calibration.json"


def built(folder: Path, seed: int, calibration: Path) -> Project:
    write(folder, seed)
    shutil.copy(calibration, folder / "calibration.json")
    project = load_project(folder, checks=CHECKS)
    build(project, buckets=1)
    return project


def by_tables(region: Region, *, subject: Subject, pricing: Pricing) -> Placed:
    """Place a region by the functions of the stages alone."""
    heard, judged = region.signatures, region.judged
    links, conflicts, common = [LINKS.empty()], [CONFLICTS.empty()], [region.generic]
    for item in subject.identifiers:
        values = region.generic.filter(pl.col("blocking_rule") == generic_rule(item)).select("value")
        own = bearers(heard, item).join(values, left_on=item.attribute, right_on="value", how="anti")
        told = stars(own, judged, subject=subject.model_copy(update={"identifiers": (item,)}))
        links, conflicts, common = [*links, told.links], [*conflicts, told.conflicts], [*common, told.generic]
    starred = LINKS.conform(pl.concat(links).unique(PAIR_KEY, keep="first", maintain_order=True))
    generic = pl.concat(common).unique(maintain_order=True)
    found = told._replace(
        links=starred, conflicts=CONFLICTS.conform(pl.concat(conflicts)), generic=GENERIC_VALUES.empty()
    )
    members = heard.with_columns(*sure_values(heard, subject), founds=founds(subject))
    bound = united(members, found.links, found.conflicts, judged, subject=subject, generic=generic)
    keys = key(heard, bound, subject=subject).block_keys
    chosen = [
        next(
            (
                one
                for one in (whole, *(finer or ()))
                if one is None or region.sizes.get(one, 0) <= subject.blocking[rule].max_block
            ),
            None,
        )
        for rule, whole, finer in keys.select("blocking_rule", "block_key", "finer").iter_rows()
    ]
    kept = keys.with_columns(block_key=pl.Series(chosen, dtype=pl.Int64)).drop_nulls("block_key").drop("value", "finer")
    candidates = pl.concat(part.candidates for part in join(kept, subject=subject))
    weighed = partial(
        score_candidates, values=heard, calibration=pricing.weigher.calibration, subject=subject,
        signatures=pricing.signatures,
    )  # fmt: skip
    accepted = accept(weighed(candidates.select(PAIR_KEY)), heard, heard.clear(), subject=subject)
    model = subject.model
    decided = decide(
        accepted.accepted, stars=found, judged=judged, threshold=model.threshold, review=model.review,
        cautioned=accepted.cautioned,
    )  # fmt: skip
    grouped = clustering.group(members, decided.links, decided.conflicts, subject=subject, generic=generic)
    parted = clustering.part(
        members, grouped.kept, grouped.refused, decided.conflicts,
        subject=subject.model_copy(update={"model": model.model_copy(update={"draws": 0})}), generic=generic,
        probed=weighed(grouped.probes), near=accepted.accepted, review=decided.review,
    )  # fmt: skip
    return Placed(decided.links, parted.review, decided.conflicts, parted.clusters)


def told(found: Found) -> tuple[Any, ...]:
    return found.entity_id, found.decision, found.state, found.merges, found.splits


def asked_of(resolver: Resolver, seed: int) -> list[tuple[Any, dict[str, str | None]]]:
    """Return new records and some of the run's under another key, signed, with their keys."""
    drawn = random.Random(f"asked {seed}")
    values = [dict(zip(FIELDS, drawn_values(drawn), strict=True)) for _ in range(ASKED)]
    rows = resolver.ground.stored.signatures.select(FIELDS).sort(pl.all()).to_dicts()
    values += [row for place, row in enumerate(rows) if hash64_of(f"{seed} {place}") % 8 == 0]
    keys = [{"source": "ab"[place % 2], "record_id": f"x{place}", "role": ""} for place in range(len(values))]
    given = ({name: value or None for name, value in one.items()} for one in values)
    return [(sign_one(one, own, subject=resolver.settings), own) for one, own in zip(given, keys, strict=True)]


@pytest.mark.parametrize("seed", range(1, 4))
def test_a_record_is_placed_as_the_functions_of_the_stages_place_it(
    seed: int, calibration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver = open_resolver(built(tmp_path, seed, calibration), "person")

    def both(region: Region, *, subject: Subject, pricing: Pricing) -> Placed:
        few, tables = (one(region, subject=subject, pricing=pricing) for one in (place, by_tables))
        for name in ("links", "conflicts", "clusters", "review"):
            assert_frame_equal(getattr(few, name), getattr(tables, name), check_row_order=name != "review")
        return tables

    monkeypatch.setattr(resolving_stages, "place", both)
    for signed, own in asked_of(resolver, seed):
        quick, slow = (find_place(signed, own, ground=resolver.ground, plain=plain) for plain in (True, False))
        assert told(quick) == told(slow), signed
