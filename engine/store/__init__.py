"""The store: runs, their manifests, the live pointer and the writer's lock."""

from engine.store.lock import writing
from engine.store.runs import SHARED, Run, open_live, open_run, prune_checkpoints, publish

__all__ = ["SHARED", "Run", "open_live", "open_run", "prune_checkpoints", "publish", "writing"]
