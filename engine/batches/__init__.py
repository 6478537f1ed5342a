"""Deliveries: what each file holds beside what it should, which rules refuse it, and its rows set aside."""

from engine.batches.catalogued import catalogue_hashes, project_catalogue, source_cycles
from engine.batches.judging import Judged, batch_rule_faults, batch_rules, judge_batches, own_rule_faults, refused_files
from engine.batches.refusing import Refused, refuse
from engine.batches.replacing import latest_replacements
from engine.batches.survey import TALLIES, survey_batches, tally

__all__ = [
    "TALLIES", "Judged", "Refused", "batch_rule_faults", "batch_rules", "catalogue_hashes", "judge_batches",
    "latest_replacements", "own_rule_faults",
    "project_catalogue", "refuse", "refused_files", "source_cycles", "survey_batches", "tally",
]  # fmt: skip
