"""Settings: TOML parsed once at the edge into frozen classes, all faults reported at once."""

from engine.settings.project import Check, Project, load_project
from engine.settings.source import FieldMapping, Mention, Source
from engine.settings.subject import Attribute, BlockingRule, Comparison, Identifier, Model, Subject

__all__ = [
    "Attribute", "BlockingRule", "Check", "Comparison", "FieldMapping", "Identifier", "Mention", "Model", "Project",
    "Source", "Subject", "load_project",
]  # fmt: skip
