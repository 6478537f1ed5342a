"""Evaluation of a run against known entities."""

from matchers.evaluation.bootstrap import REPLICATES, units_of
from matchers.evaluation.curve import threshold_curve
from matchers.evaluation.errors import errors
from matchers.evaluation.estimates import Drawn, Estimates, decided, estimate, tallied
from matchers.evaluation.evaluate import evaluate, labelled_figures
from matchers.evaluation.groups import group_figures, group_name, grouped, names_of, read_groups
from matchers.evaluation.missed import missed
from matchers.evaluation.numberless import numberless
from matchers.evaluation.sample import with_members
from matchers.evaluation.surplus import Surplus, phantoms_by_source, surplus
from matchers.evaluation.truth import Labelled, label_records, read_truth

__all__ = [
    "REPLICATES", "Drawn", "Estimates", "Labelled", "Surplus", "decided", "errors", "estimate", "evaluate",
    "group_figures", "group_name", "grouped", "label_records", "labelled_figures", "missed", "names_of", "numberless",
    "phantoms_by_source", "read_groups", "read_truth", "surplus", "tallied", "threshold_curve", "units_of",
    "with_members",
]  # fmt: skip
