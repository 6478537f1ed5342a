"""The rows that a source tells: which facts of the world it knows, one row each, before anything is written down."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from engine.city.settings import CitySource, Shape
from engine.city.tables import City, World
from engine.city.world.draws import Flags, Ints, below, chance
from engine.city.world.runs import begins, within

FACTS: dict[str, type[pl.DataType]] = {
    "cell": pl.Int64, "person_id": pl.Int64, "firm_id": pl.Int64, "other_id": pl.Int64, "other_firm_id": pl.Int64,
    "address_id": pl.Int64, "date": pl.Date, "until": pl.Date, "code": pl.String, "amount": pl.Int64,
    "number": pl.String, "detail": pl.String, "township": pl.String, "ordinal": pl.Int32,
}  # fmt: skip
"""The columns of every source's rows."""

ORDER = ("cell", "person_id", "firm_id", "date", "code", "ordinal", "other_id", "address_id")
"""Of every source's rows."""

PERSONS = 1_000
"""Of a cell."""

RECORD_LAG = 20
"""A fact is recorded 0 to 19 days after it happened."""


class Events(NamedTuple):
    """Events of persons or of firms as FACTS (of firms, `form` too), and where each code's stand in a source's order.

    `order` holds the places of the frame's rows by cell, person, firm, date, code and ordinal; `ranks` the entries of
    `order` that a code has, rising.
    """

    frame: pl.DataFrame
    order: Ints
    ranks: dict[str, Ints]


