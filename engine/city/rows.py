"""The rows that a source tells: which facts of the world it knows, one row each, before anything is written down."""

from __future__ import annotations

import polars as pl

from engine.city.settings import CitySource, Shape
from engine.city.tables import City, World
from engine.city.world.draws import below, chance

FACTS = {
    "cell": pl.Int64, "person_id": pl.Int64, "firm_id": pl.Int64, "other_id": pl.Int64, "other_firm_id": pl.Int64,
    "address_id": pl.Int64, "date": pl.Date, "until": pl.Date, "code": pl.String, "amount": pl.Int64,
    "number": pl.String, "detail": pl.String, "township": pl.String, "ordinal": pl.Int32,
}  # fmt: skip
"""The columns of every source's rows."""

RECORD_LAG = 20
"""A fact is recorded 0 to 19 days after it happened."""


def source_rows(
    world: World,
    city: City,
    *,
    source: CitySource,
    shape: Shape,
    place: int,
    seed: int,
    as_of: pl.Expr,
    dead_kept: float = 0.0,
) -> pl.DataFrame:
    """Return FACTS, `row` (numbered within the cell) and `recorded` of one source, sorted, none after `as_of`.

    `place` is the source's place in the catalogue: it goes into every draw. `dead_kept` is the share of the dead whom a
    register of stays still holds.
    """
    rows = _told(world, city, source=source, shape=shape, seed=seed, dead_kept=dead_kept)
    rows = rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in FACTS.items()
    )
    rows = _known(rows, world, source=source, shape=shape, place=place, seed=seed)
    rows = rows.filter(pl.col("date") <= as_of).sort(
        "cell", "person_id", "firm_id", "date", "code", "ordinal", "other_id", "address_id"
    )
    rows = rows.with_columns(row=pl.int_range(pl.len()).over("cell"))
    lag = below(seed, (rows["cell"] * 1_000_000 + rows["row"]).to_numpy(), f"lag {place}", RECORD_LAG)
    recorded = pl.min_horizontal(pl.col("date") + pl.duration(days=pl.lit(pl.Series("lag", lag))), as_of)
    return rows.with_columns(recorded=recorded)


def _told(world: World, city: City, *, source: CitySource, shape: Shape, seed: int, dead_kept: float) -> pl.DataFrame:
    cell_of_person = (pl.col("person_id") // 1_000).alias("cell")
    codes = source.codes or shape.codes
    if shape.base == "events":
        rows = world.events.filter(pl.col("code").is_in(codes)).with_columns(cell_of_person)
        return rows.filter(pl.col("detail").is_in(source.details)) if source.details else rows
    if shape.base == "stays":
        deaths = world.persons.select("person_id", "death")
        stays = world.stays.filter((pl.col("kind") == (source.kind or shape.kind)) & pl.col("address_id").is_not_null())
        kept = pl.Series(chance(seed, stays["person_id"].to_numpy(), "dead_kept", dead_kept))
        stays = stays.with_columns(kept=kept).join(deaths, on="person_id", how="left", maintain_order="left")
        open_now = pl.col("valid_to").is_null() & pl.col("death").is_null()
        forgotten = pl.col("kept") & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("death")))
        rows = stays.filter(open_now | pl.col("death").is_not_null() & forgotten)
        return rows.with_columns(cell_of_person, date="valid_from", detail="reason", code=pl.lit(None))
    if shape.base == "persons":
        return _roster(world, source=source)
    firms = _firms(world, city)
    firms = firms.filter(pl.col("form").is_in(source.forms)) if source.forms else firms
    if shape.base == "firms":
        return firms.with_columns(date="established")
    events = world.firm_events.filter(pl.col("code").is_in(codes))
    return events.join(firms.select("firm_id", "cell"), on="firm_id").with_columns(
        other_id=pl.lit(None, pl.Int64), person_id=pl.lit(None, pl.Int64)
    )


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


def _known(
    rows: pl.DataFrame, world: World, *, source: CitySource, shape: Shape, place: int, seed: int
) -> pl.DataFrame:
    """Return the rows about subjects that the source covers and that fall into its share."""
    key = "firm_id" if shape.subject == "legal_entity" else "person_id"
    ids = rows[key].to_numpy()
    share, shares = source.slice
    if shares > 1:
        rows = rows.filter(pl.Series(below(seed, ids, f"share {shares}", shares) == share))
        ids = rows[key].to_numpy()
    migrants = source.coverage if source.migrants is None else source.migrants
    if source.coverage == 1 and migrants == 1:
        return rows
    covered = chance(seed, ids, f"coverage {place}", source.coverage)
    if source.migrants is not None and key == "person_id":
        came = world.persons.filter(pl.col("arrived").is_not_null())["person_id"]
        foreign = rows[key].is_in(came.implode()).to_numpy()
        covered = (~foreign & covered) | (foreign & chance(seed, ids, f"coverage {place}", migrants))
    return rows.filter(pl.Series(covered))
