"""The view `rows`: records of an entity that its source holds several times, or after its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from engine.settings import Project, Source, Subject
from trees.dates import day
from trees.rules.facts import days, ended, yes
from trees.rules.shared import described

_KEPT = ("source", "record_id", "role", "entity_id", "recorded_at", "delivered_at")


class Registers(NamedTuple):
    """Which sources hold each subject once, and which of those are the register of hukou."""

    registers: tuple[str, ...]
    hukou: tuple[str, ...]


def registers(sources: Sequence[Source]) -> Registers:
    """Return what the mappings say of the sources: one that tells of no event holds each subject once."""
    once = tuple(one.name for one in sources if not one.events)
    first = [one.name for one in sources if any(spell.kind == "hukou" and spell.rank == 1 for spell in one.spells)]
    return Registers(once, tuple(name for name in first if name in once))


def principals(project: Project) -> dict[str, dict[str, str]]:
    """Return by subject the role that the one has whom a source's rows are about: its first mention's."""
    found: dict[str, dict[str, str]] = {name: {} for name in project.subjects}
    for source in project.sources:
        found[source.mentions[0].subject][source.name] = source.mentions[0].role
    return found


def rows_view(
    placed: pl.DataFrame,
    facts: pl.DataFrame,
    *,
    name: str,
    subject: Subject,
    held_once: Registers,
    principal: dict[str, str],
) -> pl.DataFrame:
    """Return the view `rows` of whole entities: of those alone whom the source's rows are about."""
    once = pl.col("source").is_in(held_once.registers)
    own = pl.col("role") == pl.col("source").replace_strict(principal, default=None, return_dtype=pl.String)
    keyed = placed.select(
        *_KEPT,
        _register=once,
        nameless=yes(_nameless(subject)),
        key=pl.when(own).then(pl.when(once).then("record_id").otherwise("business_key")),
    )
    held = ["entity_id", "source", "role"]
    counted = keyed.select(*held, "key").drop_nulls().unique().group_by(held).agg(keys=pl.len())
    over = facts.select("entity_id", "own_records", ended=ended())
    told = keyed.join(counted.filter(pl.col("keys") > 1), on=held, how="left").join(over, on="entity_id", how="left")
    hukou = pl.col("source").is_in(held_once.hukou)
    several = pl.col("keys").is_not_null() & pl.col("key").is_not_null()
    after = hukou & pl.col("key").is_not_null() & pl.col("ended").is_not_null()
    whole = pl.col("_register") | (pl.col("own_records") == 0)
    rows = told.filter(several | after | (pl.col("own_records") == 0))
    last = rows.sort("recorded_at", "key", descending=[True, False], nulls_last=True)
    kept = last.group_by(held, maintain_order=True).agg(kept_key=pl.col("key").first())
    return rows.join(kept, on=held).select(
        pl.lit(name).alias("subject"), "source", "record_id", "role", "entity_id", "recorded_at", "delivered_at",
        "nameless", about=pl.when(whole).then(pl.lit("record_id")).otherwise(pl.lit("business_key")),
        register=yes(pl.col("_register")), tells=pl.when(hukou).then(pl.lit("hukou")),
        key="key", keys=pl.col("keys").fill_null(1).cast(pl.String), kept_key="kept_key",
        own_records=pl.col("own_records").cast(pl.String),
        ended=pl.col("ended").dt.to_string("%Y-%m-%d"),
        days_after_end=days(day(pl.col("delivered_at")), pl.col("ended")),
    )  # fmt: skip


def _nameless(subject: Subject) -> pl.Expr:
    """Return whether a record tells neither what its subject is called nor any identifier of it."""
    called = described(subject).called
    telling = [] if called is None else [called, *(one.attribute for one in subject.identifiers)]
    return pl.all_horizontal(pl.lit(value=bool(telling)), *(pl.col(one).is_null() for one in telling))
