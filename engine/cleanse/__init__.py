"""Cleansing: delivered rows become records of subjects, with a finding for whatever was changed."""

from engine.cleanse.fields import KnownValues
from engine.cleanse.known import known_values
from engine.cleanse.rules import Look, Placeholder, Rulebook, load_rulebook, load_rules, project_rulebook, rule_faults
from engine.cleanse.stage import Cleansed, account, cleanse

__all__ = [
    "Cleansed", "KnownValues", "Look", "Placeholder", "Rulebook", "account", "cleanse", "known_values", "load_rulebook",
    "load_rules", "project_rulebook", "rule_faults",
]  # fmt: skip
