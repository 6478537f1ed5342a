"""How like a real population is a generated city? Names, ages, households, namesakes, numbers, errors."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.city_files import principal
from engine.city.settings import load_catalogue
from engine.values.credit_codes import is_uscc
from engine.values.residents import is_resident_id

CENSUS_DAY = date(2020, 11, 1)
HALF_YEAR = 183
BIRTHDAYS = 25_000
"""Days on which the living of a population were born, taken as equally likely."""

SAME_NAME = 5.3e-6
"""P(two persons bear one full name), from published frequencies of surnames and given names."""

Figures = dict[str, Any]


def statistics(folder: Path, *, as_of: date) -> Figures:
    """Return the city's figures, of its persons alive and in the city at `as_of` where nothing else is said."""
    truth = folder / "truth"
    persons = pl.read_parquet(truth / "persons.parquet")
    now = _present(persons, as_of)
    names = pl.read_parquet(truth / "names.parquet").filter(kind="registered").sort("valid_from")
    latest = names.unique("person_id", keep="last", maintain_order=True)
    named = now.join(latest.select("person_id", "name", "surname"), on="person_id", maintain_order="left")
    return {
        "persons": persons.height,
        "present": now.height,
        "surnames": _surnames(named),
        "names": _names(named),
        "namesakes": _namesakes(named),
        "ages": {str(day): _ages(_present(persons, day), day) for day in (CENSUS_DAY, as_of)},
        "pyramid": _pyramid(_present(persons, CENSUS_DAY), CENSUS_DAY),
        "men": _share(now, pl.col("sex") == 1),
        "twins": _share(persons, pl.col("twin_of").is_not_null() | pl.col("person_id").is_in(_twins(persons))),
        "away": _away(pl.read_parquet(truth / "stays.parquet"), now, as_of),
        "double_hukou": _double_hukou(truth, now),
        "sources": _sources(folder),
    }


def _present(persons: pl.DataFrame, day: date) -> pl.DataFrame:
    """Return who is born, alive and in the city on a day."""
    lives = (pl.col("birth") <= day) & (pl.col("death").is_null() | (pl.col("death") > day))
    came = pl.col("arrived").is_null() | (pl.col("arrived") <= day)
    return persons.filter(lives & came & (pl.col("left").is_null() | (pl.col("left") > day)))


def _share(frame: pl.DataFrame, among: pl.Expr) -> float:
    return round(float(frame.select(among.fill_null(value=False).mean()).item()), 5)


def _twins(persons: pl.DataFrame) -> pl.Series:
    return persons["twin_of"].drop_nulls().implode()


def _surnames(named: pl.DataFrame) -> Figures:
    counted = named["surname"].drop_nulls().value_counts(sort=True).sort("count", "surname", descending=[True, False])
    shares = counted.with_columns(share=pl.col("count") / counted["count"].sum())
    return {
        "different": shares.height,
        "top": {name: round(share, 5) for name, share in shares.head(10).select("surname", "share").iter_rows()},
        "five": round(shares.head(5)["share"].sum(), 5),
        "hundred": round(shares.head(100)["share"].sum(), 5),
        "compound": _share(named, pl.col("surname").str.len_chars() > 1),
        "dotted": _share(named, pl.col("name").str.contains("·", literal=True)),
    }


