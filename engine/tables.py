"""The schema and primary key of every table that crosses a room.

A table of a subject has that subject's attributes as further `String` columns where `attributes` is true. Weights are
fixed-point integers of 1e-9 bit, times are ISO 8601 texts, missing is null.
"""

from __future__ import annotations

import polars as pl

from engine.schema import PAIR_KEY, RECORD_KEY, WEIGHT_SCALE, Table
from engine.tree_tables import EVENTS, RELATIONS, SPELLS, TOLD_EVENTS, TOLD_RELATIONS, TOLD_SPELLS, WITNESSES

__all__ = [
    "ACCOUNTS", "ATTRIBUTE_VALUES", "BLOCK_KEYS", "CANDIDATES", "CLUSTERS", "CONFLICTS", "ENTITIES", "EVENTS",
    "FINDINGS", "GENERIC_VALUES", "LINKS", "PAIRS", "PAIR_KEY", "PROFILES", "RECORDS", "RECORD_ENTITY",
    "RECORD_KEY", "RECORD_SIGNATURE", "REJECTS", "RELATIONS", "REVIEW", "ROWS", "SIGNATURES", "SPELLS", "TABLES",
    "TOLD_EVENTS", "TOLD_RELATIONS", "TOLD_SPELLS", "WEIGHT_SCALE", "WITNESSES", "Table",
]  # fmt: skip

ROWS = Table(
    "rows",
    {
        "source": pl.String,
        "record_id": pl.String,
        "content_hash": pl.String,
        "delivered_at": pl.String,
        "recorded_at": pl.String,
        "file": pl.String,
        "line": pl.Int64,
    },
    ("source", "record_id", "content_hash", "file", "line"),
    unhashed=("file", "line"),
)
"""One delivered row; the columns that the source's mapping reads follow as delivered (`String`)."""

RECORDS = Table(
    "records",
    {
        "source": pl.String,
        "record_id": pl.String,
        "role": pl.String,
        "business_key": pl.String,
        "delivered_at": pl.String,
        "recorded_at": pl.String,
        "raw": pl.String,
    },
    RECORD_KEY,
    attributes=True,
)
"""One mention of a subject: cleansed attributes, and `raw`, a JSON object of the delivered values they came from."""

FINDINGS = Table(
    "findings",
    {
        "subject": pl.String,
        "source": pl.String,
        "record_id": pl.String,
        "role": pl.String,
        "rule": pl.String,
        "field": pl.String,
        "before": pl.String,
        "after": pl.String,
        "action": pl.String,
    },
    ("subject", *RECORD_KEY, "rule", "field"),
)
"""What a cleansing rule did to a field, or said of it; `action` is repair, null or flag."""

REJECTS = Table(
    "rejects",
    {
        "source": pl.String,
        "file": pl.String,
        "line": pl.Int64,
        "record_id": pl.String,
        "rule": pl.String,
        "reason": pl.String,
        "raw": pl.String,
    },
    ("source", "file", "line"),
    unhashed=("file", "line"),
)
"""A delivered row that was quarantined; `raw` is the row as delivered."""

ACCOUNTS = Table(
    "accounts",
    {
        "source": pl.String,
        "rows_in": pl.Int64,
        "kept": pl.Int64,
        "quarantined": pl.Int64,
        "exact_duplicates": pl.Int64,
        "superseded": pl.Int64,
    },
    ("source",),
)
"""The fate of every delivered row: rows_in = kept + quarantined + exact_duplicates + superseded."""

SIGNATURES = Table(
    "signatures",
    {
        "signature_id": pl.Int64,
        "records": pl.Int64,
        "sources": pl.List(pl.String),
        "first_seen": pl.String,
        "last_seen": pl.String,
    },
    ("signature_id",),
    attributes=True,
)
"""A distinct combination of normalised identity attributes, with the records that bear it counted."""

RECORD_SIGNATURE = Table(
    "record_signature",
    {
        "source": pl.String,
        "record_id": pl.String,
        "role": pl.String,
        "recorded_at": pl.String,
        "delivered_at": pl.String,
        "signature_id": pl.Int64,
    },
    RECORD_KEY,
)
"""The signature of each record, with the record's times."""

BLOCK_KEYS = Table(
    "block_keys",
    {
        "blocking_rule": pl.Int16,
        "block_key": pl.Int64,
        "value": pl.String,
        "signature_id": pl.Int64,
        "only_source": pl.String,
        "united": pl.Int64,
    },
    ("blocking_rule", "block_key", "signature_id"),
)
"""One key of one signature under one blocking rule (its place in the project's list); signatures that share a
`block_key` become pairs. `only_source` is null when records of several sources share the signature; `united` is
what identifiers unite it with, null where they unite it with nothing."""

