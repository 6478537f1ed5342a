"""The matchers' functions from scored pairs to clusters, in the one form that runners know (see `lifetree.steps`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from engine.scratch import Frame
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
    accepted: Frame,
    judged: Frame,
    links: Frame | None = None,
    conflicts: Frame | None = None,
    cautioned: Frame | None = None,
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
    members: Frame,
    links: Frame,
    conflicts: Frame,
    generic: pl.DataFrame | None = None,
    *,
    subject: Subject,
) -> Iterator[Grouped]:
    """Yield the links that break no constraint together, those that do, and the pairs to weigh before clustering."""
    for part in with_members({"links": links, "conflicts": conflicts}, members, subject=subject):
        yield clustering.group(**part, subject=subject, generic=generic)


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
    members: Frame,
    founders: Frame,
    kept: Frame,
    refused: Frame,
    conflicts: Frame,
    review: Frame,
    near: Frame,
    probed: Frame,
    generic: pl.DataFrame | None = None,
    *,
    subject: Subject,
) -> Iterator[Parted]:
    """Yield the cluster of every signature, what is cut for review, and the draws of the partition."""
    told = {"kept": kept, "refused": refused, "conflicts": conflicts, "near": near, "review": review}
    for one in with_members({**told, "probed": probed, "founders": founders}, members, subject=subject):
        yield clustering.part(**one, subject=subject, generic=generic)


def with_members(frames: Mapping[str, Frame], members: Frame, *, subject: Subject) -> Iterator[Frames]:
    """Yield frames by whole components, and as `signatures` the members in their pairs.

    Those that tell of a changed identifier are in all parts: a change ties two values wherever they stand.
    """
    former = [pl.col(one.former).is_not_null() for one in subject.identifiers if one.former]
    changes = members.lazy().filter(pl.any_horizontal(former) if former else pl.lit(value=False)).collect()
    for part in clustering.in_regions(frames, linked={"signatures": members}):
        others = changes.join(part["signatures"], on="signature_id", how="anti")
        yield {**part, "signatures": pl.concat([part["signatures"], others])}
