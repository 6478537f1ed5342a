"""Why: the weight of one pair, taken apart into the prior and what each comparison adds."""

from __future__ import annotations

from typing import Any

import polars as pl

from engine.settings import Subject
from engine.tables import WEIGHT_SCALE
from matchers.comparisons import build_comparison
from matchers.models import Calibration, pattern_weights, prior_weight, score_candidates


def waterfall(sides: pl.DataFrame, *, subject: Subject, calibration: Calibration, signatures: int) -> dict[str, Any]:
    """Return how the match weight of two signatures comes about, in bits.

    `sides` holds the two signatures (SIGNATURES), `signatures` is their number in the run. Keys: prior, steps
    (comparison, level, label, the two values, weight, term_frequency), match_weight, threshold. Prior and steps add up
    to the match weight.
    """
    one, other = sides.sort("signature_id").to_dicts()
    pair = pl.DataFrame({"signature_l": [one["signature_id"]], "signature_r": [other["signature_id"]]})
    scored = score_candidates(pair, sides, calibration=calibration, subject=subject, signatures=signatures)
    steps = []
    for place, comparison in enumerate(map(build_comparison, subject.comparisons)):
        number = scored["levels"].item()[place]
        weights = calibration.comparisons[place]
        base = int(pattern_weights(pl.DataFrame({f"level_{comparison.label}": [number]}), (weights,)).item())
        steps.append(
            {
                "comparison": comparison.label,
                "level": number,
                "label": comparison.levels[comparison.numbers().index(number)].label,
                "left": " ".join(filter(None, (one[name] for name in comparison.attributes))) or None,
                "right": " ".join(filter(None, (other[name] for name in comparison.attributes))) or None,
                "weight": base / WEIGHT_SCALE,
                "term_frequency": _alone(comparison.label, pair, sides, subject, calibration, base) / WEIGHT_SCALE,
            }
        )
    return {
        "prior": prior_weight(calibration.c, signatures) / WEIGHT_SCALE,
        "steps": steps,
        "match_weight": scored["match_weight"].item() / WEIGHT_SCALE,
        "threshold": subject.model.threshold,
    }


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
