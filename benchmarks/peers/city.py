"""The city's persons as the peers get them: the project that lifetree builds, and its tables cleansed and collapsed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

import polars as pl

from engine.expressions import compile_expression
from engine.settings import Project, Source, load_project
from engine.settings.subject import Comparison, Subject
from engine.store import Run
from engine.tables import RECORD_KEY
from engine.values.characters import reading, replaced_characters, standard_characters
from lifetree.build import CHECKS
from lifetree.city import Asked, make_city
from matchers.comparisons import build_comparison
from matchers.evaluation import read_truth

PERSON = "person"
MONTHS = 83
"""Of payments and rides: so many give 77 rows a person over the sources about persons."""
TRUTH = Path("truth", "mentions.parquet")
RECORDS, SIGNATURES, MEMBERS = "records.parquet", "signatures.parquet", "members.parquet"

UNSTORED = r"[?*□\x{E000}-\x{F8FF}]"
"""What stands for a character that a system could not store."""
ADDRESS = Comparison(attribute="address", kind="chinese_address")

Errors = Literal["per-registration", "per-row"]


class Shape(NamedTuple):
    """How large a city is: its sources about persons, their rows, and the mentions of persons in them (records)."""

    sources: int
    rows: int
    records: int


def make(folder: str, persons: int, seed: int, errors: Errors) -> None:
    """Generate the city into `folder`, unless the same is there."""
    make_city(Path(folder), Asked(persons, seed, errors=errors, months=MONTHS))


def persons_project(folder: Path, *, store: Path) -> Project:
    """Return the city's project with the sources about persons alone, and of them the mentions of persons alone.

    Events, relations and spells are left out: the question is who is the same.
    """
    project = load_project(folder, checks=CHECKS)
    return project.model_copy(
        update={
            "store": str(store.resolve()),
            "subjects": {PERSON: project.subjects[PERSON]},
            "sources": tuple(_of_persons(one) for one in project.sources if one.mentions[0].subject == PERSON),
            "counts": (),
            "claims": (),
        }
    )


def _of_persons(source: Source) -> Source:
    mentions = tuple(one for one in source.mentions if one.subject == PERSON)
    return source.model_copy(update={"mentions": mentions, "events": (), "relations": (), "spells": ()})


def truth_of(folder: Path, project: Project) -> pl.DataFrame:
    """Return the truth of the project's mentions of persons."""
    sources = [one.name for one in project.sources]
    return read_truth(folder / TRUTH).filter(pl.col("subject") == PERSON, pl.col("source").is_in(sources))


def write_tables(run: Run, subject: Subject, folder: Path) -> Shape:
    """Write what the peers read: mentions and signatures with the same columns, and which mention bears which.

    Values are in the form that lifetree compares, with those that other values imply. Beside them stand the forms that
    its comparisons read of a name and an address, since DuckDB's string distances count bytes.
    """
    members = run.read("record_signature", subject=PERSON)
    members = members.sort(RECORD_KEY).with_columns(record_number=pl.int_range(pl.len(), dtype=pl.Int64))
    signatures = _prepared(run.read("signatures", subject=PERSON), subject)
    folder.mkdir(parents=True, exist_ok=True)
    members.select("record_number", "signature_id", *RECORD_KEY).write_parquet(folder / MEMBERS)
    signatures.rename({"signature_id": "unique_id"}).write_parquet(folder / SIGNATURES)
    records = members.select("signature_id", unique_id="record_number").join(signatures, on="signature_id")
    records.drop("signature_id").sort("unique_id").write_parquet(folder / RECORDS)
    rows = members.select("source", "record_id").unique().height
    return Shape(members["source"].n_unique(), rows, members.height)


def _prepared(signatures: pl.DataFrame, subject: Subject) -> pl.DataFrame:
    """Return the identity attributes and what is read of them."""
    frame = signatures.select("signature_id", *subject.identity_attributes()).sort("signature_id")
    digits = compile_expression("digits(address)", columns=frame.columns)
    frame = digits.append_to(frame, name="address_digits")
    return frame.with_columns(*_name_columns(), *_address_columns()).with_columns(
        birth_day=pl.col("birth_date").str.to_date("%Y-%m-%d", strict=False),
        birth_year=pl.col("birth_date").str.slice(0, 4),
        other_no=pl.coalesce("permit", "birth_certificate"),
    )


def _name_columns() -> list[pl.Expr]:
    """Return a name in standard characters, with letters inside as an unstored one; how it sounds; its shape."""
    name = pl.col("name")
    spelt = pl.when(name.str.contains(r"\p{Han}")).then(name.str.replace_all("[a-z]+", "?")).otherwise(name)
    standard = standard_characters(spelt)
    return [
        standard.alias("name_standard"),
        reading(standard).alias("name_reading"),
        replaced_characters(standard, "shape").alias("name_shape"),
        standard.str.len_chars().alias("name_length"),
        standard.str.contains(UNSTORED).alias("name_unstored"),
    ]


def _address_columns() -> list[pl.Expr]:
    """Return the road, the numbers behind it, the first of them and how many they are."""
    forms = {form.column: form.value for form in build_comparison(ADDRESS).forms}
    told = [forms[f".{name}"].alias(f"address_{name}") for name in ("road", "numbers", "house")]
    return [*told, forms[".numbers"].str.count_matches(r"\S+").fill_null(0).alias("address_count")]
