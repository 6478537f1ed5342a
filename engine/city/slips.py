"""Errors of whole rows: delivered twice, or typed to try the system out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from engine.city.rendering import serial
from engine.city.settings import Catalogue, CitySource, Shape
from engine.city.tables import World
from engine.city.world.draws import Flags, Ints, below, chance

TRIAL_NAMES = ("测试", "测试员", "张三", "TEST", "李四")
TRIAL_NUMBER = "330199199001010014"
OTHER_NUMBERS = ("uscc", "permit", "birth_certificate")
TRIAL_MARK = "T"
"""The last character of the row number of a trial."""


class Slips(NamedTuple):
    """Which rows are delivered twice, behind which a trial stands, and the rows' keys of draws."""

    twice: Flags
    trial: Flags
    key: Ints


def drawn(
    rows: pl.DataFrame, *, source: CitySource, place: int, catalogue: Catalogue, seed: int, scale: float
) -> Slips:
    """Return what befalls whole rows of one source."""
    rates = {error.kind: catalogue.rate(error, source.errors) * scale for error in catalogue.errors}
    key = (rows["cell"] * 10_000_000 + rows["row"]).to_numpy()
    twice, trial = (chance(seed, key, f"{kind} {place}", rates[kind]) for kind in ("duplicate_row", "test_record"))
    return Slips(twice, trial, key)


def of_places(slips: Slips, places: Ints) -> Slips:
    """Return the slips of a file's rows, each at or behind the row of its place: nothing befalls a row behind it."""
    own = np.r_[True, places[1:] != places[:-1]] if places.size else np.zeros(0, dtype=np.bool_)
    return Slips(slips.twice[places] & own, slips.trial[places] & own, slips.key[places])


def row_errors(rows: pl.DataFrame, slips: Slips, world: World, *, name: str, shape: Shape, place: int) -> pl.DataFrame:
    """Return the errors of whole rows as truth/errors.parquet has them.

    A trial bears its own record_id, which no mention has. The true value of `dead_kept` is the day of the death.
    """
    deaths = world.persons.filter(pl.col("death").is_not_null()).select("person_id", "death")
    rows = rows.select("person_id", record_id=serial(place, pl.col("cell"), pl.col("row")))
    dead = rows.head(0) if shape.base != "stays" else rows
    kinds = (
        ("duplicate_row", rows.filter(pl.Series(slips.twice))),
        ("test_record", rows.filter(pl.Series(slips.trial)).with_columns(pl.col("record_id") + TRIAL_MARK)),
        ("dead_kept", dead.join(deaths, on="person_id", how="semi", maintain_order="left")),
    )
    told = pl.concat(part.with_columns(kind=pl.lit(kind)) for kind, part in kinds)
    return told.join(deaths, on="person_id", how="left", maintain_order="left").select(
        source=pl.lit(name), record_id="record_id", role=pl.lit(""), subject=pl.lit(shape.subject),
        field=pl.lit("row"), kind="kind",
        true_value=pl.when(pl.col("kind") == "dead_kept").then(pl.col("death").dt.to_string("%Y-%m-%d")),
        delivered_value=pl.lit(None, pl.String),
    )  # fmt: skip


def slip(texts: pl.DataFrame, slips: Slips, *, shape: Shape, seed: int) -> pl.DataFrame:
    """Return the file's rows `texts` with copies and trial rows put in behind the rows that they repeat."""
    twice, trial, key = slips
    if not twice.any() and not trial.any():
        return texts
    index = np.repeat(np.arange(texts.height), 1 + twice + trial)
    last = np.r_[index[1:] != index[:-1], True]
    marked = pl.Series(last & trial[index])
    choice = pl.Series(below(seed, key, "trial name", len(TRIAL_NAMES)))[index]
    names = choice.replace_strict(list(range(len(TRIAL_NAMES))), TRIAL_NAMES, return_dtype=pl.String)
    wide = texts[index].with_columns(_trial=marked, _name=names)
    instead: dict[str, pl.Expr] = {}
    for column, (role, field) in shape.parts().items():
        if field == "serial":
            instead[column] = pl.col(column) + TRIAL_MARK
        elif not role and field in ("name", "firm_name"):
            instead[column] = pl.col("_name")
        elif not role and field == "id_no":
            instead[column] = pl.lit(TRIAL_NUMBER)
        elif (role and field in ("name", "id_no", "uscc", "firm_name")) or field in (
            "uscc",
            "permit",
            "birth_certificate",
        ):
            instead[column] = pl.lit(None, pl.String)
    changed = (pl.when("_trial").then(value).otherwise(column).alias(column) for column, value in instead.items())
    return wide.with_columns(changed).select(texts.columns)
