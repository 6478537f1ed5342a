"""Models: from levels to match weights, and how the weights are learnt."""

from matchers.models.calibration import Calibration, calibration_faults, load_calibration, save_calibration
from matchers.models.prior import prior_from_patterns, prior_weight
from matchers.models.score import pattern_weights, score, score_candidates
from matchers.models.strata import for_pair
from matchers.models.train import Trainer, train

__all__ = [
    "Calibration",
    "Trainer",
    "calibration_faults",
    "for_pair",
    "load_calibration",
    "pattern_weights",
    "prior_from_patterns",
    "prior_weight",
    "save_calibration",
    "score",
    "score_candidates",
    "train",
]
