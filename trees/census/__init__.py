"""Counts: spells of residence, who counts by a definition on a day, and the bridge of each department to the list."""

from trees.census.bridge import STEPS, Bridge, bridge
from trees.census.definitions import Definition, count_faults, definitions
from trees.census.membership import in_area, membership
from trees.census.pending import pending_duplicates
from trees.census.spells import attach_spells, group_spells
from trees.census.vitals import vital_types, vitals

__all__ = [
    "STEPS", "Bridge", "Definition", "attach_spells", "bridge", "count_faults", "definitions", "group_spells",
    "in_area", "membership", "pending_duplicates", "vital_types", "vitals",
]  # fmt: skip
