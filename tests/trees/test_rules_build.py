"""The entity phase in a build: same findings however it is cut, nothing else altered, switched by the project."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.cleanse.rules import load_rulebook
from engine.errors import ConfigurationError
from engine.settings import load_project
from engine.store import Run, open_live
from lifetree.build import CHECKS, build
from trees.rules import ENTITY_VIEWS

PROJECT = """
[project]
salt = "rules"

[subject.person]
attributes = { name = "name", born = "date", sex = "sex", id_no = "resident_id" }
sufficient = [["id_no", "name"]]
identifier = [{ attribute = "id_no", contradicted_by = ["name", "born"] }]
blocking = [["name", "born"], ["id_no"]]
comparison = [{ attribute = "name", kind = "text" }, { attribute = "born", kind = "date" }]
model = { threshold = 4, calibration = "calibration.json" }
"""
SOURCES = {
    "hukou": """
key = "no"
mention = [{ subject = "person", fields = { name = "name", born = "born", sex = "sex", id_no = "id" } }]
spell = [{ kind = "hukou", place = "place", from = "day" }]
""",
    "school": """
key = "no"
mention = [{ subject = "person", business_key = "key", fields = { name = "name", born = "born", sex = "sex", id_no = "id" } }]
event = [{ code = "EDU.GRD", date = "day" }]
""",
    "pension": """
key = "no"
mention = [{ subject = "person", fields = { name = "name", born = "born", sex = "sex", id_no = "id" } }]
event = [{ code = "RET.PAY", date = "day" }]
""",
    "death": """
key = "no"
mention = [{ subject = "person", fields = { name = "name", born = "born", id_no = "id" } }]
event = [{ code = "DTH.CREM", date = "day" }]
""",
    "marriage": """
key = "no"
mention = [
  { subject = "person", fields = { name = "name", born = "born", id_no = "id" } },
  { subject = "person", role = "spouse", fields = { name = "other", id_no = "other_id" } },
]
relation = [{ type = "SPOUSE_OF", to = "spouse", valid_from = "day" }]
""",
}
CODES = ("S3", "S4", "L1", "L2", "L3", "L4", "U3", "U4", "U5")
HEAD = "no,name,born,sex,id,place,day,key,other,other_id"


def number(seed: int, born: str) -> str:
    """Return an invented citizen number of division 330199 with its check character."""
    digits = f"330199{born.replace('-', '')}{seed:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(a) * b for a, b in zip(digits, weights, strict=True)) % 11]


def row(
    no: str, who: int, *, name: str | None = None, sex: str | None = None, day: str = "", key: str = "", other: int = -1
) -> str:
    born = f"19{40 + who}-0{1 + who % 9}-11"
    partner = f"人{chr(0x4E10 + other)},{number(other, f'19{40 + other}-0{1 + other % 9}-11')}" if other >= 0 else ","
    return ",".join(
        [no, name or f"人{chr(0x4E10 + who)}", born, sex or "1", number(who, born), "330199001", day, key, partner]
    )


def rows() -> dict[str, list[str]]:
    everybody = range(40)
    return {
        "hukou": [row(f"h{who}", who, day="1980-01-01") for who in everybody] + [row("h-again", 7, day="1999-01-01")],
        "school": [row(f"s{who}", who, sex="2" if who == 3 else None, day="1990-07-01", key=f"k{who}") for who in everybody],
        "pension": [row(f"p{who}", who, day="2023-12-01") for who in everybody],
        "death": [row("d5", 5, day="2023-03-10"), row("d6", 6, day="2023-11-20")],
        "marriage": [row(f"m{who}", who, day="1970-05-01", other=who ^ 1) for who in range(20)]
        + [row("m-self", 30, day="1970-05-01", other=30), row("m-early", 31, day="1950-01-01", other=31 + 1)],
    }  # fmt: skip


def write(folder: Path, *, shuffled: bool = False, rules: str = "") -> Path:
    (folder / "sources").mkdir(parents=True)
    (folder / "lifetree.toml").write_text(PROJECT + rules, encoding="utf-8")
    for name, lines in rows().items():
        mixed = random.Random(1).sample(lines, len(lines)) if shuffled else lines
        (folder / f"{name}.csv").write_text("\n".join([HEAD, *mixed]) + "\n", encoding="utf-8")
        text = f'files = "{name}.csv"\ndelivered_at = "2025-01-01"\n{SOURCES[name]}'
        (folder / "sources" / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a calibration of the small city, so that each build need not train one."""
    folder = write(tmp_path_factory.mktemp("rules") / "base")
    text = (folder / "lifetree.toml").read_text(encoding="utf-8").replace(', calibration = "calibration.json"', "")
    (folder / "lifetree.toml").write_text(text, encoding="utf-8")
    from lifetree.build import train
    from matchers.models import save_calibration

    save_calibration(train(load_project(folder, checks=CHECKS))["person"], folder / "calibration.json")
    return folder / "calibration.json"