def told_events(world: World, city: City) -> dict[str, Events]:
    """Return what there is to tell of persons (`events`) and of firms (`firm_events`)."""
    lives = _facts(world.events.with_columns(cell=pl.col("person_id") // PERSONS))
    firms = world.firm_events.drop("person_id").join(
        _firms(world, city).select("firm_id", "cell", "form"), on="firm_id"
    )
    entities = _facts(firms, form=pl.String).sort(ORDER)
    return {
        "events": _ranked(lives, _by_person_firm_and_day(lives)),
        "firm_events": _ranked(entities, np.arange(entities.height)),
    }


def _facts(frame: pl.DataFrame, **further: type[pl.DataType]) -> pl.DataFrame:
    """Return the frame's FACTS, and `further`; a column that it lacks is null."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in {**FACTS, **further}.items()
    )


def _by_person_firm_and_day(events: pl.DataFrame) -> Ints:
    """Return the rows' places by person, firm (none first) and day; EVENTS brings code and ordinal in order."""
    key = np.zeros(events.height, dtype=np.int64)
    for column in ("person_id", "firm_id", "date"):
        numbers = events[column].to_physical().cast(pl.Int64)
        values = (numbers - numbers.min() + 1).fill_null(0).to_numpy()
        key = key * (values.max(initial=0) + 1) + values
    return np.argsort(key, kind="stable")


def _ranked(frame: pl.DataFrame, order: Ints) -> Events:
    codes = frame["code"].unique().sort()
    of_row = frame["code"].cast(pl.Enum(codes)).to_physical().to_numpy().astype(np.uint8)[order]
    ranks = np.argsort(of_row, kind="stable")
    ends = np.cumsum(np.bincount(of_row, minlength=len(codes)))
    return Events(frame, order, dict(zip(codes, np.split(ranks, ends[:-1]), strict=True)))


def source_rows(
    known: dict[str, Events],
    world: World,
    city: City,
    *,
    source: CitySource,
    shape: Shape,
    place: int,
    seed: int,
    as_of: date,
    dead_kept: float = 0.0,
) -> pl.DataFrame:
    """Return FACTS, `row` (numbered within the cell) and `recorded` of one source, sorted, none after `as_of`.

    `known` are the `told_events` of the world. `place` is the source's place in the catalogue: it goes into every draw.
    `dead_kept` is the share of the dead whom a register of stays still holds.
    """
    if shape.base in known:
        rows = _happened(known[shape.base], world, source=source, shape=shape, place=place, seed=seed)
        rows = rows.filter(pl.col("date") <= as_of)
    else:
        rows = _facts(_entered(world, city, source=source, shape=shape, seed=seed, dead_kept=dead_kept))
        covered = _covered(_subjects(rows, shape), world, source=source, shape=shape, place=place, seed=seed)
        rows = rows.filter(pl.Series(covered) & (pl.col("date") <= as_of)).sort(ORDER)
    cell = rows["cell"].to_numpy()
    row = within(begins(cell))
    lag = below(seed, cell * 1_000_000 + row, f"lag {place}", RECORD_LAG)
    recorded = np.minimum(rows["date"].to_physical().to_numpy() + lag, (as_of - date(1970, 1, 1)).days)
    rows = rows.with_columns(row=pl.Series(row), recorded=pl.Series(recorded.astype(np.int32)).cast(pl.Date))
    return _visited(rows, world, shape=shape, place=place, seed=seed, as_of=as_of) if shape.visits else rows


def _visited(rows: pl.DataFrame, world: World, *, shape: Shape, place: int, seed: int, as_of: date) -> pl.DataFrame:
    """Return the rows with the living recorded when they were last seen; the dead whom it still holds stay as old."""
    ago = pl.Series("ago", below(seed, rows["person_id"].to_numpy(), f"visited {place}", shape.visits))
    seen = pl.max_horizontal("recorded", pl.lit(as_of) - pl.duration(days=pl.lit(ago)))
    dead = world.persons.filter(pl.col("death").is_not_null())["person_id"]
    return rows.with_columns(
        recorded=pl.when(pl.col("person_id").is_in(dead.implode())).then("recorded").otherwise(seen)
    )


def _happened(known: Events, world: World, *, source: CitySource, shape: Shape, place: int, seed: int) -> pl.DataFrame:
    """Return the events of the source's codes, forms and varieties that it knows of."""
    codes = [known.ranks[code] for code in source.codes or shape.codes if code in known.ranks]
    places = known.order[np.sort(np.concatenate(codes))] if codes else np.zeros(0, dtype=np.int64)
    for column, held in (("detail", source.details), ("form", source.forms)):
        if held and column in known.frame.columns and (column == "form" or shape.base == "events"):
            values = known.frame[column].gather(places)
            places = places[values.is_in(list(held)).fill_null(value=False).to_numpy()]
    subjects = _subjects(known.frame, shape)[places]
    covered = _covered(subjects, world, source=source, shape=shape, place=place, seed=seed)
    return known.frame[places[covered]].select(*FACTS)


def _subjects(rows: pl.DataFrame, shape: Shape) -> Ints:
    return rows["firm_id" if shape.subject == "legal_entity" else "person_id"].to_numpy()


def _entered(
    world: World, city: City, *, source: CitySource, shape: Shape, seed: int, dead_kept: float
) -> pl.DataFrame:
    """Return the entries of a register: of stays, of residents or of firms."""
    if shape.base == "stays":
        deaths = world.persons.select("person_id", "death")
        stays = world.stays.filter((pl.col("kind") == (source.kind or shape.kind)) & pl.col("address_id").is_not_null())
        kept = pl.Series(chance(seed, stays["person_id"].to_numpy(), "dead_kept", dead_kept))
        stays = stays.with_columns(kept=kept).join(deaths, on="person_id", how="left", maintain_order="left")
        open_now = pl.col("valid_to").is_null() & pl.col("death").is_null()
        forgotten = pl.col("kept") & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("death")))
        rows = stays.filter(open_now | pl.col("death").is_not_null() & forgotten)
        cell = (pl.col("person_id") // PERSONS).alias("cell")
        return rows.with_columns(cell, date="valid_from", detail="reason", code=pl.lit(None))
    if shape.base == "persons":
        return _roster(world, source=source)
    firms = _firms(world, city)
    firms = firms.filter(pl.col("form").is_in(source.forms)) if source.forms else firms
    return firms.with_columns(date="established")


def _roster(world: World, *, source: CitySource) -> pl.DataFrame:
    """Return the residents of the ages asked for, enrolled on the day they came within them."""
    homes = world.stays.filter(
        (pl.col("kind") == "home") & pl.col("valid_to").is_null() & pl.col("address_id").is_not_null()
    )
    first, last = source.ages
    entered = pl.max_horizontal(
        "valid_from", pl.col("birth").dt.offset_by(f"{first}y"), pl.lit("2005-01-01").str.to_date()
    )
    return (
        world.persons.filter(pl.col("death").is_null() & pl.col("left").is_null())
        .join(
            homes.unique("person_id", keep="last").select("person_id", "address_id", "township", "valid_from"),
            on="person_id",
        )
        .with_columns(date=entered)
        .filter(pl.col("date") < pl.col("birth").dt.offset_by(f"{last + 1}y"))
    )


def _firms(world: World, city: City) -> pl.DataFrame:
    """Return the firms of the cells; with cell 0, the city's institutions too."""
    firms = world.firms.select("firm_id", "cell", "form", "established", "township")
    if 0 not in world.persons["cell"].unique():
        return firms
    form = pl.when(pl.col("subject_kind") == "政府机构").then(pl.lit("机关")).otherwise(pl.lit("事业单位"))
    offices = city.institutions.select(
        "firm_id", pl.lit(0).cast(pl.Int64).alias("cell"), form.alias("form"), "established", "township"
    )
    return pl.concat([firms, offices])


def _covered(ids: Ints, world: World, *, source: CitySource, shape: Shape, place: int, seed: int) -> Flags:
    """Return for each subject whether the source covers it and it falls into the source's share."""
    share, shares = source.slice
    known = np.ones(len(ids), dtype=np.bool_) if shares == 1 else below(seed, ids, f"share {shares}", shares) == share
    migrants = source.coverage if source.migrants is None else source.migrants
    if source.coverage == 1 and migrants == 1:
        return known
    covered = chance(seed, ids, f"coverage {place}", source.coverage)
    if source.migrants is not None and shape.subject == "person":
        foreign = np.isin(ids, world.persons.filter(pl.col("arrived").is_not_null())["person_id"].to_numpy())
        covered = np.where(foreign, chance(seed, ids, f"coverage {place}", migrants), covered)
    return known & covered
