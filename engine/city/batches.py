"""Daily batches after the first delivery: additions, corrections, withdrawals and replacements, as files a day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from engine.city.delivery import ABROAD, Delivery
from engine.city.files import Open, append
from engine.city.rendering import render, serial
from engine.city.settings import Catalogue, Shape
from engine.city.tables import City, World
from engine.city.world.draws import Flags, Ints, below, draw

HELD_BACK = 0.0008
"""Share of a source's rows that are first delivered on one of the days (additions)."""
MENDED = 0.02
"""Share of spoilt records that are delivered again, as true, on one of the days (corrections)."""
WITHDRAWN = 0.0002
"""Share of rows that are withdrawn on one of the days."""
REPLACED = ("grid", "social_organisations")
"""Sources that deliver themselves whole, by replacement, on the last day of each seven."""
EVERY = 7


def split_days(delivery: Delivery, *, name: str, place: int, seed: int, days: int) -> tuple[pl.Series, pl.Series]:
    """Return the day of each row's first delivery (0: with the first) and of its withdrawal (0: never)."""
    rows = delivery.rows[name]
    key = (rows["cell"] * 1_000_000 + rows["row"]).to_numpy()
    day = below(seed, key, f"day {place}", days) + 1
    added = np.where(draw(seed, key, f"added {place}") < HELD_BACK * days, day, 0)
    gone = np.where((draw(seed, key, f"withdrawn {place}") < WITHDRAWN * days) & (added == 0), day, 0)
    return pl.Series(added), pl.Series(gone)


class Days(NamedTuple):
    """For each row of a source the day on which it is first delivered, corrected and withdrawn; 0: not on any."""

    added: Ints
    mended: Ints
    gone: Ints

    def held(self, day: int) -> Flags:
        """Return which rows the source has told and not withdrawn by the end of a day."""
        held: Flags = (self.added <= day) & ~((self.gone > 0) & (self.gone <= day))
        return held


def days_of(delivery: Delivery, *, name: str, shape: Shape, place: int, seed: int, days: int) -> Days:
    """Return the days of each row of a source; a correction follows the first delivery and precedes a withdrawal."""
    added, gone = (one.to_numpy() for one in split_days(delivery, name=name, place=place, seed=seed, days=days))
    mended = _correction_days(delivery, name=name, shape=shape, place=place, seed=seed, days=days).to_numpy()
    in_time = (mended > added) & ((gone == 0) | (mended < gone))
    return Days(added, np.where(in_time, mended, 0), gone)


def write_days(
    folder: Path, files: Open, delivery: Delivery, world: World, city: City, *, catalogue: Catalogue, seed: int,
    days: int, as_of: date,
) -> dict[str, pl.Series]:  # fmt: skip
    """Write days/<date>/<source>.csv and return, by source, which rows belong to the first delivery.

    A file has the source's columns, `op` (U: new or changed, D: withdrawn) and `delivered_at`. A replacement has
    `op` R in every row: keys that it lacks are withdrawn. truth/days.parquet lists every change of every record.
    """
    first: dict[str, pl.Series] = {}
    true = _without_errors(delivery)
    for place, (name, source) in enumerate(catalogue.sources.items()):
        shape = catalogue.shapes[source.shape]
        when = days_of(delivery, name=name, shape=shape, place=place, seed=seed, days=days)
        first[name] = pl.Series(when.added == 0)
        spoilt, mended = (
            render(one, world, city, name=name, source=source, shape=shape, place=place, seed=seed)
            for one in (delivery, true)
        )
        changed = _changes(delivery.rows[name], when, name=name, place=place, as_of=as_of)
        append(files, folder / "truth" / "days.parquet", changed)
        plain = source.model_copy(update={"format": "csv", "encoding": "utf-8"})
        for day in range(1, days + 1):
            batch = _batch(pl.concat([spoilt, mended]), when, day, whole=_is_whole(name, day))
            if batch.height:
                delivered = (as_of + timedelta(days=day)).isoformat()
                place_of = folder / "days" / delivered
                place_of.mkdir(parents=True, exist_ok=True)
                append(files, place_of / f"{name}.csv", batch.with_columns(delivered_at=pl.lit(delivered)), plain)
    return first


def _is_whole(name: str, day: int) -> bool:
    return name in REPLACED and day % EVERY == 0


def _batch(texts: pl.DataFrame, when: Days, day: int, *, whole: bool) -> pl.DataFrame:
    """Return a day's rows; `texts` has all rows as first delivered, and behind them all rows as corrected."""
    size = len(when.added)
    version = np.arange(size) + size * ((when.mended > 0) & (when.mended <= day))
    parts = (
        (("R", when.held(day)),)
        if whole
        else (("U", when.added == day), ("U", when.mended == day), ("D", when.gone == day))
    )
    return pl.concat(texts[version[rows]].with_columns(op=pl.lit(op)) for op, rows in parts)


def _changes(rows: pl.DataFrame, when: Days, *, name: str, place: int, as_of: date) -> pl.DataFrame:
    """Return delivered_at, source, record_id, change (addition, correction, withdrawal) and the batch's `op`."""
    parts = []
    for change, days, op in (
        ("addition", when.added, "U"),
        ("correction", when.mended, "U"),
        ("withdrawal", when.gone, "D"),
    ):
        told = rows.with_columns(day=pl.Series(days, dtype=pl.Int64)).filter(pl.col("day") > 0)
        whole = pl.col("day") % EVERY == 0 if name in REPLACED else pl.lit(value=False)
        parts.append(
            told.select(
                delivered_at=pl.lit(as_of) + pl.duration(days=pl.col("day")),
                source=pl.lit(name),
                record_id=serial(place, pl.col("cell"), pl.col("row")),
                change=pl.lit(change),
                op=pl.when(whole).then(pl.lit("R")).otherwise(pl.lit(op)),
            )
        )
    return pl.concat(parts)


def _without_errors(delivery: Delivery) -> Delivery:
    """Return the delivery as it would be without the errors that its registrations carry."""
    return delivery._replace(
        persons=_restored(delivery.persons, delivery.errors), firms=_restored(delivery.firms, delivery.firm_errors)
    )


def _restored(registrations: pl.DataFrame, errors: pl.DataFrame) -> pl.DataFrame:
    mended = registrations
    renamed = {"phone": "firm_phone", "address": "firm_address"} if "firm_phone" in registrations.columns else {}
    first = errors.unique(["registration", "field"], keep="first", maintain_order=True)
    for field in first["field"].unique().sort():
        column = renamed.get(field, field)
        true = first.filter(pl.col("field") == field).select("registration", _true="true_value")
        mended = mended.join(true, on="registration", how="left", maintain_order="left")
        mended = mended.with_columns(pl.coalesce("_true", column).alias(column)).drop("_true")
    return mended


def _correction_days(delivery: Delivery, *, name: str, shape: Shape, place: int, seed: int, days: int) -> pl.Series:
    """Return the day on which the spoilt registrations of the principal are delivered again as true; 0: never."""
    rows = delivery.rows[name]
    errors = delivery.errors if shape.subject == "person" else delivery.firm_errors
    spoilt = rows["registration_"].is_in(errors["registration"].unique().implode()).fill_null(value=False).to_numpy()
    principal = rows["person_id" if shape.subject == "person" else "firm_id"].fill_null(0).to_numpy()
    key = (principal + np.where(principal < 0, ABROAD, 0)) * 128 + place
    day = below(seed, key, "mended day", days) + 1
    return pl.Series(np.where(spoilt & (draw(seed, key, "mended") < MENDED), day, 0))
