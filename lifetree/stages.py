"""The ordered list of stages: which function makes which tables, and by what key each table is re-bucketed.

Up to `cluster` tables are bucketed by the key that the next stage groups by, after it by entity. Of the settings of a
subject a stage is given what it looks at and nothing else: whoever changes another one finds its checkpoints done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from engine.accounting import account
from engine.hashing import bucket_of, hash64
from engine.runners.tasks import Stage
from engine.settings import Project, Subject
from lifetree import growing, linking, naming, receiving, steps
from matchers.blocking import join
from matchers.masses import gather
from matchers.models.calibrate import calibrate
from matchers.models.threshold import limit, weigh_pairs
from trees.rules import bear, face, knot, look, share, trace, weigh

CELL_SIDE = 8
"""Pairs are scored in the square of this many cells at most: more would be files without rows. A cell looks through two
such parts of all signatures, and so more cells also take more time."""

_COMPARED = ("attributes", "comparisons", "strata")
_HELD = ("attributes", "identifiers", "pairs", "max_cluster")
_LOOKED_AT = {
    **dict.fromkeys(("cleanse", "collapse", "profile"), ("attributes",)),
    "mass": ("attributes", "identifiers"),
    "sign": ("attributes", "sufficient"),
    "spread": ("attributes", "identifiers", "founding"),
    "star": ("attributes", "identifiers", "comparisons", "max_cluster"),
    "unite": _HELD,
    "key": ("attributes", "blocking"),
    "size": ("blocking", "pairs"),
    "join": ("pairs",),
    "train": (*_COMPARED, "blocking", "pairs"),
    **dict.fromkeys(("score", "probe"), _COMPARED),
    "accept": ("attributes", "cautions"),
    "decide": ("attributes", "identifiers"),
    **dict.fromkeys(("cluster", "part"), (*_HELD, "founding")),
    **dict.fromkeys(("bear", "look"), ("attributes", "identifiers", "comparisons", "sufficient")),
}
"""The settings of a subject that stages look at, and increments where they reach further than the stage."""

_DECIDING = ("threshold", "review", "split", "draws", "doubt")
_OF_MODEL = {"train": ("training", "sample"), **dict.fromkeys(("accept", "decide", "cluster", "part"), _DECIDING)}
"""What stages look at of its `model`."""

Listed = tuple[str, Callable[..., Any], dict[str, pl.Expr]]


def stages(project: Project, *, buckets: int) -> dict[str, Stage]:
    """Return every stage by name, in the order in which data flows through them."""

    def by(column: str) -> pl.Expr:
        return bucket_of(pl.col(column), buckets=buckets)

    def by_text(column: str) -> pl.Expr:
        return bucket_of(hash64(pl.col(column)), buckets=buckets)

    side = min(buckets, CELL_SIDE)
    cell = by("signature_l") % side * side + by("signature_r") % side
    identifiers = {item.attribute for subject in project.subjects.values() for item in subject.identifiers}
    listed: list[Listed] = [
        ("ingest", receiving.ingest, {f"rows.{source.name}": by_text("record_id") for source in project.sources}),
        ("survey", receiving.survey, {}),
        ("cleanse", receiving.clean, dict.fromkeys(_cleansed(project), by_text("record_id"))),
        ("account", account, {}),
        ("hear", receiving.hear, {}),
        ("sign", steps.sign_records, {"signatures": by("signature_id"), "record_signature": by("signature_id")}),
        ("collapse", steps.collapse_signatures, {"counts": by("value_hash")}),
        *_demoting(by_text),
        ("judge", steps.judge, {}),
        ("spread", steps.spread, {f"by.{name}": by_text(name) for name in identifiers}),
        ("star", steps.star, {}),
        ("unite", steps.unite, {"united": by("signature_id")}),
        ("key", steps.key_blocks, {"block_keys": by("block_key")}),
        ("size", steps.size_blocks, {}),
        ("join", join, {"candidates": cell}),
        ("sample", steps.draw, {}),
        ("train", calibrate, {}),
        ("score", steps.score, {}),
        ("tally", weigh_pairs, {}),
        ("limit", limit, {}),
        *_linking(by, cell),
        *_naming(by, by_text),
        ("place", steps.place, {"placed": by_text("entity_id"), "record_entity": by_text("entity_id")}),
        ("profile", steps.profile_entities, {}),
        *_growing(by_text),
        *_looking(by_text),
    ]
    return {name: Stage(name, function, exchange) for name, function, exchange in listed}


def seen_by(stage: str, subject: Subject) -> Subject:
    """Return the settings of a subject that a stage looks at."""
    model = {"model": subject.model.only(*_OF_MODEL[stage])} if stage in _OF_MODEL else {}
    return subject.only(*_LOOKED_AT[stage], **model)


def _cleansed(project: Project) -> list[str]:
    """Return the tables of cleansing that are keyed by record: it gives rows without a key their record_id."""
    per_subject = [f"{table}.{name}" for table in ("records", "events", "spells") for name in project.subjects]
    return [*per_subject, "relations"]


def _demoting(by_text: Callable[[str], pl.Expr]) -> list[Listed]:
    """Return the stages that find values which too many bear, in order."""
    return [
        ("gather", gather, {}),
        ("mass", steps.bear_masses, {"bearers": by_text("value")}),
        ("demote", steps.weigh_masses, {}),
        ("tell", steps.tell_masses, {}),
    ]


def _linking(by: Callable[[str], pl.Expr], cell: pl.Expr) -> list[Listed]:
    """Return the stages from scored pairs to clusters, in order."""
    return [
        ("accept", linking.take, {}),
        ("decide", linking.settle, {}),
        ("cluster", linking.group, {"probes": cell}),
        ("probe", linking.probe, {}),
        ("part", linking.part, {"clusters": by("signature_id")}),
    ]


def _naming(by: Callable[[str], pl.Expr], by_text: Callable[[str], pl.Expr]) -> list[Listed]:
    """Return the stages from clusters to entities, in order."""
    by_record, by_entity, by_cluster = by_text("record_id"), by_text("entity_id"), by("cluster_id")
    return [
        ("mention", naming.mention, {"mentions": by_cluster}),
        ("found", naming.found, {"members": by_record}),
        ("remember", naming.remember, {"record_history": by_record, "ledger": by_entity}),
        ("recall", naming.recall, {"borne": by_cluster, "left": by_entity}),
        ("compare", naming.compare, {"kin": by_entity}),
        ("sift", naming.sift, {"plain": by_cluster}),
        ("attest", naming.attest, {}),
        ("assign", naming.assign, {"ledger": by_entity}),
        ("identify", naming.identify, {"record_entity": by_record, "ledger": by_entity}),
        ("inscribe", naming.inscribe, {}),
    ]


def _growing(by_text: Callable[[str], pl.Expr]) -> list[Listed]:
    """Return the stages that make life trees, in order."""
    return [
        ("own", growing.own, {}),
        ("witness", growing.witness, {"heard": by_text("entity_id")}),
        ("events", growing.happen, {}),
        ("tie", growing.tie, {"ties": by_text("entity_from")}),
        ("relations", growing.relate, {}),
        ("stay", growing.stay, {"stays": by_text("entity_id")}),
        ("spells", growing.dwell, {}),
    ]


def _looking(by_text: Callable[[str], pl.Expr]) -> list[Listed]:
    """Return the stages in which rules look at entities, in order."""
    traced = {"named": by_text("named_entity"), "claims": by_text("own_entity")}
    return [
        ("bear", bear, {"borne": by_text("value_key")}),
        ("share", share, {"shared": by_text("entity_id")}),
        ("look", look, {}),
        ("trace", trace, traced),
        ("knot", knot, {}),
        ("face", face, {"faced": by_text("own_entity")}),
        ("weigh", weigh, {}),
    ]
