"""Do placeholder values cost pairs or recall, and is every one of them listed?

A person table is taken from a generated city of 1,000 persons: its records as cleansed, in two sources, with the truth.
Twelve kinds of placeholder are written into it, each into 5 % of all records, drawn by hash, and over what stood there.
The same cells left empty are the comparison: what a placeholder overwrites is lost either way, and what it does beyond
that is its own. Pairs may grow by a factor of 1.2, the recall of pairs may fall by 0.2 points, and each value must be
listed with how often it was found: as a value that many bear, a block that was demoted, or a finding of cleansing.
"""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from benchmarks.datasets import ROOT
from engine.hashing import hash64, joined
from engine.settings import Project, load_project
from engine.store import Run, open_live
from engine.values import KINDS as KINDS_OF_VALUE
from lifetree.city import Asked, make_city
from matchers.evaluation import evaluate, read_truth

RESULTS = ROOT / "docs/results"
PERSONS = 1_000
PERCENT = 5
MOST_PAIRS = 1.2
MOST_LOST = 0.002
KIND_OF = {
    "name": "name", "id_no": "resident_id", "birth_date": "date", "sex": "sex", "phone": "phone", "address": "address",
}  # fmt: skip
COLUMNS = tuple(KIND_OF)
SCHOOL = "浙江省江州市澄湖区书院路1号江州市澄湖小学"


class Junk(NamedTuple):
    """A placeholder and the field that it is written into."""

    field: str
    value: str


KINDS = (
    Junk("phone", "13800000000"),
    Junk("phone", "11111111"),
    Junk("phone", "057188881234"),  # an agency's
    Junk("phone", "无"),
    Junk("birth_date", "1900-01-01"),
    Junk("birth_date", "1970-01-01"),
    Junk("address", "不详"),
    Junk("address", SCHOOL),
    Junk("id_no", "111111111111111111"),
    Junk("id_no", "N/A"),
    Junk("name", "无名氏"),
    Junk("name", "不详"),
)

Row = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Measure, print and write docs/results/junk.md and junk.json; status 1 when a bar is missed."""
    if arguments:
        print("the suite takes no argument")
        return 2
    with tempfile.TemporaryDirectory() as place:
        result = measure(Path(place))
    text = report(result, on=date.today())
    print(text)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "junk.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "junk.md").write_text(text, encoding="utf-8")
    return 0 if result["holds"] else 1


def measure(folder: Path) -> Row:
    """Return the figures of the table with its cells emptied and with the placeholders in them."""
    table = person_table(folder / "city")
    empty, junk = (
        built(folder / name, written(table, values=values)) for name, values in (("empty", False), ("junk", True))
    )
    listed = [{"field": one.field, "value": one.value, **listing(junk["run"], one)} for one in KINDS]
    kept = ("pairs", "precision", "recall")
    figures = {name: {key: one[key] for key in kept} for name, one in (("empty", empty), ("junk", junk))}
    growth = junk["pairs"] / empty["pairs"]
    lost = empty["recall"] - junk["recall"]
    return {
        "records": table.height,
        **figures,
        "growth": round(growth, 4),
        "lost_points": round(100 * lost, 4),
        "listed": listed,
        "holds": growth <= MOST_PAIRS and lost <= MOST_LOST and all(one["signatures"] for one in listed),
    }


def person_table(folder: Path) -> pl.DataFrame:
    """Return the principal person records of a city with their true entity: record_id, `COLUMNS`, source, entity_id."""
    from lifetree.build import CHECKS, build

    make_city(folder, Asked(persons=PERSONS, seed=1))
    project = load_project(folder, checks=CHECKS)
    build(project)
    records = open_live(project).read("records", subject="person").filter(pl.col("role") == "")
    truth = read_truth(folder / "truth/mentions.parquet").filter(pl.col("subject") == "person")
    labels = truth.select("source", "record_id", "entity_id").unique(["source", "record_id"])
    known = records.join(labels, on=["source", "record_id"])
    one = pl.concat_str("source", "record_id", separator=":")
    return (
        known.with_columns(record_id=one)
        .unique("record_id", keep="first", maintain_order=True)
        .with_columns(source=pl.when(_place("source") % 2 == 0).then(pl.lit("one")).otherwise(pl.lit("two")))
        .select("record_id", *COLUMNS, "source", "entity_id")
        .sort("record_id")
    )


def _place(*names: str) -> pl.Expr:
    return hash64(joined([pl.lit("junk"), *names])).reinterpret(signed=False)


def written(table: pl.DataFrame, *, values: bool) -> pl.DataFrame:
    """Return the table with the placeholders in their cells, or with these cells empty.

    Each field's cells are drawn apart from those of the other fields; two kinds of one field never share a cell.
    """
    for field in COLUMNS:
        kinds = [one for one in KINDS if one.field == field]
        place = (_place("record_id") + hash64(pl.lit(field)).reinterpret(signed=False)) % 100
        for number, one in enumerate(kinds):
            drawn = place.is_between(number * PERCENT, number * PERCENT + PERCENT - 1)
            table = table.with_columns(
                pl.when(drawn).then(pl.lit(one.value if values else None, pl.String)).otherwise(field).alias(field)
            )
    return table


def built(folder: Path, table: pl.DataFrame) -> Row:
    """Return the run over the table, the pairs that it compared, and the precision and recall of its record pairs."""
    from lifetree.build import build

    folder.mkdir()
    for name in ("one", "two"):
        table.filter(pl.col("source") == name).select("record_id", *COLUMNS).write_csv(folder / f"{name}.csv")
    table.select("record_id", "entity_id", "source").write_csv(folder / "truth.csv")
    (folder / "lifetree.toml").write_text(project_text(), encoding="utf-8")
    project = project_of(folder)
    build(project)
    run = open_live(project)
    figures = evaluate(
        run.read("record_entity", subject="person"),
        read_truth(folder / "truth.csv"),
        subject="person",
        candidates=run.read("pairs", subject="person"),
        links=run.read("links", subject="person"),
    )["pairwise"]
    pairs = run.scan("pairs", subject="person").select(pl.len()).collect().item()
    return {"run": run, "pairs": pairs, "precision": figures["precision"], "recall": figures["recall"]}


def project_of(folder: Path) -> Project:
    """Return the project of a folder, checked as every command does it."""
    from lifetree.build import CHECKS

    return load_project(folder, checks=CHECKS)


def project_text() -> str:
    """Return the project: two sources of persons, matched by the rules of the person example in the guide."""
    fields = ", ".join(f'{name} = "{name}"' for name in COLUMNS)
    sources = "".join(
        f'[[source]]\nname = "{name}"\nfiles = "{name}.csv"\nkey = "record_id"\n\n'
        f'[[source.mention]]\nsubject = "person"\nfields = {{ {fields} }}\n\n'
        for name in ("one", "two")
    )
    return sources + SUBJECT


SUBJECT = """\
[subject.person.attributes]
name = "name"
id_no = "resident_id"
birth_date = "date"
sex = "sex"
phone = "phone"
address = "address"

