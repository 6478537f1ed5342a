"""Comparisons: each kind grades the evidence of one or more attributes into levels; one module per family of kinds."""

from matchers.comparisons import (
    chinese,
    chinese_addresses,
    chinese_companies,
    chinese_identifiers,
    chinese_names,
    companies,
    contacts,
    dates,
    given_names,
    lists,
    names,
    numbers,
    text,
    whole_names,
)
from matchers.comparisons.build import build_comparison, comparison_faults, describe_comparisons
from matchers.comparisons.compare import compare, compare_candidates, grade, grade_places, level_of
from matchers.comparisons.registry import COMPARISONS, Comparison, Level

__all__ = [
    "COMPARISONS",
    "Comparison",
    "Level",
    "build_comparison",
    "chinese",
    "chinese_addresses",
    "chinese_companies",
    "chinese_identifiers",
    "chinese_names",
    "companies",
    "compare",
    "compare_candidates",
    "comparison_faults",
    "contacts",
    "dates",
    "describe_comparisons",
    "given_names",
    "grade",
    "grade_places",
    "level_of",
    "lists",
    "names",
    "numbers",
    "text",
    "whole_names",
]
