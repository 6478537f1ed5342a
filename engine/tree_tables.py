"""The tables of life trees: what rows tell, and the events, relations and spells that it becomes."""

from __future__ import annotations

import polars as pl

from engine.schema import RECORD_KEY, Table

TOLD_EVENTS = Table(
    "told_events",
    {
        "witness_id": pl.Int64,
        "event_type": pl.String,
        **dict.fromkeys(RECORD_KEY, pl.String),
        "valid_from": pl.String,
        "valid_to": pl.String,
        "recorded_at": pl.String,
        "place": pl.String,
        "other_subject": pl.String,
        "other_role": pl.String,
        "amount": pl.String,
        "number": pl.String,
        "payload": pl.String,
    },
    ("witness_id",),
)
"""What one row tells of one event. Dates are days, months or years; `payload` is a JSON object of further values."""

TOLD_RELATIONS = Table(
    "told_relations",
    {
        "witness_id": pl.Int64,
        "relation_type": pl.String,
        "source": pl.String,
        "record_id": pl.String,
        "subject_from": pl.String,
        "role_from": pl.String,
        "subject_to": pl.String,
        "role_to": pl.String,
        "valid_from": pl.String,
        "valid_to": pl.String,
        "recorded_at": pl.String,
        "payload": pl.String,
    },
    ("witness_id",),
)
"""What one row tells of one tie between two of its mentions."""

TOLD_SPELLS = Table(
    "told_spells",
    {
        "witness_id": pl.Int64,
        "kind": pl.String,
        "rank": pl.Int64,
        **dict.fromkeys(RECORD_KEY, pl.String),
        "place": pl.String,
        "valid_from": pl.String,
        "valid_to": pl.String,
        "recorded_at": pl.String,
    },
    ("witness_id",),
)
"""What one row tells of where one of its mentions lived or was registered."""

WITNESSES = Table(
    "witnesses",
    {
        "witness_id": pl.Int64,
        "event_id": pl.Int64,
        "entity_id": pl.String,
        **{name: dtype for name, dtype in TOLD_EVENTS.columns.items() if name not in {"witness_id", "other_role"}},
        "other_entity": pl.String,
    },
    ("witness_id",),
)
"""One row's word on one event: `witness_id` is a hash of record, role and event type, and does not change."""

EVENTS = Table(
    "events",
    {
        "event_id": pl.Int64,
        "entity_id": pl.String,
        "event_type": pl.String,
        "valid_from": pl.String,
        "valid_to": pl.String,
        "recorded_at": pl.String,
        "place": pl.String,
        "other_subject": pl.String,
        "other_entity": pl.String,
        "amount": pl.String,
        "number": pl.String,
        "payload": pl.String,
        "sources": pl.List(pl.String),
        "witnesses": pl.Int64,
    },
    ("event_id",),
)
"""Something that happened to an entity, from all its witnesses; `event_id` is the smallest of theirs. It holds from
`valid_from` up to `valid_to`; `recorded_at` is when a department first knew of it."""

RELATIONS = Table(
    "relations",
    {
        "relation_id": pl.Int64,
        "relation_type": pl.String,
        "subject_from": pl.String,
        "entity_from": pl.String,
        "subject_to": pl.String,
        "entity_to": pl.String,
        "valid_from": pl.String,
        "valid_to": pl.String,
        "recorded_at": pl.String,
        "payload": pl.String,
        "sources": pl.List(pl.String),
        "witnesses": pl.Int64,
    },
    ("relation_id",),
)
"""A tie between two entities over time, read from - type - to; one that is open has no `valid_to`."""

SPELLS = Table(
    "spells",
    {
        "spell_id": pl.Int64,
        "entity_id": pl.String,
        "kind": pl.String,
        "place": pl.String,
        "valid_from": pl.String,
        "valid_to": pl.String,
        "recorded_at": pl.String,
        "rank": pl.Int64,
        "sources": pl.List(pl.String),
        "witnesses": pl.Int64,
    },
    ("spell_id",),
)
"""An interval in which an entity lived (kind declared, observed, inferred, abroad) or was registered (hukou) at a
place; no `valid_from`: since an unknown day. `recorded_at` is the last word on it; a smaller `rank` is trusted more."""
