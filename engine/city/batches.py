"""Daily batches after the first delivery: additions, corrections, withdrawals and replacements, as files a day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from engine.city.delivery import Delivery
from engine.city.files import Open, append
from engine.city.rendering import render
from engine.city.settings import Catalogue, Shape
from engine.city.tables import City, World
from engine.city.world.draws import below, draw

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


def write_days(
    folder: Path, files: Open, delivery: Delivery, world: World, city: City, *, catalogue: Catalogue, seed: int,
    days: int, as_of: date,
) -> dict[str, pl.Series]:  # fmt: skip
    """Write days/<date>/<source>.csv and return, by source, which rows belong to the first delivery.

    A file has the source's columns, `op` (U: new or changed, D: withdrawn) and `delivered_at`. A replacement has
    `op` R in every row: keys that it lacks are withdrawn.
    """
    first: dict[str, pl.Series] = {}
    mended = _without_errors(delivery)
    for place, (name, source) in enumerate(catalogue.sources.items()):
        shape = catalogue.shapes[source.shape]
        added, gone = split_days(delivery, name=name, place=place, seed=seed, days=days)
        first[name] = added == 0
        texts, truth = (
            render(one, world, city, name=name, source=source, shape=shape, place=place, seed=seed)
            for one in (delivery, mended)
        )
        fixed = _correction_days(delivery, name=name, shape=shape, place=place, seed=seed, days=days)
        for day in range(1, days + 1):
            parts = [
                texts.filter(added == day).with_columns(op=pl.lit("U")),
                truth.filter(fixed == day).with_columns(op=pl.lit("U")),
                texts.filter(gone == day).with_columns(op=pl.lit("D")),
            ]
            if name in REPLACED and day % EVERY == 0:
                whole = pl.Series((added <= day).to_numpy() & ~((gone > 0) & (gone <= day)).to_numpy())
                parts = [texts.filter(whole).with_columns(op=pl.lit("R"))]
            batch = pl.concat(parts)
            if batch.height:
                delivered = as_of + timedelta(days=day)
                place_of = folder / "days" / delivered.isoformat()
                place_of.mkdir(parents=True, exist_ok=True)
                plain = source.model_copy(update={"format": "csv", "encoding": "utf-8"})
                append(
                    files,
                    place_of / f"{name}.csv",
                    batch.with_columns(delivered_at=pl.lit(delivered.isoformat())),
                    plain,
                )
    return first


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
    """Return the day on which the principal's registration is delivered again as true; 0: never."""
    rows = delivery.rows[name]
    errors = delivery.errors if shape.subject == "person" else delivery.firm_errors
    spoilt = rows["registration_"].is_in(errors["registration"].unique().implode()).fill_null(value=False).to_numpy()
    key = rows["registration_"].fill_null(0).to_numpy() * 128 + place
    day = below(seed, key, "mended day", days) + 1
    return pl.Series(np.where(spoilt & (draw(seed, key, "mended") < MENDED), day, 0))
