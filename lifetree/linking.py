"""The matchers' functions from scored pairs to clusters, in the one form that runners know (see `lifetree.steps`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from engine.settings import Subject
from engine.tables import CONFLICTS, GENERIC_VALUES, LINKS, PAIR_KEY
from matchers import clustering
from matchers.cautions import CAUTIONED
from matchers.clustering.cluster import Grouped, Parted
from matchers.decide import Decided, decide
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
) -> Iterator[Decided]:
    """Yield links, review and conflicts from the model's pairs, the judgements and the identifiers' stars, if any.

    Of some whole components of all pairs at a time.
    """
    told = {"accepted": accepted, "links": links, "conflicts": conflicts, "judged": judged, "cautioned": cautioned}
    empty = {"links": LINKS.empty(), "conflicts": CONFLICTS.empty(), "cautioned": pl.DataFrame(schema=CAUTIONED)}
    model = subject.model
    for part in clustering.in_regions({name: empty[name] if frame is None else frame for name, frame in told.items()}):
        starred = part["links"].unique(LINKS.key, maintain_order=True)
        yield decide(
            part["accepted"],
            stars=Stars(starred, part["conflicts"], GENERIC_VALUES.empty()),
            judged=part["judged"],
            threshold=model.threshold,
            review=model.review,
            cautioned=part["cautioned"],
        )


def group(
    members: pl.DataFrame | pl.LazyFrame,
    links: pl.DataFrame,
    conflicts: pl.DataFrame,
    generic: pl.DataFrame | None = None,
    *,
    subject: Subject,
) -> Iterator[Grouped]:
    """Yield the links that break no constraint together, those that do, and the pairs to weigh before clustering."""
    for part in clustering.in_regions({"links": links, "conflicts": conflicts}):
        own = linked_members(members, part.values(), subject=subject)
        yield clustering.group(own, **part, subject=subject, generic=generic)


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
    members: pl.DataFrame | pl.LazyFrame,
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
) -> Iterator[Parted]:
    """Yield the cluster of every signature, what is cut for review, and the draws of the partition."""
    told = {"kept": kept, "refused": refused, "conflicts": conflicts, "near": near, "review": review}
    for one in clustering.in_regions({**told, "probed": probed, "founders": founders}):
        paired = (one[name] for name in ("kept", "refused", "conflicts", "near"))
        own = linked_members(members, paired, subject=subject)
        yield clustering.part(own, **one, subject=subject, generic=generic)


def linked_members(
    members: pl.DataFrame | pl.LazyFrame, pairs: Iterable[pl.DataFrame], *, subject: Subject
) -> pl.DataFrame:
    """Return the members that stand in pairs, and what tells of a changed identifier.

    A change ties two values wherever they stand.
    """
    ends = pl.concat([one[side].rename("signature_id") for one in pairs for side in PAIR_KEY]).unique()
    changes = (pl.col(one.former).is_not_null() for one in subject.identifiers if one.former)
    return members.lazy().filter(pl.any_horizontal(pl.col("signature_id").is_in(ends.implode()), *changes)).collect()
