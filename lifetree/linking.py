"""The matchers' functions from scored pairs to clusters, in the one form that runners know (see `lifetree.steps`)."""

from __future__ import annotations

import polars as pl

from engine.settings import Subject
from engine.tables import CONFLICTS, GENERIC_VALUES, LINKS, PAIR_KEY
from matchers import clustering
from matchers.decide import decide
from matchers.identifiers import Stars
from matchers.masses import silence
from matchers.models import Calibration, score_candidates
from matchers.scoring import accept, either

Frames = dict[str, pl.DataFrame]


def take(
    pairs: pl.DataFrame,
    left: pl.DataFrame | None = None,
    right: pl.DataFrame | None = None,
    masses: pl.DataFrame | None = None,
    *,
    subject: Subject,
) -> Frames:
    """Return the pairs of one cell that the decision needs; the signatures on either side are needed for cautions."""
    sides = (None if side is None else silence(side, masses) for side in (left, right))
    return accept(pairs, *sides, subject=subject)._asdict()


def settle(
    accepted: pl.DataFrame,
    judged: pl.DataFrame,
    links: pl.DataFrame | None = None,
    conflicts: pl.DataFrame | None = None,
    cautioned: pl.DataFrame | None = None,
    *,
    subject: Subject,
) -> Frames:
    """Return links, review and conflicts from the model's pairs, the judgements and the identifiers' stars, if any."""
    starred = LINKS.empty() if links is None else links.unique(LINKS.key, maintain_order=True)
    found = Stars(starred, CONFLICTS.empty() if conflicts is None else conflicts, GENERIC_VALUES.empty())
    model = subject.model
    decided = decide(
        accepted,
        stars=found,
        judged=judged,
        threshold=model.threshold,
        review=model.review,
        cautioned=cautioned,
    )
    return decided._asdict()


def group(
    members: pl.DataFrame,
    links: pl.DataFrame,
    conflicts: pl.DataFrame,
    generic: pl.DataFrame | None = None,
    *,
    subject: Subject,
) -> Frames:
    """Return the links that break no constraint together, those that do, and the pairs to weigh before clustering."""
    return clustering.group(members, links, conflicts, subject=subject, generic=generic)._asdict()


def probe(
    probes: pl.DataFrame,
    left: pl.DataFrame,
    right: pl.DataFrame,
    masses: pl.DataFrame | None = None,
    *,
    subject: Subject,
    calibration: Calibration,
    signatures: int,
) -> Frames:
    """Return the weights of the pairs within clusters, of one cell."""
    sides = silence(either(left, right, of=probes), masses)
    weighed = score_candidates(probes, sides, calibration=calibration, subject=subject, signatures=signatures)
    return {"probed": weighed.select(*PAIR_KEY, "match_weight")}


def part(
    members: pl.DataFrame,
    founders: pl.DataFrame,
    kept: pl.DataFrame,
    refused: pl.DataFrame,
    conflicts: pl.DataFrame,
    review: pl.DataFrame,
    near: pl.DataFrame,
    probed: pl.DataFrame,
    generic: pl.DataFrame | None = None,
    *,
    subject: Subject,
) -> Frames:
    """Return the cluster of every signature, what is cut for review, and the draws of the partition."""
    told = {"generic": generic, "review": review, "near": near, "probed": probed, "founders": founders}
    return clustering.part(members, kept, refused, conflicts, subject=subject, **told)._asdict()
