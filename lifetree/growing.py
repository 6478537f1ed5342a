"""From rows to what happened to entities, in the one form that runners know (see `lifetree.steps`)."""

from __future__ import annotations

import polars as pl

from engine.tables import RECORD_KEY
from trees.census import attach_spells, group_spells
from trees.events import EventType, attach_events, group_events
from trees.relations import RelationType, attach_relations, group_relations

Frames = dict[str, pl.DataFrame]


def own(record_entity: pl.DataFrame, *, subject: str) -> Frames:
    """Return the entity of each resolved mention of one subject, in the form that all subjects share."""
    return {
        "owners": record_entity.drop_nulls("entity_id").select(
            pl.lit(subject).alias("subject"), *RECORD_KEY, "entity_id"
        )
    }


def witness(told: pl.DataFrame, owners: pl.DataFrame, *, subject: str) -> Frames:
    """Return what one bucket of rows tells of events, with the entities that they happened to."""
    return {"heard": attach_events(told, owners, subject=subject)}


def happen(heard: pl.DataFrame, *, types: dict[str, EventType]) -> Frames:
    """Return the events of whole entities, and their witnesses."""
    return group_events(heard, types=types)._asdict()


def tie(told: pl.DataFrame, owners: pl.DataFrame, *, types: dict[str, RelationType]) -> Frames:
    """Return what one bucket of rows tells of ties, with the entities at both ends."""
    return {"ties": attach_relations(told, owners, types=types)}


def relate(ties: pl.DataFrame) -> Frames:
    """Return the relations that go out from whole entities."""
    return {"relations": group_relations(ties)}


def stay(told: pl.DataFrame, owners: pl.DataFrame, *, subject: str) -> Frames:
    """Return what one bucket of rows tells of residence, with the entities that lived there."""
    return {"stays": attach_spells(told, owners, subject=subject)}


def dwell(stays: pl.DataFrame) -> Frames:
    """Return the spells of whole entities."""
    return {"spells": group_spells(stays)}