def made(folder: Path, calibration: Path, *, buckets: int) -> Run:
    shutil.copy(calibration, folder / "calibration.json")
    project = load_project(folder, checks=CHECKS)
    build(project, buckets=buckets)
    return open_live(project)


def entity_findings(run: Run) -> pl.DataFrame:
    return run.read("findings").filter(pl.col("rule").is_in(CODES))


def test_findings_are_the_same_in_one_bucket_and_in_five_and_in_any_order_of_rows(
    tmp_path: Path, calibrated: Path
) -> None:
    one = entity_findings(made(write(tmp_path / "one"), calibrated, buckets=1))
    five = entity_findings(made(write(tmp_path / "five", shuffled=True), calibrated, buckets=5))

    assert_frame_equal(one, five)
    assert one.select("rule", "source", "record_id").rows() == [
        ("S4", "hukou", "h5"),
        ("S4", "hukou", "h6"),
        ("U5", "hukou", "h7"),
        ("L4", "marriage", "m-early"),
        ("L3", "marriage", "m-self"),
        ("S4", "pension", "p5"),
        ("S3", "school", "s3"),
    ]


def test_the_rules_alter_nothing_but_the_findings_and_can_be_switched_off(tmp_path: Path, calibrated: Path) -> None:
    off = '[rules]\noff = ["S3", "S4", "L1", "L2", "L3", "L4", "U3", "U4", "U5"]\n'
    with_rules = made(write(tmp_path / "on"), calibrated, buckets=2)
    without = made(write(tmp_path / "off", rules=off), calibrated, buckets=2)

    assert entity_findings(without).is_empty()
    tables = sorted(name for name in with_rules.manifest["tables"] if name != "project/findings")
    assert tables == sorted(name for name in without.manifest["tables"] if name != "project/findings")
    for name in tables:
        subject, table = name.split("/")
        of = {"subject": None if subject == "project" else subject}
        assert with_rules.table_hash(table, **of) == without.table_hash(table, **of), name


def test_a_limit_of_the_project_counts_and_so_does_a_rule_of_its_own(tmp_path: Path, calibrated: Path) -> None:
    own = """
[rules.limits]
"S4.date" = 400
[[rules.own]]
code = "X1"
category = "own"
title = "payments of the dead at all"
phase = "entity"
message = "paid after the death"
test = [{ on = "events", when = "about = 'RET.PAY'", field = "date" }]
"""
    run = made(write(tmp_path / "own", rules=own), calibrated, buckets=1)
    told = run.read("findings")

    assert set(told.filter(pl.col("rule") == "S4")["record_id"]) == {"h5", "h6"}
    assert set(told.filter(pl.col("rule") == "X1")["record_id"]) == {"p5", "p6"}


@pytest.mark.parametrize(
    ("test", "told"),
    [
        ("on = 'events', when = \"kind = 'x'\"", "unknown column 'kind'"),
        ("on = 'events', when = \"date\"", "neither true nor false"),
        ("on = 'rows', when = \"keys = '2'\", field = 'number'", "unknown column 'number' of 'rows'"),
        ("on = 'rows', when = \"keys = '2'\", kinds = ['date']", "no kinds of value"),
        ("on = 'rows', when = \"keys = '2'\", subject = 'firm'", "unknown subject 'firm'"),
    ],
    ids=["column", "truth", "field", "kinds", "subject"],
)
def test_a_faulty_rule_of_the_project_is_told_before_anything_runs(tmp_path: Path, test: str, told: str) -> None:
    rule = f'[[rules.own]]\ncode = "X1"\ncategory = "own"\ntitle = "t"\nphase = "entity"\nmessage = "m"\ntest = [{{ {test} }}]\n'

    with pytest.raises(ConfigurationError, match=told):
        load_project(write(tmp_path / "faulty", rules=rule), checks=CHECKS)


def test_every_test_of_the_shipped_rules_reads_columns_of_its_view() -> None:
    looks = load_rulebook().of_phase("entity")

    assert {one.rule.code for one in looks} >= set(CODES)
    assert {one.test.on for one in looks} == set(ENTITY_VIEWS)
    assert [one.test.field for one in looks if one.test.field not in ENTITY_VIEWS[one.test.on].columns] == []
