"""Relations: ties between entities over time, from what the rows of all sources tell."""

from trees.relations.group import attach_relations, group_relations
from trees.relations.types import RelationType, relation_faults, relation_types

__all__ = ["RelationType", "attach_relations", "group_relations", "relation_faults", "relation_types"]
