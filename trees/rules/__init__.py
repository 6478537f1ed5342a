"""The rules of the entity phase: tests over views of resolved entities, which only flag."""

from trees.rules.apply import entity_rule_faults, findings
from trees.rules.facts import entity_facts
from trees.rules.registered import Registers, principals, registers
from trees.rules.shared import bear, share
from trees.rules.stages import look, weigh
from trees.rules.ties import face, knot, principal_mentions, trace
from trees.rules.views import ENTITY_VIEWS, View

__all__ = [
    "ENTITY_VIEWS", "Registers", "View", "bear", "entity_facts", "entity_rule_faults", "face", "findings", "knot",
    "look", "principal_mentions", "principals", "registers", "share", "trace", "weigh",
]  # fmt: skip
