"""Explanations: why two records are linked, why not and what would join them, how an entity came about."""

from matchers.explain.chain import chain
from matchers.explain.change import pairs_judged, smallest_change, would_join
from matchers.explain.few import Known, Resolved, resolve_each, resolve_few
from matchers.explain.nearest import Meeting, meeting
from matchers.explain.separation import Evidence, Parted, separation
from matchers.explain.sequence import replay, sequence
from matchers.explain.variants import Edit, Side
from matchers.explain.waterfall import waterfall

__all__ = [
    "Edit",
    "Evidence",
    "Known",
    "Meeting",
    "Parted",
    "Resolved",
    "Side",
    "chain",
    "meeting",
    "pairs_judged",
    "replay",
    "resolve_each",
    "resolve_few",
    "separation",
    "sequence",
    "smallest_change",
    "waterfall",
    "would_join",
]