GENERIC_VALUES = Table(
    "generic_values",
    {"blocking_rule": pl.String, "value": pl.String, "signatures": pl.Int64, "pairs": pl.Int64},
    ("blocking_rule", "value"),
)
"""A value too common to tell anything: none of its `pairs` are compared or linked on its account.

`blocking_rule` is the rule whose `max_block` the block exceeds, or `identifier` and the attribute that holds the value:
too many signatures bear it to be one subject's."""

CANDIDATES = Table(
    "candidates",
    {"signature_l": pl.Int64, "signature_r": pl.Int64, "blocking_rule": pl.Int16},
    PAIR_KEY,
)
"""A candidate pair, `signature_l < signature_r`, with the first rule (in the project's order) that proposed it."""

PAIRS = Table(
    "pairs",
    {
        "signature_l": pl.Int64,
        "signature_r": pl.Int64,
        "blocking_rule": pl.Int16,
        "levels": pl.List(pl.Int8),
        "match_weight": pl.Int64,
    },
    PAIR_KEY,
)
"""A compared pair: one level per comparison in the project's order (-1 null, 0 else, rising to exact), its weight."""

LINKS = Table(
    "links",
    {"signature_l": pl.Int64, "signature_r": pl.Int64, "match_weight": pl.Int64, "reason": pl.String},
    PAIR_KEY,
)
"""An accepted pair; `reason` is judgement, identifier or model."""

REVIEW = Table("review", dict(LINKS.columns), PAIR_KEY)
"""A pair between the review threshold and the link threshold, for a person to decide."""

CONFLICTS = Table(
    "conflicts",
    {
        "signature_l": pl.Int64,
        "signature_r": pl.Int64,
        "reason": pl.String,
        "attribute": pl.String,
        "value": pl.String,
    },
    (*PAIR_KEY, "reason", "attribute"),
)
"""Two signatures that must not share a cluster, or that share an identifier but contradict each other.

`reason`: judgement (a person said so), contradiction (one identifier, two incompatible persons)."""

CLUSTERS = Table(
    "clusters",
    {"signature_id": pl.Int64, "cluster_id": pl.Int64, "state": pl.String},
    ("signature_id",),
)
"""The cluster of each signature in this run; `cluster_id` is its smallest signature. `state`: whole, or refined when a
constraint or the size limit split the component that it came from; unresolved when no signature can found an entity."""

ENTITIES = Table(
    "entities",
    {
        "entity_id": pl.String,
        "records": pl.Int64,
        "signatures": pl.Int64,
        "sources": pl.List(pl.String),
        "state": pl.String,
        "founding_source": pl.String,
        "founding_record": pl.String,
        "founding_role": pl.String,
    },
    ("entity_id",),
)

RECORD_ENTITY = Table(
    "record_entity",
    {
        "source": pl.String,
        "record_id": pl.String,
        "role": pl.String,
        "signature_id": pl.Int64,
        "entity_id": pl.String,
    },
    RECORD_KEY,
)
"""The entity of each record; null where the record is unresolved: it joins no entity and cannot found one."""

PROFILES = Table(
    "profiles",
    {
        "entity_id": pl.String,
        "attribute": pl.String,
        "value": pl.String,
        "rule": pl.String,
        "source": pl.String,
        "record_id": pl.String,
        "role": pl.String,
        "records": pl.Int64,
        "sources": pl.Int64,
        "alternatives": pl.Int64,
    },
    ("entity_id", "attribute"),
)
"""The surviving value of an attribute, the survivorship `rule` that chose it and one record that bears it."""

ATTRIBUTE_VALUES = Table(
    "attribute_values",
    {
        "entity_id": pl.String,
        "attribute": pl.String,
        "value": pl.String,
        "records": pl.Int64,
        "sources": pl.List(pl.String),
        "first_seen": pl.String,
        "last_seen": pl.String,
        "survives": pl.Boolean,
    },
    ("entity_id", "attribute", "value"),
)
"""Every value that a record of the entity bears, losers included."""

TABLES = {
    table.name: table
    for table in (
        ROWS, RECORDS, FINDINGS, REJECTS, ACCOUNTS, SIGNATURES, RECORD_SIGNATURE, BLOCK_KEYS, GENERIC_VALUES,
        CANDIDATES, PAIRS, LINKS, REVIEW, CONFLICTS, CLUSTERS, ENTITIES, RECORD_ENTITY, PROFILES, ATTRIBUTE_VALUES,
        TOLD_EVENTS, TOLD_RELATIONS, TOLD_SPELLS, WITNESSES, EVENTS, RELATIONS, SPELLS,
    )
}  # fmt: skip
