"""The rooms' functions in the one form that runners know: frames and settings by keyword in, named frames out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from engine.batches import judge_batches, refuse, survey_batches, tally
from engine.cleanse import KnownValues, Rulebook, cleanse
from engine.io import ingest_file, shown_name
from engine.io.measures import Declared
from engine.runners.seals import content_hash
from engine.scratch import Frame
from engine.settings import Identifier, Source, Subject
from engine.slices import SLICE, slices
from engine.store.decisions import read_decisions
from engine.store.purges import Erased
from engine.tables import JUDGEMENT_CONFLICTS, RECORD_KEY
from lifetree.linking import with_members
from matchers.blocking import Keyed, Sized, key, size
from matchers.clustering import founds, sure_values, united
from matchers.identifiers import bearers, stars
from matchers.judgements import (
    given,
    in_force,
    judged_records,
    lift,
    no_judgements,
    of_subject,
    read_judgements,
    sought_values,
)
from matchers.masses import MassTest, bear, count_bearing, count_values, silence, tell, weigh_values
from matchers.models import Calibration
from matchers.models.calibrate import sample
from matchers.scoring import Scored, score_pairs
from matchers.signatures import collapse, sign, value_hashes
from trees.census import attach_spells, group_spells
from trees.events import EventType, attach_events, group_events
from trees.profiles import Profiled, profile
from trees.relations import RelationType, attach_relations, group_relations

Frames = dict[str, pl.DataFrame]


def ingest(
    *,
    source: Source,
    file: Path,
    project_folder: Path,
    declared: Declared | None = None,
    increment: bool = False,
    purged: dict[str, str] | None = None,
) -> Iterator[Frames]:
    """Yield the rows of one file in chunks, those that could not be read, and what the chunk adds to its batch.

    `increment`: the file was accepted by `lifetree update`, and its size is not held against deliveries before. What is
    `purged` is not read, see `ingest_file`.
    """
    batch, name = content_hash(file), shown_name(file, project_folder)
    for chunk in ingest_file(source, file, project_folder=project_folder, declared=declared, purged=purged):
        counted = tally(chunk, source, file=file, name=name, batch=batch, increment=increment)
        told = {"tallies": counted, "measures": chunk.measures}
        yield {f"rows.{source.name}": chunk.rows, "unread": chunk.rejects, **told}


def survey(
    tallies: pl.DataFrame,
    measures: pl.DataFrame,
    *,
    cycles: dict[str, int | None],
    declared: dict[str, Declared],
    rulebook: Rulebook,
) -> Frames:
    """Return all deliveries with the rule that refuses each, and what the batch rules say of them."""
    batches = survey_batches(tallies, measures, cycles=cycles, declared=declared)
    return judge_batches(batches, rulebook=rulebook)._asdict()


def clean(
    rows: pl.DataFrame,
    *,
    source: Source,
    subjects: dict[str, Subject],
    rulebook: Rulebook,
    refused: dict[str, tuple[str, str]] | None = None,
    replaced: str | None = None,
    known: KnownValues | None = None,
) -> Frames:
    """Return the records of each subject that the rows of one source mention.

    `refused` files give none, nor do rows delivered before `replaced` (see `latest_replacements`).
    `known`: see `known_values`.
    """
    taken = refuse(rows, refused or {}, source=source)
    cleansed = cleanse(taken.rows, source=source, subjects=subjects, rulebook=rulebook, replaced=replaced, known=known)
    records = {f"records.{name}": frame for name, frame in cleansed.records.items()}
    told = {**records, **cleansed.told, "findings": cleansed.findings}
    rejects = pl.concat([cleansed.rejects, taken.rejects])
    return {**told, "rejects": rejects, "accounts": pl.concat([cleansed.accounts, taken.accounts])}


def hear(
    *,
    file: Path | None,
    subjects: tuple[str, ...],
    decisions: Path | None = None,
    length: int = 0,
    purged: Erased | None = None,
) -> Frames:
    """Return the judgements that have force, and those in conflict: of the project's file and of the store's decisions.

    Of the decisions the first `length` bytes are heard; what names a `purged` record is not.
    """
    told = read_judgements(file, subjects=subjects) if file else no_judgements()
    added = given(read_decisions(decisions, length=length)) if decisions else no_judgements()
    whole = pl.concat([told, added])
    if purged:
        about = (purged.names("source_l", "record_l"), purged.names("source_r", "record_r"))
        whole = whole.filter(~pl.any_horizontal(about))
    heard = in_force(whole, subjects=subjects)
    return {"judgements": heard.judgements, "disputed": heard.disputed}


def sign_records(records: pl.DataFrame, judgements: pl.DataFrame, *, subject: Subject, name: str) -> Frames:
    """Return the signatures of one bucket of records, and apart those of judged records and of what bears their values.

    `judged_signatures` has `values` where a record bears those of a judged one, null where it is judged itself.
    """
    own = of_subject(judgements, subject=name)
    judged, sought = judged_records(own), sought_values(own)
    signed = sign(records, judged, subject=subject)
    named = signed.record_signature.join(judged, on=list(RECORD_KEY), how="semi")
    told = [named.with_columns(values=pl.lit(None, pl.String))]
    if sought.height:
        asked = records.join(sought, on=["source", "role"], how="semi")
        bearing = value_hashes(asked, subject=subject).join(sought, on=sought.columns, how="semi")
        told.append(signed.record_signature.join(bearing, on=list(RECORD_KEY)))
    return {**signed._asdict(), "judged_signatures": pl.concat(told)}


def collapse_signatures(
    signatures: pl.DataFrame, *, subject: Subject, tests: tuple[MassTest, ...], buckets: int
) -> Frames:
    """Return the signatures of one bucket, and how many of them bear each value that could be borne by too many."""
    whole = collapse(signatures, subject=subject).signatures
    counts = count_values(whole, tests=tests, buckets=buckets)
    return {"signatures": whole, "counts": counts, "bearing": count_bearing(whole, tests=tests)}


def bear_masses(signatures: pl.DataFrame, candidates: pl.DataFrame, *, subject: Subject) -> Frames:
    """Return which signatures bear the values that could be borne by too many."""
    return {"bearers": bear(signatures, candidates, subject=subject)}


def weigh_masses(bearers: pl.DataFrame, *, tests: tuple[MassTest, ...], name: str) -> Frames:
    """Return the values that are borne by too many."""
    return {"mass_values": weigh_values(bearers, tests=tests, name=name)}


def tell_masses(record_signature: pl.DataFrame, signatures: pl.DataFrame, masses: pl.DataFrame, *, name: str) -> Frames:
    """Return a finding for each record of one bucket that bears a value of too many."""
    return {"mass_findings": tell(record_signature, signatures, masses, name=name)}


def key_blocks(
    signatures: pl.DataFrame,
    united: pl.DataFrame | None = None,
    masses: pl.DataFrame | None = None,
    *,
    subject: Subject,
) -> Iterator[Keyed]:
    """Yield the block keys of one bucket of signatures, of some at a time."""
    frames = {"signatures": signatures} | ({} if united is None else {"united": united})
    for part in slices(frames, by="signature_id"):
        yield key(silence(part["signatures"], masses), part.get("united"), subject=subject)


def size_blocks(block_keys: pl.DataFrame, *, subject: Subject) -> Iterator[Sized]:
    """Yield which blocks of one bucket are joined, of some whole blocks at a time."""
    for part in slices({"block_keys": block_keys}, by="block_key", rows=8 * SLICE):
        yield size(part["block_keys"], subject=subject)


def draw(signatures: pl.DataFrame, masses: pl.DataFrame | None = None, *, per_million: int) -> Frames:
    """Return the signatures of one bucket that training reads."""
    return sample(silence(signatures, masses), per_million=per_million)._asdict()


def score(
    candidates: pl.DataFrame,
    left: pl.DataFrame,
    right: pl.DataFrame,
    masses: pl.DataFrame | None = None,
    *,
    subject: Subject,
    calibration: Calibration,
    signatures: int,
) -> Iterator[Scored]:
    """Yield the compared pairs of one cell."""
    sides = (silence(left, masses), silence(right, masses))
    return score_pairs(candidates, *sides, subject=subject, calibration=calibration, signatures=signatures)


def judge(
    judgements: pl.DataFrame, judged_signatures: pl.DataFrame, disputed: pl.DataFrame | None = None, *, name: str
) -> Frames:
    """Return the judged pairs of signatures, the judgements in conflict, the judged records that are gone or moved."""
    found = lift(of_subject(judgements, subject=name), judged_signatures)
    told = [found.disputed] if disputed is None else [found.disputed, disputed.filter(pl.col("subject") == name)]
    conflicts = {"judgement_conflicts": JUDGEMENT_CONFLICTS.conform(pl.concat(told))}
    return {"judged": found.judged, **conflicts, "orphans": found.orphans, "moved": found.moved}


def spread(signatures: pl.DataFrame, masses: pl.DataFrame | None = None, *, subject: Subject) -> Frames:
    """Return the signatures that bear each identifier, and the columns that clustering reads.

    `members` is what it reads of those in links, `founders` what it reads of all.
    """
    signatures = silence(signatures, masses)
    read = dict.fromkeys(name for one in subject.identifiers for name in (one.attribute, one.former) if name)
    bearing = {f"by.{one.attribute}": bearers(signatures, one) for one in subject.identifiers}
    members = signatures.with_columns(*sure_values(signatures, subject), founds=founds(subject))
    told = members.select("signature_id", "sources", *read, "founds")
    return {**bearing, "members": told, "founders": told.select("signature_id", "founds")}


def star(signatures: pl.DataFrame, judged: pl.DataFrame, *, subject: Subject, identifier: Identifier) -> Frames:
    """Return the links and conflicts that one identifier makes."""
    return stars(signatures, judged, subject=subject.model_copy(update={"identifiers": (identifier,)}))._asdict()


def unite(
    members: Frame,
    judged: Frame,
    links: Frame,
    conflicts: Frame,
    generic: pl.DataFrame,
    *,
    subject: Subject,
) -> Iterator[Frames]:
    """Yield what the identifiers alone unite, some whole components at a time."""
    for part in with_members({"links": links, "conflicts": conflicts, "judged": judged}, members, subject=subject):
        yield {"united": united(**part, subject=subject, generic=generic)}


def place(records: pl.DataFrame, record_entity: pl.DataFrame) -> Frames:
    """Return the records of one bucket with their entities, to be brought together by entity."""
    told = records.drop("raw").join(record_entity.drop_nulls("entity_id"), on=RECORD_KEY)
    return {"placed": told, "record_entity": record_entity.sort("entity_id", *RECORD_KEY)}


def profile_entities(placed: pl.DataFrame, record_entity: pl.DataFrame, *, subject: Subject) -> Iterator[Profiled]:
    """Yield the profiles of whole entities, and every value that their records bear, some entities at a time."""
    for part in slices({"placed": placed, "record_entity": record_entity}, by="entity_id"):
        records = part["placed"].drop("entity_id", "signature_id")
        yield profile(records, part["record_entity"], subject=subject)


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
