"""Whether a build has nothing to do: whether the live run is the very one that it would make."""

from __future__ import annotations

from collections.abc import Mapping

import xxhash

from engine.errors import LifetreeError
from engine.io import source_files
from engine.runners.tasks import canonical
from engine.settings import Project
from engine.sizing import bucket_count
from engine.store import Run, open_live
from engine.store.publishing import is_whole
from lifetree.increments.arrivals import arrived, heard
from lifetree.increments.fitting import Unfit, fitting
from matchers.models import Calibration


def standing(
    project: Project, given: Mapping[str, Calibration], *, buckets: int | None, memory: str | None
) -> Run | None:
    """Return the live run if a build with these arguments would make it again; None if not, or if it cannot be told.

    It would, when files, judgements, settings, catalogue, code, calibrations and the number of buckets are those that
    a build made it of; what is left for the next increment must be there too. Neither locks nor writes anything.
    Cost: a look at the length and times of every file, and the content of those that differ in them.
    """
    try:
        live = open_live(project)
        files = [file for source in project.sources if not source.uri for file in source_files(source, project)]
        same = (
            live.manifest.get("given") == identities(given)
            and live.manifest.get("buckets") == bucket_count(files, buckets=buckets, memory=memory)
            and not isinstance(fitting(project, live), Unfit)
            and arrived(project, live) == {}
            and live.manifest.get("heard") == heard(project)
            and is_whole(live.folder)
        )
    except (LifetreeError, OSError):
        return None
    return live if same else None


def identities(given: Mapping[str, Calibration]) -> dict[str, str]:
    """Return the hash of every calibration that a build was given, by subject."""
    return {name: xxhash.xxh3_64_hexdigest(canonical(one).encode()) for name, one in sorted(given.items())}
