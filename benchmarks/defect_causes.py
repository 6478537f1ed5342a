"""Which rule each injected defect breaks, and which other rules it breaks too: fixed on seed 1, before seed 2 was read.

A kind of defect is made for one rule. What else follows from it is listed with the reason; a finding of another rule
than these, on a record that bears the defect, is a false alarm.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl

from benchmarks.city_files import delivered, principal
from engine.city.settings import load_catalogue


class Cause(NamedTuple):
    """The rule that a kind of defect is made for, and others that it breaks, each with the reason."""

    rule: str
    also: dict[str, str]


CONFLICT = "the other departments hold the true value"
STRANGER = "the row tells of a person whom no other row knows by this number"
NO_NUMBER = "without its number the row may be taken for a new person's"

CAUSES: dict[str, Cause] = {
    "blank_name": Cause("I1", {}),
    "blank_birth": Cause("I1", {}),
    "blank_id": Cause("I1", {}),
    "no_name": Cause("I1", {}),
    "nobody": Cause("I2", {"I1": "the name and what else is required is missing"}),
    "no_spouse": Cause("I3", {}),
    "no_death_day": Cause("I3", {"I1": "the date is required"}),
    "no_guardian": Cause("I3", {}),
    "no_parent_firm": Cause("I3", {}),
    "cut_id": Cause("I4", {"A1": "17 characters are no number"}),
    "cut_code": Cause("I4", {"A3": "17 characters are no code"}),
    "wrong_digit": Cause("A1", {"A4": "a digit of the birth date or of the sex is another one"}),
    "bad_permit": Cause("A2", {}),
    "bad_credit_code": Cause("A3", {}),
    "other_sex": Cause("A4", {"S3": CONFLICT}),
    "other_birth": Cause("A4", {"S3": CONFLICT, "S2": "an event may lie before the later birth"}),
    "impossible_day": Cause("A5", {"I1": "no date is left where one is required"}),
    "far_day": Cause("A5", {"I1": "no date is left where one is required", "S2": "every event lies before that birth",
        "A4": "the number holds the true date", "S3": CONFLICT}),
    "below_zero": Cause("A6", {}),
    "no_number": Cause("A6", {}),
    "mass_phone": Cause("A7", {}),
    "test_record": Cause("A8", {}),
    "wide_digits": Cause("N1", {}),
    "zero_width": Cause("N1", {}),
    "mark_before": Cause("N1", {}),
    "remark": Cause("N2", {"N1": "the brackets may be wide"}),
    "republic_year": Cause("N3", {}),
    "chinese_day": Cause("N3", {}),
    "unknown_sex_code": Cause("N4", {}),
    "unknown_ethnicity": Cause("N4", {}),
    "unknown_marital": Cause("N4", {}),
    "letters": Cause("N5", {}),
    "fifteen": Cause("N5", {}),
    "old_division": Cause("N6", {}),
    "nowhere": Cause("N7", {}),
    "prefixed": Cause("N8", {}),
    "extension": Cause("N8", {}),
    "early_pension": Cause("S1", {}),
    "late_pupil": Cause("S1", {"A4": "the number holds the true birth date", "S3": CONFLICT}),
    "ends_before": Cause("S2", {}),
    "before_birth": Cause("S2", {}),
    "other_name": Cause("S3", {"U3": "two names bear one number"}),
    "after_death": Cause("S4", {}),
    "ten_thousands": Cause("S5", {}),
    "unknown_spouse": Cause("L1", {"L2": "the true spouse's row names the one whose row this is"}),
    "unknown_mother": Cause("L1", {"L2": "another row may name the true mother"}),
    "other_spouse": Cause("L2", {"L4": "the other spouse may be younger than the marriage",
        "A5": "the record time is the day of the marriage, and a birth lies after it",
        "A4": "the other one's number may be a mistaken one"}),
    "own_spouse": Cause("L3", {"L2": "the true spouse's row names another person"}),
    "young_mother": Cause("L3", {"S3": CONFLICT, "L1": STRANGER, "L2": "two are named as the child's mother"}),
    "early_marriage": Cause("L4", {"A5": "the record time is the day of the marriage, and a birth lies after it",
        "S2": "the marriage may lie before one's own birth"}),
    "duplicate_row": Cause("U1", {}),
    "second_version": Cause("U2", {}),
    "borrowed_number": Cause("U3", {"A4": "the number is another person's", "S3": CONFLICT}),
    "second_number": Cause("U4", {"S3": CONFLICT}),
    "second_entry": Cause("U5", {}),
}  # fmt: skip


class Fact(NamedTuple):
    """What is true of the city and breaks rules without a defect: the columns that findings are matched on, and why."""

    rules: tuple[str, ...]
    on: tuple[str, ...]
    reason: str


FACTS: dict[str, Fact] = {
    "unnamed": Fact(("I1",), ("rule", "entity_id", "field"), "a newborn without a name is called after the mother"),
    "wordy_dates": Fact(("N3",), ("rule", "source"), "the source writes every date as 2024年12月31日"),
    "unknown_other": Fact(("I3",), ("rule", "source", "record_id"), "the city does not know the other person or firm"),
    "mistaken_number": Fact(("A4",), ("rule", "entity_id"), "the number was issued with another birth date or sex"),
    "wide_brackets": Fact(("N1",), ("rule", "entity_id", "field"), "the firm is registered with wide brackets"),
    "breach": Fact(
        ("S1", "S2", "S4", "L2", "L3", "L4"), ("rule", "entity_id"), "the city breaks a constraint here on purpose"
    ),
    "two_codes": Fact(
        ("U3", "U4"), ("rule", "entity_id"), "the firm's organisation code is not the one in its credit code"
    ),
    "shared_number": Fact(("U3",), ("rule", "entity_id"), "the number was given to two persons"),
    "renumbered": Fact(
        ("U4",), ("rule", "entity_id"), "the person was given two numbers, one after the other or at once"
    ),
    "before_founding": Fact(("L4",), ("rule", "source", "record_id"), "the city employs before the firm is founded"),
    "unnumbered": Fact(("L1",), ("rule", "source", "record_id"), "who is named has no number and cannot be looked up"),
}
"""By name. Whether one holds is read from the true tables of the city and from the files as delivered."""

OTHERS = {"marriage": "spouse.name", "school": "mother.name", "firm_change": "other_firm.firm_name"}
"""The column of each shape that is empty where the city does not know the other person or firm."""


def facts(folder: Path) -> pl.DataFrame:
    """Return every fact of the city: fact, rule, source, record_id, field and entity_id, null where not said."""
    found = [
        _persons(_unnamed(folder), "unnamed", field="name"), _persons(_mistaken(folder), "mistaken_number"),
        _persons(_numbered(folder, by="identifier"), "shared_number"),
        _persons(_numbered(folder, by="person_id"), "renumbered"),
        _wordy(), _unknown_others(folder), _of_firms(folder), _breaches(folder), _unnumbered(folder),
    ]  # fmt: skip
    columns = ("fact", "source", "record_id", "field", "entity_id")
    empty = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    rules = pl.DataFrame(
        [(name, rule) for name, fact in FACTS.items() for rule in fact.rules], ["fact", "rule"], orient="row"
    )
    return pl.concat([empty, *found], how="diagonal").join(rules, on="fact")


def _sources(*shapes: str) -> list[str]:
    return [name for name, source in load_catalogue().sources.items() if source.shape in shapes]


def _persons(persons: pl.Series, fact: str, *, field: str | None = None) -> pl.DataFrame:
    return pl.DataFrame({"entity_id": "p" + persons.unique().cast(pl.String)}).with_columns(
        fact=pl.lit(fact), field=pl.lit(field, pl.String)
    )


def _unnamed(folder: Path) -> pl.Series:
    return pl.read_parquet(folder / "truth" / "names.parquet").filter(kind="placeholder")["person_id"]


def _mistaken(folder: Path) -> pl.Series:
    persons = pl.read_parquet(folder / "truth" / "persons.parquet").select(
        "person_id", "birth", sex=pl.col("sex").cast(pl.String)
    )
    numbers = pl.read_parquet(folder / "truth" / "identifiers.parquet").filter(scheme="citizen18")
    told = numbers.join(persons, on="person_id")
    odd = pl.col("identifier").str.slice(16, 1).cast(pl.Int64) % 2 == 1
    return told.filter(
        (pl.col("identifier").str.slice(6, 8) != pl.col("birth").dt.to_string("%Y%m%d"))
        | (odd != (pl.col("sex") == "1"))
    )["person_id"]


def _numbered(folder: Path, *, by: str) -> pl.Series:
    """Return the persons of each number that several bear (`identifier`), or with several numbers (`person_id`)."""
    numbers = pl.read_parquet(folder / "truth" / "identifiers.parquet").filter(scheme="citizen18")
    other = "person_id" if by == "identifier" else "identifier"
    return numbers.filter(pl.col(other).n_unique().over(by) > 1)["person_id"]


def _wordy() -> pl.DataFrame:
    wordy = [name for name, source in load_catalogue().sources.items() if source.style == "chinese"]
    return pl.DataFrame({"fact": ["wordy_dates"] * len(wordy), "source": wordy})


def _unknown_others(folder: Path) -> pl.DataFrame:
    catalogue, parts = load_catalogue(), [pl.DataFrame()]
    for name, source in catalogue.sources.items():
        rows = delivered(folder, name, source) if source.shape in OTHERS else pl.DataFrame()
        if rows.height:
            column = {what: one for one, what in catalogue.shapes[source.shape].columns.items()}
            other = pl.col(column[OTHERS[source.shape]])
            empty = rows.filter(other.is_null() | (other == ""))
            parts.append(empty.select(record_id=column["serial"], source=pl.lit(name), fact=pl.lit("unknown_other")))
    return pl.concat(parts, how="diagonal")


def _breaches(folder: Path) -> pl.DataFrame:
    """Return whom the city lets break a constraint, and the other ones of the same breach."""
    told = pl.read_parquet(folder / "truth" / "anomalies.parquet")
    letter = pl.when(pl.col("subject") == "person").then(pl.lit("p")).otherwise(pl.lit("f"))
    both = [told.select(entity_id=letter + pl.col(one).cast(pl.String)) for one in ("subject_id", "other_id")]
    return pl.concat(both).drop_nulls().unique().with_columns(fact=pl.lit("breach"))


def _of_firms(folder: Path) -> pl.DataFrame:
    """Return the firms with wide brackets and with two organisation codes, and the rows that employ too early."""
    firms = _firms(folder)
    bracketed = firms.filter(pl.col("firm_name").str.contains("（")).with_columns(
        fact=pl.lit("wide_brackets"), field=pl.lit("name")
    )
    split = firms.filter(pl.col("org_code").str.replace_all("-", "") != pl.col("uscc").str.slice(8, 9)).with_columns(
        fact=pl.lit("two_codes"), field=pl.lit(None, pl.String)
    )
    founded = firms.drop_nulls("founded").group_by("entity_id").agg(pl.col("founded").min())
    employers = (
        pl.read_parquet(folder / "truth" / "mentions.parquet").filter(role="employer").join(founded, on="entity_id")
    )
    early = [
        principal(folder, name, "date").with_columns(source=pl.lit(name)).join(employers, on=["source", "record_id"])
        .filter(pl.col("date") < pl.col("founded"))
        .select("source", "record_id", fact=pl.lit("before_founding"))
        for name in _sources("insurance", "employment", "positions")
    ]  # fmt: skip
    entities = [one.select("entity_id", "fact", "field").unique() for one in (bracketed, split)]
    return pl.concat([*entities, *early], how="diagonal")


def _firms(folder: Path) -> pl.DataFrame:
    """Return the fields of every row about a firm, with its entity."""
    mentions = pl.read_parquet(folder / "truth" / "mentions.parquet").filter(subject="legal_entity", role="")
    fields = ("firm_name", "uscc", "org_code", "founded")
    parts = [
        principal(folder, name, *fields).with_columns(pl.col("founded").str.replace_all(r"\D", ""), source=pl.lit(name))
        for name, source in load_catalogue().sources.items()
        if load_catalogue().shapes[source.shape].subject == "legal_entity"
    ]
    return pl.concat(parts).join(mentions, on=["source", "record_id"])


def _unnumbered(folder: Path) -> pl.DataFrame:
    """Return the rows that name a relative or a head without a number, as delivered."""
    catalogue, parts = load_catalogue(), [pl.DataFrame()]
    for name, source in catalogue.sources.items():
        column = {what: one for one, what in catalogue.shapes[source.shape].columns.items()}
        numbers = [
            column[f"{role}.id_no"]
            for role in ("mother", "father", "spouse", "child", "representative")
            if f"{role}.id_no" in column
        ]
        rows = delivered(folder, name, source) if numbers else pl.DataFrame()
        if rows.height:
            blank = pl.any_horizontal(pl.col(one).is_null() | (pl.col(one) == "") for one in numbers)
            parts.append(
                rows.filter(blank).select(record_id=column["serial"], source=pl.lit(name), fact=pl.lit("unnumbered"))
            )
    return pl.concat(parts, how="diagonal")
