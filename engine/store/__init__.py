"""The store: runs, their layers and manifests, the live pointer and the writer's lock."""

from engine.store.layering import publish_layer
from engine.store.layers import Slice, remaining, scan_slices
from engine.store.lock import writing
from engine.store.publishing import prune_checkpoints, publish
from engine.store.runs import SHARED, Run, open_live, open_project_run, open_run

__all__ = [
    "SHARED", "Run", "Slice", "open_live", "open_project_run", "open_run", "prune_checkpoints", "publish",
    "publish_layer", "remaining", "scan_slices", "writing",
]  # fmt: skip
