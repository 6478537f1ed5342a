"""From records to pairs, and to profiles, in the one form that runners know: frames and settings in, named frames out.

What comes before is in `lifetree.receiving`, what follows in `linking`, `naming` and `growing`.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from engine.scratch import Frame
from engine.settings import Identifier, Subject
from engine.slices import SLICE, slices
from engine.tables import JUDGEMENT_CONFLICTS, RECORD_KEY
from lifetree.linking import with_members
from matchers.blocking import Keyed, Sized, key, size
from matchers.clustering import founds, sure_values, united
from matchers.identifiers import bearers, stars
from matchers.judgements import judged_records, lift, of_subject, sought_values
from matchers.masses import MassTest, bear, count_bearing, count_values, silence, tell, weigh_values
from matchers.models import Calibration
from matchers.models.calibrate import sample
from matchers.scoring import Scored, score_pairs
from matchers.signatures import collapse, sign, value_hashes
from trees.profiles import Profiled, profile

Frames = dict[str, pl.DataFrame]


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
