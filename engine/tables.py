"""The schema and primary key of every table that crosses a room.

A table of a subject has that subject's attributes as further `String` columns where `attributes` is true. Weights are
fixed-point integers of 1e-9 bit, times are ISO 8601 texts, missing is null.
"""

from __future__ import annotations

import polars as pl

from engine.record_tables import ACCOUNTS, BATCHES, FINDINGS, RECORDS, REJECTS, ROWS
from engine.registry_tables import LEDGER, RECORD_HISTORY, REDIRECTS
from engine.schema import PAIR_KEY, RECORD_KEY, WEIGHT_SCALE, Table
from engine.tree_tables import EVENTS, RELATIONS, SPELLS, TOLD_EVENTS, TOLD_RELATIONS, TOLD_SPELLS, WITNESSES

__all__ = [
    "ACCOUNTS", "ATTRIBUTE_VALUES", "BATCHES", "BLOCK_KEYS", "CANDIDATES", "CLUSTERS", "CONFLICTS", "ENTITIES",
    "EVENTS", "FINDINGS", "GENERIC_VALUES", "JUDGEMENT_CONFLICTS", "LEDGER", "LINKS", "MASS_VALUES", "PAIRS",
    "PAIR_KEY", "PARTITION_DRAWS", "PROFILES", "RECORDS", "RECORD_ENTITY", "RECORD_HISTORY", "RECORD_INDEX",
    "RECORD_KEY", "RECORD_SIGNATURE", "REDIRECTS", "REJECTS", "RELATIONS", "REVIEW", "ROWS", "SIGNATURES", "SPELLS",
    "TABLES", "THRESHOLDS", "TOLD_EVENTS", "TOLD_RELATIONS", "TOLD_SPELLS", "WEIGHT_SCALE", "WITNESSES", "Table",
]  # fmt: skip

MASS_VALUES = Table(
    "mass_values",
    {
        "attribute": pl.String,
        "kind": pl.String,
        "value": pl.String,
        "signatures": pl.Int64,
        "names": pl.Int64,
        "births": pl.Int64,
        "rule": pl.String,
        "limit": pl.Float64,
        "action": pl.String,
    },
    ("attribute", "value", "rule"),
)
"""A value that more signatures bear than one subject can have, in the form that is matched.

`names` and `births` are the distinct names and dates of birth (founding) beside it; `limit` is what a test of `rule`
holds them against. With the `action` null it takes no part in matching; profiles keep it."""

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
        "finer": pl.List(pl.Int64),
    },
    ("blocking_rule", "block_key", "signature_id"),
)
"""One key of one signature under one blocking rule (its place in the project's list); signatures that share a
`block_key` become pairs. `only_source` is null when records of several sources share the signature; `united` is
what identifiers unite it with, null where they unite it with nothing. `finer` are the keys that take the place of
`block_key` in turn where the block is too large, null without any and null items from the first missing value on."""

GENERIC_VALUES = Table(
    "generic_values",
    {"blocking_rule": pl.String, "value": pl.String, "signatures": pl.Int64, "pairs": pl.Int64},
    ("blocking_rule", "value"),
)
"""A value too common to tell anything: so many `pairs` are not compared or linked on its account.

`blocking_rule` is the rule whose `max_block` the block exceeds, or `identifier` and the attribute that holds the value:
too many signatures bear it to be one subject's."""

THRESHOLDS = Table(
    "thresholds",
    {"threshold": pl.Float64, "links": pl.Int64, "false_links": pl.Float64, "records": pl.Int64},
    ("threshold",),
)
"""The threshold in bits that `model.false_links` sets, one row: the pairs at or above it, and how many of them the
model expects to be false."""

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
"""A pair for a person to decide. `reason`: model (between the review threshold and the link threshold), bridge (a link
that was cut), ambiguous (a link of what could equally join two clusters), constraint (the heaviest link between two
clusters that identifiers, judgements or the size limit keep apart), or the name of a caution that fits."""

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

JUDGEMENT_CONFLICTS = Table(
    "judgement_conflicts",
    {
        "dispute": pl.String,
        "judgement_id": pl.String,
        "source_l": pl.String,
        "record_l": pl.String,
        "role_l": pl.String,
        "source_r": pl.String,
        "record_r": pl.String,
        "role_r": pl.String,
        "judgement": pl.String,
        "decided_by": pl.String,
        "decided_at": pl.String,
        "reason": pl.String,
        "subject": pl.String,
    },
    ("subject", "dispute", "judgement_id"),
)
"""A judgement that cannot hold together with others and has no force until people settle it.

`dispute` is the id of the `different` among them, the rest are the `same` that contradict it. `judgement_id` is the
number of a decision, with the place of the pair where it has several, or the file and line of the project's file."""

CLUSTERS = Table(
    "clusters",
    {"signature_id": pl.Int64, "cluster_id": pl.Int64, "state": pl.String},
    ("signature_id",),
)
"""The cluster of each signature in this run; `cluster_id` is its smallest signature. `state`: whole, or refined when a
constraint, the size limit or a weak bridge split the component that it came from; ambiguous when it could equally join
two clusters that must stay apart (`review` names both); unresolved when no signature can found an entity."""

PARTITION_DRAWS = Table(
    "partition_draws",
    {"draw": pl.Int32, "signature_id": pl.Int64, "cluster_id": pl.Int64},
    ("draw", "signature_id"),
)
"""The cluster of a signature in a draw of the uncertain pairs, where it is not the one that CLUSTERS tells."""

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

RECORD_INDEX = Table("record_index", dict(RECORD_ENTITY.columns), RECORD_KEY)
"""`record_entity` again, laid down by record instead of by entity: where a look-up of one record begins."""

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
        ROWS, RECORDS, FINDINGS, REJECTS, ACCOUNTS, BATCHES, SIGNATURES, RECORD_SIGNATURE, MASS_VALUES, BLOCK_KEYS,
        GENERIC_VALUES, CANDIDATES, PAIRS, THRESHOLDS, LINKS, REVIEW, CONFLICTS, JUDGEMENT_CONFLICTS, CLUSTERS,
        PARTITION_DRAWS, ENTITIES, RECORD_ENTITY, RECORD_INDEX, RECORD_HISTORY, LEDGER, REDIRECTS, PROFILES,
        ATTRIBUTE_VALUES,
        TOLD_EVENTS, TOLD_RELATIONS, TOLD_SPELLS, WITNESSES, EVENTS, RELATIONS, SPELLS,
    )
}  # fmt: skip
