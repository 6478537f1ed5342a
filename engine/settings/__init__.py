"""Settings: TOML parsed once at the edge into frozen classes, all faults reported at once."""

from engine.settings.counts import Claim, Count
from engine.settings.events import EventMapping, RelationMapping, SpellMapping
from engine.settings.fields import FieldMapping
from engine.settings.project import Check, Project, load_project
from engine.settings.rules import Rule, RuleChanges, Test
from engine.settings.source import Item, Mention, Source
from engine.settings.subject import Attribute, BlockingRule, Caution, Comparison, Identifier, Model, Subject

__all__ = [
    "Attribute", "BlockingRule", "Caution", "Check", "Claim", "Comparison", "Count", "EventMapping", "FieldMapping",
    "Identifier", "Item", "Mention", "Model", "Project", "RelationMapping", "Rule", "RuleChanges", "Source",
    "SpellMapping", "Subject", "Test", "load_project",
]  # fmt: skip
