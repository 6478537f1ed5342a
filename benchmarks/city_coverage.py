"""How often does each event, relation, error and breach of a constraint occur in a generated city?

Events, relations and errors are counted as rows of the truth; breaches as the different persons or legal entities that
break a constraint. Three constraints are broken by what departments write down and not by what happens, so they are
counted in the delivered records: an event dated before the birth (C02), a valid number that tells another birth date
or sex than stands beside it, of persons without a correction (C26), one credit code under two names, of legal entities
that never changed theirs (L14).
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.city_files import principal
from engine.city.settings import load_catalogue
from engine.settings.shipped import shipped
from engine.values.residents import is_resident_id

LEAST = 100
"""Times that each must occur among 200,000 persons."""

STANDARD = 200_000
UNKNOWN_BIRTH = "19000101"


def coverage(folder: Path) -> pl.DataFrame:
    """Return kind, code and count of everything that the shipped configurations name."""
    truth = folder / "truth"
    codes = _settings("events.toml")
    parts = [
        _counted("event of a person", list(codes["person"]), _values(truth, "events", "code")),
        _counted("event of a legal entity", list(codes["legal_entity"]), _values(truth, "firm_events", "code")),
        _counted("relation", list(_settings("relations.toml")), _values(truth, "relations", "type")),
        _counted("error", [one.kind for one in load_catalogue().errors], _values(truth, "errors", "kind")),
        _counted("breach", [one["code"] for one in _settings("constraints.toml")["constraint"]], _breaches(folder)),
    ]
    return pl.concat(parts)


def rare(counts: pl.DataFrame, persons: int) -> pl.DataFrame:
    """Return what occurs too seldom for a city of that size."""
    return counts.filter(pl.col("count") * STANDARD < LEAST * persons)


def _settings(name: str) -> dict[str, Any]:
    return tomllib.loads(shipped(name).read_text(encoding="utf-8"))


def _values(truth: Path, table: str, column: str) -> pl.DataFrame:
    return pl.scan_parquet(truth / f"{table}.parquet").group_by(code=column).agg(count=pl.len()).collect()


def _counted(kind: str, codes: list[str], counts: pl.DataFrame) -> pl.DataFrame:
    known = pl.DataFrame({"code": codes}).join(counts, on="code", how="left", maintain_order="left")
    return known.select(kind=pl.lit(kind), code="code", count=pl.col("count").fill_null(0).cast(pl.Int64))


def _breaches(folder: Path) -> pl.DataFrame:
    true = pl.read_parquet(folder / "truth" / "anomalies.parquet")
    by_world = true.group_by(code="constraint").agg(count=pl.col("subject_id").n_unique())
    written = {**_numbers_and_births(folder), "L14": _two_names(folder)}
    by_sources = pl.DataFrame({"code": list(written), "count": list(written.values())}, schema=by_world.schema)
    return pl.concat([by_world, by_sources]).group_by("code").agg(pl.col("count").sum())


def _numbers_and_births(folder: Path) -> dict[str, int]:
    """Return how many persons have records of C02 and of C26."""
    catalogue = load_catalogue()
    number, birth, day = pl.col("id_no"), pl.col("birth"), pl.col("date")
    valid = is_resident_id(number)
    dated = (birth.str.len_chars() == 8) & (birth != UNKNOWN_BIRTH)
    told, tells_man = number.str.slice(6, 8), number.str.slice(16, 1).is_in(list("13579"))
    other_birth, other_sex = valid & dated & (told != birth), valid & (tells_man != (pl.col("sex") == "1"))
    early = (day.str.len_chars() == 8) & ((dated & (day < birth)) | (valid & (day < told)))
    found = []
    for name, source in catalogue.sources.items():
        shape = catalogue.shapes[source.shape]
        if shape.subject == "person":
            happens = pl.lit(value=shape.base == "events")
            rows = principal(folder, name, "id_no", "birth", "sex", "date")
            marked = rows.select(
                "record_id",
                source=pl.lit(name),
                C02=happens & early,
                C26=other_birth | other_sex.fill_null(value=False),
            )
            found.append(marked.filter(pl.any_horizontal("C02", "C26")))
    corrected = (
        pl.scan_parquet(folder / "truth" / "events.parquet").filter(code="HUK.FIX").select("person_id").collect()
    )
    fixed = ("p" + corrected["person_id"].cast(pl.String)).implode()
    whose = _entities(folder, pl.concat(found), "person").with_columns(
        C26=pl.col("C26") & ~pl.col("entity_id").is_in(fixed)
    )
    return {code: whose.filter(code)["entity_id"].n_unique() for code in ("C02", "C26")}


def _two_names(folder: Path) -> int:
    """Return how many credit codes are delivered under several names though the bearer never changed its own."""
    catalogue = load_catalogue()
    parts = [
        principal(folder, name, "uscc", "firm_name")
        .drop_nulls()
        .unique(["uscc", "firm_name"], keep="first", maintain_order=True)
        .with_columns(source=pl.lit(name))
        for name, source in catalogue.sources.items()
        if catalogue.shapes[source.shape].subject == "legal_entity"
    ]
    plain = pl.col("firm_name").str.replace_many({"（": "(", "）": ")"})
    borne = pl.concat(parts).unique(["uscc", plain], keep="first", maintain_order=True)
    several = borne.filter(pl.len().over("uscc") > 1)
    renamed = (
        pl.scan_parquet(folder / "truth" / "firm_events.parquet").filter(code="CHG.NAME").select("firm_id").collect()
    )
    names = ("f" + renamed["firm_id"].cast(pl.String)).implode()
    whose = _entities(folder, several, "legal_entity").filter(~pl.col("entity_id").is_in(names))
    return whose.filter(pl.len().over("uscc") > 1)["uscc"].n_unique()


def _entities(folder: Path, records: pl.DataFrame, subject: str) -> pl.DataFrame:
    truth = pl.scan_parquet(folder / "truth" / "mentions.parquet").filter(pl.col("role") == "", subject=subject)
    return records.lazy().join(truth, on=["source", "record_id"]).collect(engine="streaming")
