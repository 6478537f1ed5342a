"""Why: the weight of one pair, taken apart into the prior and what each comparison adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from engine.settings import Subject
from engine.tables import WEIGHT_SCALE
from matchers.comparisons import Comparison, build_comparison
from matchers.models import Calibration, for_pair, prior_weight, score_candidates


def waterfall(
    sides: pl.DataFrame,
    *,
    subject: Subject,
    calibration: Calibration,
    signatures: int,
    scored: pl.DataFrame | None = None,
) -> dict[str, Any]:
    """Return how the match weight of two signatures comes about, in bits.

    `sides` holds the two signatures (SIGNATURES), `signatures` is their number in the run. Keys: prior, steps
    (comparison, level, label, the two values, weight, term_frequency), match_weight, threshold. Prior and steps add up
    to the match weight. A pair of a stratum has the prior and the weights of its stratum. `scored` holds the levels and
    match_weight of the pair, where they are known.
    """
    one, other = sides.sort("signature_id").to_dicts()
    pair = pl.DataFrame({"signature_l": [one["signature_id"]], "signature_r": [other["signature_id"]]})
    if subject.strata:
        calibration, signatures = for_pair(pair, sides, calibration=calibration, subject=subject, signatures=signatures)
        subject = subject.model_copy(update={"strata": ()})
    if scored is None:
        scored = score_candidates(pair, sides, calibration=calibration, subject=subject, signatures=signatures)
    compared = [build_comparison(comparison) for comparison in subject.comparisons]
    bases = _bases(scored["levels"].item(), calibration)
    total, prior = scored["match_weight"].item(), prior_weight(calibration.c, signatures)
    terms = _terms(compared, total - prior - sum(bases), bases, pair, sides, subject, calibration)
    steps = [
        {
            "comparison": comparison.label,
            "level": number,
            "label": comparison.levels[comparison.numbers().index(number)].label,
            "left": " ".join(filter(None, (one[name] for name in comparison.attributes))) or None,
            "right": " ".join(filter(None, (other[name] for name in comparison.attributes))) or None,
            "weight": base / WEIGHT_SCALE,
            "term_frequency": term / WEIGHT_SCALE,
        }
        for comparison, number, base, term in zip(compared, scored["levels"].item(), bases, terms, strict=True)
    ]
    return {
        "prior": prior / WEIGHT_SCALE,
        "steps": steps,
        "match_weight": total / WEIGHT_SCALE,
        "threshold": subject.model.threshold,
    }


def _bases(levels: Sequence[int], calibration: Calibration) -> list[int]:
    """Return the weight of each comparison's level."""
    found = []
    for number, weights in zip(levels, calibration.comparisons, strict=True):
        known = {one.level: one.weight for one in weights.levels}
        found.append(round(known[number] * WEIGHT_SCALE) if number >= 0 else 0)
    return found


def _terms(
    compared: list[Comparison],
    rest: int,
    bases: list[int],
    pair: pl.DataFrame,
    sides: pl.DataFrame,
    subject: Subject,
    calibration: Calibration,
) -> list[int]:
    """Return the term-frequency adjustment of each comparison; they sum up to `rest`: the last has what is left."""
    places = [place for place, comparison in enumerate(compared) if comparison.tf_attribute]
    found = [0] * len(compared)
    for place in places[:-1]:
        found[place] = _alone(compared[place].label, pair, sides, subject, calibration, bases[place]) if rest else 0
    for place in places[-1:]:
        found[place] = rest - sum(found)
    return found


def _alone(
    label: str, pair: pl.DataFrame, sides: pl.DataFrame, subject: Subject, calibration: Calibration, base: int
) -> int:
    """Return the term-frequency adjustment of one comparison: its weight alone, less the level's and the prior's."""
    kept = tuple(one for one in subject.comparisons if one.label == label)
    narrow = subject.model_copy(update={"comparisons": kept})
    weights = tuple(one for one in calibration.comparisons if one.label == label)
    model = calibration.model_copy(update={"comparisons": weights})
    scored = score_candidates(pair, sides, calibration=model, subject=narrow, signatures=2)
    return int(scored["match_weight"].item()) - base - prior_weight(calibration.c, 2)