[[subject.person.identifier]]
attribute = "id_no"
contradicted_by = ["name", "birth_date", "sex"]

[[subject.person.blocking]]
on = ["name", "birth_date"]
max_block = 200

[[subject.person.blocking]]
on = ["name", "phone"]
max_block = 200

[[subject.person.blocking]]
on = ["birth_date", "phone"]
max_block = 200

[[subject.person.blocking]]
on = ["phone", "digits(address)"]
max_block = 100

[[subject.person.blocking]]
on = ["name", "digits(address)"]
max_block = 100

[[subject.person.blocking]]
on = ["address"]
max_block = 200

[[subject.person.comparison]]
attribute = "name"
kind = "chinese_name"
term_frequency = true

[[subject.person.comparison]]
attribute = "birth_date"
kind = "date"

[[subject.person.comparison]]
attribute = "sex"

[[subject.person.comparison]]
attribute = "phone"
kind = "phone"

[[subject.person.comparison]]
attribute = "address"
kind = "chinese_address"

[[subject.person.comparison]]
attribute = "id_no"
kind = "identifier"
"""


def listing(run: Run, junk: Junk) -> Row:
    """Return the table that lists a placeholder and how many signatures, or records, it was found in."""
    masses = run.read("mass_values", subject="person").filter(pl.col("attribute") == junk.field)
    generic = run.read("generic_values", subject="person")
    findings = run.read("findings").filter(pl.col("field") == junk.field)
    matched = pl.select(KINDS_OF_VALUE[KIND_OF[junk.field]].match(pl.lit(junk.value))).item() or junk.value
    holds = pl.col("value").str.contains(matched, literal=True)
    found = (
        ("mass_values", masses.filter(holds)["signatures"].max()),
        ("generic_values", generic.filter(holds)["signatures"].max()),
        ("findings", findings.filter(pl.col("before") == junk.value)["record_id"].n_unique()),
    )
    table, count = next(((name, count) for name, count in found if count), (None, 0))
    return {"table": table, "signatures": count}


def report(result: Row, *, on: date) -> str:
    """Return docs/results/junk.md."""
    lines = [
        f"| {name} | {result[name]['pairs']:,} | {result[name]['precision']:.5f} | {result[name]['recall']:.5f} |"
        for name in ("empty", "junk")
    ]
    listed = [
        f"| {one['field']} | {one['value']} | {one['table'] or 'not listed'} | {one['signatures']:,} |"
        for one in result["listed"]
    ]
    parts = [
        "# Twelve kinds of junk",
        f"Measured by `make bench SUITE=junk` on {on.isoformat()}, over {result['records']:,} records.",
        "\n".join((__doc__ or "").strip().splitlines()[2:]),
        "\n".join(["| cells | pairs | precision | recall |", "|---|---:|---:|---:|", *lines]),
        f"Pairs grow {result['growth']:.3f} times; recall falls by {result['lost_points']:.3f} points.",
        "\n".join(["| field | value | listed in | count |", "|---|---|---|---:|", *listed]),
    ]
    return "\n\n".join(parts) + "\n"
