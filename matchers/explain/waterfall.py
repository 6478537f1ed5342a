"""Why: the weight of one pair, taken apart into the prior and what each comparison adds."""

from __future__ import annotations

from typing import Any

import polars as pl

from engine.settings import Subject
from engine.tables import WEIGHT_SCALE
from matchers.models import Calibration, for_pair
from matchers.realtime import Weigher, grades_of, weigher


def waterfall(
    sides: pl.DataFrame,
    *,
    subject: Subject,
    calibration: Calibration,
    signatures: int,
    weighing: Weigher | None = None,
) -> dict[str, Any]:
    """Return how the match weight of two signatures comes about, in bits.

    `sides` holds the two signatures (SIGNATURES), `signatures` is their number in the run. Keys: prior, steps
    (comparison, level, label, the two values, weight, term_frequency), match_weight, threshold. Prior and steps add up
    to the match weight. A pair of a stratum has the prior and the weights of its stratum. `weighing` is what weighs
    pairs of the subject, where it is at hand.
    """
    one, other = sides.sort("signature_id").to_dicts()
    if subject.strata:
        pair = pl.DataFrame({"signature_l": [one["signature_id"]], "signature_r": [other["signature_id"]]})
        calibration, signatures = for_pair(pair, sides, calibration=calibration, subject=subject, signatures=signatures)
        weighing = None
    by = weighing or weigher(subject, calibration, signatures)
    graded = grades_of(by, one, other)
    steps = [
        {
            "comparison": comparison.label,
            "level": level,
            "label": comparison.levels[comparison.numbers().index(level)].label,
            "left": " ".join(filter(None, (one[name] for name in comparison.attributes))) or None,
            "right": " ".join(filter(None, (other[name] for name in comparison.attributes))) or None,
            "weight": weights[level] / WEIGHT_SCALE,
            "term_frequency": added / WEIGHT_SCALE,
        }
        for comparison, weights, (level, added) in zip(by.comparisons, by.weights, graded, strict=True)
    ]
    total = by.prior + sum(weights[level] + added for weights, (level, added) in zip(by.weights, graded, strict=True))
    return {
        "prior": by.prior / WEIGHT_SCALE,
        "steps": steps,
        "match_weight": total / WEIGHT_SCALE,
        "threshold": subject.model.threshold,
    }
