"""The rooms' functions in the one form that runners know: frames and settings by keyword in, named frames out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from engine.cleanse import Rulebook, cleanse
from engine.io import ingest_file
from engine.settings import Identifier, Source, Subject
from engine.tables import CONFLICTS, GENERIC_VALUES, LINKS, RECORD_KEY
from matchers.clustering import cluster, founds, sure_values, united
from matchers.decide import decide
from matchers.identifiers import Stars, bearers, stars
from matchers.identity import identify
from matchers.judgements import judged_pairs, judged_records, no_judgements, of_subject, orphans, read_judgements
from matchers.signatures import sign
from trees.census import attach_spells, group_spells
from trees.events import EventType, attach_events, group_events
from trees.profiles import profile
from trees.relations import RelationType, attach_relations, group_relations

Frames = dict[str, pl.DataFrame]


def ingest(*, source: Source, file: Path, project_folder: Path) -> Iterator[Frames]:
    """Yield the rows of one file in chunks, and those that could not be read."""
    for chunk in ingest_file(source, file, project_folder=project_folder):
        yield {f"rows.{source.name}": chunk.rows, "unread": chunk.rejects}


def clean(rows: pl.DataFrame, *, source: Source, subjects: dict[str, Subject], rulebook: Rulebook) -> Frames:
    """Return the records of each subject that the rows of one source mention."""
    cleansed = cleanse(rows, source=source, subjects=subjects, rulebook=rulebook)
    records = {f"records.{name}": frame for name, frame in cleansed.records.items()}
    told = {**records, **cleansed.told}
    return {**told, "findings": cleansed.findings, "rejects": cleansed.rejects, "accounts": cleansed.accounts}


def hear(*, file: Path | None, subjects: tuple[str, ...]) -> Frames:
    """Return the project's judgements."""
    return {"judgements": read_judgements(file, subjects=subjects) if file else no_judgements()}


def sign_records(records: pl.DataFrame, judgements: pl.DataFrame, *, subject: Subject, name: str) -> Frames:
    """Return the signatures of one bucket of records, and those of judged records apart."""
    judged = judged_records(of_subject(judgements, subject=name))
    signed = sign(records, judged, subject=subject)
    named = signed.record_signature.join(judged, on=list(RECORD_KEY), how="semi")
    return {"record_signature": signed.record_signature, "signatures": signed.signatures, "judged_signatures": named}


def judge(judgements: pl.DataFrame, judged_signatures: pl.DataFrame, *, name: str) -> Frames:
    """Return the judged pairs of signatures, and the judged records that do not exist."""
    own = of_subject(judgements, subject=name)
    return {"judged": judged_pairs(own, judged_signatures), "orphans": orphans(own, judged_signatures)}


def spread(signatures: pl.DataFrame, *, subject: Subject) -> Frames:
    """Return the signatures that bear each identifier, and the columns of all that clustering reads."""
    read = dict.fromkeys(name for one in subject.identifiers for name in (one.attribute, one.former) if name)
    bearing = {f"by.{one.attribute}": bearers(signatures, one) for one in subject.identifiers}
    members = signatures.with_columns(*sure_values(signatures, subject), founds=founds(subject))
    return {**bearing, "members": members.select("signature_id", "sources", *read, "founds")}


def star(signatures: pl.DataFrame, judged: pl.DataFrame, *, subject: Subject, identifier: Identifier) -> Frames:
    """Return the links and conflicts that one identifier makes."""
    return stars(signatures, judged, subject=subject.model_copy(update={"identifiers": (identifier,)}))._asdict()


def unite(
    members: pl.DataFrame,
    judged: pl.DataFrame,
    links: pl.DataFrame,
    conflicts: pl.DataFrame,
    generic: pl.DataFrame,
    *,
    subject: Subject,
) -> Frames:
    """Return what the identifiers alone unite."""
    return {"united": united(members, links, conflicts, judged, subject=subject, generic=generic)}


def settle(
    accepted: pl.DataFrame,
    judged: pl.DataFrame,
    links: pl.DataFrame | None = None,
    conflicts: pl.DataFrame | None = None,
    *,
    subject: Subject,
) -> Frames:
    """Return links, review and conflicts from the model's pairs, the judgements and the identifiers' stars, if any."""
    starred = LINKS.empty() if links is None else links.unique(LINKS.key, maintain_order=True)
    found = Stars(starred, CONFLICTS.empty() if conflicts is None else conflicts, GENERIC_VALUES.empty())
    model = subject.model
    return decide(accepted, stars=found, judged=judged, threshold=model.threshold, review=model.review)._asdict()


def group(
    members: pl.DataFrame,
    links: pl.DataFrame,
    conflicts: pl.DataFrame,
    generic: pl.DataFrame | None = None,
    *,
    subject: Subject,
) -> Frames:
    """Return the cluster of every signature."""
    return {"clusters": cluster(members, links, conflicts, subject=subject, generic=generic)}


def mention(record_signature: pl.DataFrame, clusters: pl.DataFrame) -> Frames:
    """Return the records of one bucket of signatures with their clusters."""
    return {"mentions": record_signature.join(clusters, on="signature_id")}


def name_entities(mentions: pl.DataFrame, *, salt: str) -> Frames:
    """Return the entities of whole clusters, and the entity of each record."""
    clusters = mentions.select("signature_id", "cluster_id", "state").unique()
    records = mentions.select(*RECORD_KEY, "recorded_at", "delivered_at")
    return identify(clusters, mentions.select(*RECORD_KEY, "signature_id"), records, salt=salt)._asdict()


def place(records: pl.DataFrame, record_entity: pl.DataFrame) -> Frames:
    """Return the records of one bucket with their entities, to be brought together by entity."""
    told = records.drop("raw", "business_key").join(record_entity.drop_nulls("entity_id"), on=RECORD_KEY)
    return {"placed": told, "record_entity": record_entity}


def profile_entities(placed: pl.DataFrame, record_entity: pl.DataFrame, *, subject: Subject) -> Frames:
    """Return the profiles of whole entities, and every value that their records bear."""
    return profile(placed.drop("entity_id", "signature_id"), record_entity, subject=subject)._asdict()


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
