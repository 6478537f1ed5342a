"""The catalogue that a project names, and what it says of how often its sources are delivered."""

from __future__ import annotations

from engine.catalogue.entry import plain_code
from engine.catalogue.folder import open_catalogue
from engine.catalogue.tables import Catalogue
from engine.errors import ConfigurationError
from engine.runners.seals import content_hash
from engine.settings import Project
from engine.spelling import nearest
from engine.values.cycles import cycle_days


def project_catalogue(project: Project) -> Catalogue | None:
    """Return the catalogue that the project names; None where it names none.

    Raises:
        StoreError: the folder holds no catalogue.
        ConfigurationError: a source names an entry that the catalogue does not have.
    """
    if project.catalogue is None:
        return None
    catalogue = open_catalogue(project.path(project.catalogue))
    codes = catalogue.entries["code"].to_list()
    faults = [
        f"source {source.name}: the catalogue has no entry '{source.catalogue}'{nearest(source.catalogue, codes)}"
        for source in project.sources
        if source.catalogue and plain_code(source.catalogue) not in codes
    ]
    if faults:
        raise ConfigurationError(faults, hint="`lifetree catalog search` finds entries by words")
    return catalogue


def catalogue_hashes(project: Project) -> list[str]:
    """Return the hashes of the tables of the catalogue that the project names; none where it names none."""
    if project.catalogue is None:
        return []
    return [content_hash(file) for file in sorted(project.path(project.catalogue).glob("*.parquet"))]


def source_cycles(project: Project, catalogue: Catalogue | None) -> dict[str, int | None]:
    """Return the days that the update cycle of each source lasts: its own, else that of its entry."""
    entries = {} if catalogue is None else dict(catalogue.entries.select("code", "update_cycle").iter_rows())
    return {
        source.name: cycle_days(source.cycle or entries.get(plain_code(source.catalogue or "")))
        for source in project.sources
    }
