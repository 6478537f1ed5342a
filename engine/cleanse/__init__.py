"""Cleansing: delivered rows become records of subjects, with a finding for whatever was changed."""

from engine.cleanse.rules import Placeholder, Rule, Rulebook, load_rulebook, load_rules
from engine.cleanse.stage import Cleansed, cleanse

__all__ = ["Cleansed", "Placeholder", "Rule", "Rulebook", "cleanse", "load_rulebook", "load_rules"]
