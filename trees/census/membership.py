"""Who belongs to a count: the predicates HUKOU and CZ_CENSUS over places, deaths and signs of life."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from engine.settings import Count
from trees.census.places import places, same_township

LISTED = 0.5
"""An entity is on the list of a count from this probability on."""

DEAD, MOVED, OTHER = "dead", "moved_out", "other_definition"


def membership(
    spells: pl.DataFrame, vitals: pl.DataFrame, entities: pl.DataFrame, *, count: Count, predicate: str
) -> pl.DataFrame:
    """Return per entity the township `place` in which it counts, its `probability`, and why it does not count.

    `reason` is null for one that is on the list: else dead; moved_out (lives or is registered elsewhere now, or has
    shown no sign of life); other_definition (everything else: not yet born, away for a shorter time, known by other
    facts than this count asks for). The rule decides the township first, the area then takes or leaves it: nobody
    counts twice.
    """
    located = (
        entities.select("entity_id")
        .join(places(spells, as_of=count.as_of), on="entity_id", how="left")
        .join(vitals, on="entity_id", how="left")
    )
    ruled = _by_hukou(located, spells, count) if predicate == "hukou" else _by_census(located, count)
    alive = pl.col("died").is_null()
    born = (pl.col("born") <= count.as_of).fill_null(value=True)
    counts = alive & born & in_area(pl.col("place"), count.area)
    listed = counts & (pl.col("probability") >= LISTED)
    reason = (
        pl.when(~alive).then(pl.lit(DEAD)).when(~born).then(pl.lit(OTHER)).when(~listed).then("gone").otherwise(None)
    )
    return (
        ruled.with_columns(
            place=pl.when(counts).then("place"),
            probability=pl.when(counts).then("probability").otherwise(0.0),
            reason=reason,
        )
        .select("entity_id", "place", "probability", "reason")
        .sort("entity_id")
    )


def in_area(place: pl.Expr, area: Sequence[str]) -> pl.Expr:
    """Return whether a code of place lies in one of the divisions; everywhere when there is none; null never does."""
    inside = [place.str.starts_with(code) for code in area] or [place.is_not_null()]
    return pl.any_horizontal(inside).fill_null(value=False)


def _by_hukou(located: pl.DataFrame, spells: pl.DataFrame, count: Count) -> pl.DataFrame:
    """A hukou spell covers the day, wherever the person is (HUKOU).

    What a single register copied is no hukou yet: the person's records there may be miswritten.
    """
    once = spells.filter((pl.col("kind") == "hukou") & (pl.col("rank") == 1) & in_area(pl.col("place"), count.area))
    was_here = pl.col("entity_id").is_in(once["entity_id"].implode())
    return located.with_columns(
        place=pl.when("attested").then("hukou"),
        probability=pl.lit(1.0),
        gone=pl.when(was_here).then(pl.lit(MOVED)).otherwise(pl.lit(OTHER)),
    )


def _by_census(located: pl.DataFrame, count: Count) -> pl.DataFrame:
    """Usual residence as the census asks for it (CZ_CENSUS).

    (a) one who lives where the hukou is, or has none, counts there; (b) one who lives elsewhere counts there when the
    township of the hukou was left half a year ago or more: the clock runs from leaving it, not from arriving; (c) else,
    or abroad, one counts at the hukou. One known by hukou alone counts there. Whoever is not abroad must have shown a
    sign of life in the last `active_months`; beginning or recording a residence is one. Of who counts here by the hukou
    as well, an uncertain home leaves nothing uncertain.
    """
    half_a_year_ago = pl.lit(count.as_of).dt.offset_by("-6mo")
    window = pl.lit(count.as_of).dt.offset_by(f"-{count.active_months}mo")
    abroad = (pl.col("basis") == "abroad").fill_null(value=False)
    at_home = same_township(pl.col("home"), pl.col("hukou"))
    left = (pl.col("away_since") <= half_a_year_ago).fill_null(value=True)
    active = (pl.max_horizontal("last_sign", "seen") > window).fill_null(value=False) | abroad
    place = (
        pl.when(~active).then(None)
        .when(pl.col("home").is_null() | abroad).then("hukou")
        .when(pl.col("hukou").is_null()).then("home")
        .when(at_home).then(pl.max_horizontal("home", "hukou"))
        .when(left).then("home")
        .otherwise("hukou")
    )  # fmt: skip
    outside = pl.col("home").is_not_null() & ~in_area(pl.col("home"), count.area)
    sure = {"inferred": count.certain_inferred, "lapsed": count.certain_lapsed}
    certain = pl.col("basis").replace_strict(sure, default=1.0, return_dtype=pl.Float64)
    return located.with_columns(
        place=place,
        probability=pl.when(in_area(pl.col("hukou"), count.area)).then(1.0).otherwise(certain),
        gone=pl.when(outside | ~active).then(pl.lit(MOVED)).otherwise(pl.lit(OTHER)),
    )
