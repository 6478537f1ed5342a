"""The registry of ids: what every record belonged to, what happened to every id, and where retired ids lead.

These tables only ever grow: a run holds the rows of the run before and its own. `since` is the number of the run that
added a row, 1 for the first run of a store; the manifest says which run that was and when.
"""

from __future__ import annotations

import polars as pl

from engine.schema import RECORD_KEY, Table

RECORD_HISTORY = Table(
    "record_history",
    {
        "source": pl.String,
        "record_id": pl.String,
        "role": pl.String,
        "since": pl.Int32,
        "entity_id": pl.String,
        "signature_id": pl.Int64,
        "judged": pl.Boolean,
    },
    (*RECORD_KEY, "since"),
)
"""The entity of a record from run `since` on, until its next row; withdrawn records keep their rows.

A row is added where the entity, the signature or whether a person judged the record changed. `entity_id` is null where
the record is in no entity, `signature_id` too where it is withdrawn."""

LEDGER = Table(
    "ledger",
    {
        "entity_id": pl.String,
        "since": pl.Int32,
        "action": pl.String,
        "other_id": pl.String,
        "cause": pl.List(pl.String),
        "links": pl.List(pl.String),
        "founded_at": pl.String,
    },
    ("entity_id", "since", "action", "other_id"),
)
"""What happened to ids. `action`: create, merge (`other_id` joined it), split (`other_id` parted from it), retire
(`other_id` takes over, null where nothing does), revive (a retired id lives again, parted from `other_id` if from any).

`cause`: added, corrected or withdrawn records, judgement; else calibration or rules, where they changed; else
elsewhere. `links` are pairs of signatures that joined two entities or kept two apart, each `left right reason`, five at
most. `founded_at` is the time of the founding record of what was created."""

REDIRECTS = Table(
    "redirects",
    {"entity_id": pl.String, "since": pl.Int32, "to": pl.String},
    ("entity_id", "since"),
)
"""Where an id leads from run `since` on, until its next row: to the id that took over (which may lead on), to null
where none did, to itself where it was revived."""
