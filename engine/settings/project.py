"""A project: a folder with `lifetree.toml` and `sources/*.toml`, read once, every fault reported at once."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, ValidationError

from engine.errors import ConfigurationError
from engine.settings.base import Settings
from engine.settings.checks import cross_faults
from engine.settings.counts import Claim, Count
from engine.settings.database import filled
from engine.settings.faults import validation_faults, without_unknown
from engine.settings.rules import RuleChanges
from engine.settings.source import Source
from engine.settings.subject import Subject

PROJECT_FILE = "lifetree.toml"


class Project(Settings):
    """Everything that a build needs to know."""

    name: str = Field(
        "project", pattern=r"^[\w.-]+$", description="names the project in reports; unset: its folder's name"
    )
    salt: str = Field(
        "", description="mixed into entity ids, so that ids of two projects do not coincide; unset: the name"
    )
    store: str = Field("store", description="the folder of runs, relative to the project")
    judgements: str | None = Field(
        None,
        description="a CSV file of decisions: source_l, record_l, source_r, record_r, judgement "
        "(same or different), decided_by",
    )
    catalogue: str | None = Field(
        None,
        description="the folder of a catalogue, as `lifetree catalog import` writes it: files are held against the "
        "items of the entries that sources name (rule S6)",
    )
    sources: tuple[Source, ...] = Field(
        min_length=1, alias="source", description="one `[[source]]` each, or one file each in sources/"
    )
    subjects: dict[str, Subject] = Field(min_length=1, alias="subject", description="one `[subject.NAME]` each")
    counts: tuple[Count, ...] = Field((), alias="count", description="one `[[count]]` each")
    claims: tuple[Claim, ...] = Field((), alias="claim", description="one `[[claim]]` per published figure")
    rules: RuleChanges = Field(RuleChanges(), description="what is other than in the shipped cleansing rules")
    _folder: Path = PrivateAttr(default=Path())

    @property
    def folder(self) -> Path:
        """The project's folder; paths in the settings are relative to it."""
        return self._folder

    def path(self, text: str) -> Path:
        """Return a configured path with `${VARIABLE}` filled in and relative to the project's folder."""
        return self._folder / Path(filled(text)).expanduser()


Check = Callable[[Project], Iterable[str]]


def load_project(folder: str | Path, *, checks: Iterable[Check] = ()) -> Project:
    """Return the project in `folder` (or of a given `lifetree.toml`).

    `checks` are further validations of rooms that the engine does not know, such as the names of comparisons.

    Raises:
        ConfigurationError: with every fault of every file, before any data is read.
    """
    place = Path(folder)
    file = place if place.is_file() else place / PROJECT_FILE
    if not file.is_file():
        raise ConfigurationError(
            [f"no {PROJECT_FILE} in {place}" if place.is_dir() else f"no such folder: {place}"],
            hint=f"a project is a folder with a {PROJECT_FILE}; README.md has one of 20 lines to copy",
        )
    faults: list[str] = []
    content = _read(file, faults)
    head = content.pop("project", {})
    sources = content.get("source", [])
    for extra in sorted((file.parent / "sources").glob("*.toml")):
        if isinstance(sources, list):
            sources = [*sources, {"name": extra.stem} | _read(extra, faults)]
    if faults:
        raise ConfigurationError(faults, hint="mend the TOML; https://toml.io has its rules on a page")
    raw = {**content, **(head if isinstance(head, dict) else {"project": head}), "source": sources}
    raw.setdefault("name", re.sub(r"[^\w.-]", "-", file.resolve().parent.name) or "project")
    project, faults = _validated(raw, file)
    if project:
        project._folder = file.parent
        faults += [*cross_faults(project), *_variable_faults(project)]
        faults += [fault for check in checks for fault in check(project)]
    if faults or project is None:
        raise ConfigurationError(faults, hint="docs/reference/project.md lists every key")
    return project


def _read(file: Path, faults: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        faults.append(f"{file}: {error}")
    except UnicodeDecodeError as error:
        faults.append(f"{file}: not UTF-8 at byte {error.start}")
    return {}


def _validated(raw: dict[str, Any], file: Path) -> tuple[Project | None, list[str]]:
    """Return the project and its faults; where unknown keys are the only ones, the project is what is left without."""
    try:
        return Project.model_validate(raw), []
    except ValidationError as error:
        faults = [f"{file.name}: {fault}" for fault in validation_faults(error, Project, raw)]
        known = without_unknown(raw, error)
    try:
        return Project.model_validate(known), faults
    except ValidationError:
        return None, faults


def _variable_faults(project: Project) -> list[str]:
    texts = [(f"source {source.name}: files", text) for source in project.sources for text in source.files]
    texts += [(f"source {source.name}: uri", source.uri) for source in project.sources if source.uri]
    return [
        f"{where}: the environment variable {name} is not set"
        for where, text in texts
        for name in re.findall(r"\$\{(\w+)\}", text)
        if name not in os.environ
    ]
