"""Evaluation of a run against known entities."""

from matchers.evaluation.evaluate import evaluate
from matchers.evaluation.surplus import Surplus, surplus
from matchers.evaluation.truth import label_records, read_truth

__all__ = ["Surplus", "evaluate", "label_records", "read_truth", "surplus"]
