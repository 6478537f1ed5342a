"""Whether a build has nothing to do: whether the live run is the one that it would make."""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import LifetreeError
from engine.hashing import text_digest
from engine.runners.tasks import canonical
from engine.settings import Project
from engine.store import Run, open_live
from engine.store.publishing import is_whole
from lifetree.increments.arrivals import arrived, heard
from lifetree.increments.fitting import Unfit, fitting
from matchers.models import Calibration
