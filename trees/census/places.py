"""Where everyone is registered and lives as of a day, and since when they have been away."""

from __future__ import annotations

from datetime import date

import polars as pl

from trees.census.spells import HOLDS_DAYS, SIGNS

TOWNSHIP_DIGITS = 9
"""A code of division: 6 digits for the county, 3 for the township, 3 for the community below it."""


def township(expr: pl.Expr) -> pl.Expr:
    """Return the code of the township that a code of place lies in; a county's code stays as it is."""
    return expr.str.head(TOWNSHIP_DIGITS)


def same_township(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """Return whether two townships may be one: equal, or one code is the county of the other.

    >>> frame = pl.DataFrame({"l": ["390101001", "390101", "390101001"], "r": ["390101001", "390101002", "390102001"]})
    >>> frame.select(same_township(pl.col("l"), pl.col("r")))["l"].to_list()
    [True, True, False]
    """
    return left.str.starts_with(right) | right.str.starts_with(left)


def places(spells: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Return per entity its `hukou` and `home` townships on the day, the `basis` of the home, `away_since` and `seen`.

    `attested` tells whether the hukou that holds stands in a register of rank 1, or else in two that copied it.
    `home` is where the entity lives by its own word or by observation, and `basis` the kind of the spell that told;
    where none holds on the day it is the last one known, `basis` lapsed, unless the hukou was moved since. Null where
    nothing but the hukou is known. `away_since` is the day on which it left the township of the hukou: the begin of the
    homes elsewhere that follow one another with gaps below half a year, after the last home there; null when at home,
    or away since an unknown day. A gap is one that an end was told of: mere silence does not bring one back. `seen` is
    the last day on which a spell of residence was begun or recorded. Entities that have no spell of before the day have
    no row.
    """
    known = spells.with_columns(
        pl.col("valid_from", "valid_to").str.to_date("%Y-%m-%d"),
        place=township(pl.col("place")),
        recorded_at=pl.col("recorded_at").str.head(10).str.to_date("%Y-%m-%d", strict=False),
    ).filter(pl.col("valid_from").is_null() | (pl.col("valid_from") <= as_of))
    hukou = _authoritative(known.filter(pl.col("kind") == "hukou"))
    registered = _held(hukou, as_of)
    lived = known.filter(~pl.col("kind").is_in(["hukou", "abroad"]))
    gone = _gone(known.filter(pl.col("kind") == "abroad"), lived, as_of)
    held = _held(pl.concat([lived, gone]), as_of).select("entity_id", home="place", basis="kind", _since="valid_from")
    lapsed = _lapsed(lived.join(held, on="entity_id", how="anti"), hukou, as_of)
    found = (
        known.select("entity_id")
        .unique()
        .join(registered.select("entity_id", hukou="place"), on="entity_id", how="left")
        .join(_attested(registered), on="entity_id", how="left")
        .join(pl.concat([held, lapsed]), on="entity_id", how="left")
        .join(_seen(lived, as_of), on="entity_id", how="left")
    )
    return found.join(_away(lived, found, as_of), on="entity_id", how="left").drop("_since").sort("entity_id")


def _authoritative(hukou: pl.DataFrame) -> pl.DataFrame:
    """Return the spells of the smallest rank that tells of an entity: who copied them revives none that it ended."""
    return hukou.filter(pl.col("rank") == pl.col("rank").min().over("entity_id"))


def _attested(registered: pl.DataFrame) -> pl.DataFrame:
    several = pl.col("sources").list.n_unique() > 1
    return registered.select("entity_id", attested=(pl.col("rank") == 1) | several)


def _seen(lived: pl.DataFrame, as_of: date) -> pl.DataFrame:
    told = pl.max_horizontal("valid_from", pl.when(pl.col("recorded_at") <= as_of).then("recorded_at"))
    return lived.group_by("entity_id").agg(seen=told.max())


def _gone(abroad: pl.DataFrame, lived: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return the stays abroad that have lasted half a year, of those who were not seen at home a month in or later."""
    begun = pl.coalesce("valid_from", "recorded_at")
    long = abroad.filter(begun <= pl.lit(as_of).dt.offset_by(f"-{HOLDS_DAYS}d"))
    seen = long.join(_seen(lived, as_of), on="entity_id", how="left")
    back = pl.col("seen") > begun.dt.offset_by("1mo")
    return seen.filter(~back.fill_null(value=False)).drop("seen")


def _held(spells: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return the one spell of each entity that holds on the day.

    Of several: the smallest rank, what is told before what is inferred, of what is inferred that with most witnesses,
    the latest begin (the last record where it is not known), most witnesses, the smallest place. A spell is over even
    if nobody said so when another of no greater rank began later, even if that one ended since; a sign that has faded
    and a journey abroad end none.
    """
    dated = spells.with_columns(
        _started=pl.coalesce("valid_from", "recorded_at"), _inferred=pl.col("kind") == "inferred"
    )
    over = dated.filter((pl.col("valid_to") <= as_of) & ~pl.col("kind").is_in([*SIGNS, "abroad"])).drop_nulls(
        "valid_from"
    )
    held = dated.filter(pl.col("valid_to").is_null() | (pl.col("valid_to") > as_of))
    later = (
        held.select("spell_id", "entity_id", "rank", "_started")
        .join(over.select("entity_id", _rank="rank", _later="valid_from"), on="entity_id")
        .filter((pl.col("_rank") <= pl.col("rank")) & (pl.col("_later") > pl.col("_started")))
    )
    return (
        held.join(later, on="spell_id", how="anti")
        .sort(
            "entity_id",
            "rank",
            "_inferred",
            pl.when("_inferred").then("witnesses"),
            "_started",
            "witnesses",
            "place",
            "spell_id",
            descending=[False, False, False, True, True, True, False, False],
            nulls_last=True,
        )
        .unique("entity_id", keep="first", maintain_order=True)
    )


def _lapsed(lived: pl.DataFrame, hukou: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return the last home of those whose homes are all over, but not of those whose hukou moved or ended after it."""
    moved = pl.max_horizontal("valid_from", pl.when(pl.col("valid_to") <= as_of).then("valid_to")).max()
    last = (
        lived.filter(pl.col("valid_to") <= as_of)
        .sort("entity_id", "valid_to", "valid_from", "place", descending=[False, True, True, False], nulls_last=True)
        .unique("entity_id", keep="first", maintain_order=True)
        .join(hukou.group_by("entity_id").agg(_moved=moved), on="entity_id", how="left")
    )
    stayed = pl.col("_moved").is_null() | (pl.col("_moved") < pl.col("valid_to"))
    return last.filter(stayed).select("entity_id", home="place", basis=pl.lit("lapsed"), _since="valid_from")


def _away(lived: pl.DataFrame, found: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return `away_since` of the entities whose home is known to lie outside the township of their hukou."""
    elsewhere = found.drop_nulls(["hukou", "home"]).filter(~same_township(pl.col("hukou"), pl.col("home")))
    spells = lived.join(elsewhere.select("entity_id", "hukou", "_since"), on="entity_id").with_columns(
        _back=same_township(pl.col("place"), pl.col("hukou"))
    )
    faded = pl.col("kind").is_in(SIGNS)
    until = pl.when(faded).then(pl.col("valid_to").dt.offset_by(f"-{HOLDS_DAYS}d")).otherwise("valid_to")
    back = spells.filter("_back").group_by("entity_id").agg(_back_until=pl.coalesce(until, "valid_from").max())
    back = back.filter(pl.col("_back_until") <= as_of)  # a permit that runs on says nothing about a day to come
    told = pl.when(~faded).then("valid_to")
    reach = told.fill_null(date.max).cum_max().shift(1).over("entity_id")
    runs = (
        spells.filter(~pl.col("_back"))
        .join(back, on="entity_id", how="left")
        .filter((pl.col("valid_to") > pl.col("_back_until")).fill_null(value=True))
        .sort("entity_id", "valid_from", "spell_id", nulls_last=False)
        .with_columns(_gap=(pl.col("valid_from") - reach).dt.total_days())
        .with_columns(
            _run=(pl.col("_gap") > HOLDS_DAYS).fill_null(value=False).cast(pl.Int64).cum_sum().over("entity_id")
        )
    )
    current = runs.filter(pl.col("valid_from").eq_missing(pl.col("_since"))).select("entity_id", "_run").unique()
    begun = (
        runs.join(current, on=["entity_id", "_run"])
        .group_by("entity_id")
        .agg(pl.col("valid_from", "_back_until").min(), _unknown=pl.col("valid_from").is_null().any())
    )
    since = pl.when(~pl.col("_unknown")).then(pl.max_horizontal("valid_from", "_back_until"))
    return begun.select("entity_id", away_since=since)
