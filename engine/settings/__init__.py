"""Settings: TOML parsed once at the edge into frozen classes, all faults reported at once."""

from engine.settings.counts import Claim, Count
from engine.settings.events import EventMapping, RelationMapping, SpellMapping
from engine.settings.fields import FieldMapping
from engine.settings.project import Check, Project, load_project
from engine.settings.source import Mention, Source
from engine.settings.subject import Attribute, BlockingRule, Comparison, Identifier, Model, Subject

__all__ = [
    "Attribute", "BlockingRule", "Check", "Claim", "Comparison", "Count", "EventMapping", "FieldMapping", "Identifier",
    "Mention", "Model", "Project", "RelationMapping", "Source", "SpellMapping", "Subject", "load_project",
]  # fmt: skip