def _alike(frame: pl.DataFrame, *columns: str) -> int:
    """Return the pairs of persons that agree in all columns."""
    count = pl.col("len").cast(pl.Int64)
    return int(frame.group_by(columns).len().select((count * (count - 1) // 2).sum()).item())


def _names(named: pl.DataFrame) -> Figures:
    counted = named["name"].value_counts(sort=True).sort("count", "name", descending=[True, False])
    pairs = named.height * (named.height - 1) / 2
    return {
        "different": counted.height,
        "top": dict(counted.head(10).iter_rows()),
        "head": counted["count"][0] / named.height,
        "same": _alike(named, "name") / pairs,
        "unique": _share(counted, pl.col("count") == 1),
    }


def _namesakes(named: pl.DataFrame) -> Figures:
    pairs = named.height * (named.height - 1) / 2
    by_year = named.with_columns(year=pl.col("birth").dt.year())
    return {
        "observed": _alike(named, "name", "birth"),
        "published": pairs * SAME_NAME / BIRTHDAYS,
        "independent": _alike(named, "name") * _alike(named, "birth") / pairs,
        "within_year": _alike(by_year, "name", "year") / 365.25,
    }


def _age(day: date) -> pl.Expr:
    birth = pl.col("birth")
    later = (birth.dt.month() * 100 + birth.dt.day()) > day.month * 100 + day.day
    return day.year - birth.dt.year().cast(pl.Int32) - later.cast(pl.Int32)


def _ages(persons: pl.DataFrame, day: date) -> dict[str, float]:
    age = _age(day)
    groups = {"0-14": age < 15, "15-59": age.is_between(15, 59), "60+": age >= 60, "65+": age >= 65}
    return {name: _share(persons, among) for name, among in groups.items()}


def _pyramid(persons: pl.DataFrame, day: date) -> dict[str, list[int]]:
    """Return the men and the women of each five years of age, the last group open."""
    group = (_age(day) // 5).clip(0, 18)
    counted = persons.group_by(group=group).agg(
        men=(pl.col("sex") == 1).sum().cast(pl.Int64), women=(pl.col("sex") == 2).sum().cast(pl.Int64)
    )
    return {
        f"{5 * one}-{5 * one + 4}" if one < 18 else "90+": [men, women]
        for one, men, women in counted.sort("group").iter_rows()
    }


def _away(stays: pl.DataFrame, now: pl.DataFrame, as_of: date) -> float:
    """Return the share of those at home in the city whose hukou has been in another township for half a year."""
    held = stays.filter(pl.col("valid_from") <= as_of, pl.col("valid_to").is_null() | (pl.col("valid_to") > as_of))
    last = held.sort("valid_from").unique(["person_id", "kind"], keep="last", maintain_order=True)
    homes = last.filter(pl.col("address_id").is_not_null(), kind="home").select("person_id", "township", "valid_from")
    hukou = last.filter(kind="hukou").select("person_id", registered="township")
    both = homes.join(now, on="person_id", how="semi").join(hukou, on="person_id")
    long = (as_of - pl.col("valid_from")).dt.total_days() >= HALF_YEAR
    return _share(both, (pl.col("township") != pl.col("registered")) & long)


def _double_hukou(truth: Path, now: pl.DataFrame) -> float:
    same = pl.scan_parquet(truth / "relations.parquet").filter(type="SAME_AS", from_kind="person")
    return _share(now, pl.col("person_id").is_in(same.select("from_id").collect().to_series().implode()))


def _sources(folder: Path) -> list[Figures]:
    """Return for each source its records, and of its principals' numbers how many are missing, valid, old, invalid."""
    catalogue = load_catalogue()
    slips = pl.scan_parquet(folder / "truth" / "errors.parquet").filter(field="row").group_by("source", "kind")
    slipped = {(source, kind): count for source, kind, count in slips.agg(pl.len()).collect().iter_rows()}
    found = []
    for name, source in catalogue.sources.items():
        shape = catalogue.shapes[source.shape]
        field, valid = ("id_no", is_resident_id) if shape.subject == "person" else ("uscc", is_uscc)
        asked = ("", field) in shape.parts().values()
        records = principal(folder, name, field).unique("record_id")
        number = pl.col(field)
        good, old = valid(number), number.str.contains(r"^[0-9A-Z-]{9,15}$")
        parts = {"missing": number.is_null(), "valid": good, "old": ~good & old, "invalid": ~good & ~old}
        row = {"source": name, "title": source.title, "subject": shape.subject, "records": records.height}
        row |= {part: _share(records, among) if asked and records.height else None for part, among in parts.items()}
        row |= {kind: slipped.get((name, kind), 0) for kind in ("duplicate_row", "test_record", "dead_kept")}
        found.append(row)
    return found
