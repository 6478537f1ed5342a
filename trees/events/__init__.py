"""Events of entities: what the rows of all sources witness, grouped into what happened."""

from trees.events.group import Grown, attach_events, group_events
from trees.events.types import BRANCHES, EventType, event_faults, event_types

__all__ = ["BRANCHES", "EventType", "Grown", "attach_events", "event_faults", "event_types", "group_events"]
