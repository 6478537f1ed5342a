"""The types of tie between two entities, read from the shipped `relations.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache

from pydantic import Field

from engine.settings import Project
from engine.settings.base import Settings
from engine.settings.events import subject_of
from engine.settings.shipped import shipped
from engine.spelling import nearest


class RelationType(Settings):
    """A tie that reads from - type - to."""

    subjects_from: tuple[str, ...] = Field(alias="from", description="the subjects that it can go out from")
    subjects_to: tuple[str, ...] = Field(alias="to", description="the subjects that it can lead to")
    title: str = Field(description="what it is called")
    title_en: str = Field(description="what it is called in English")
    inverse: str = Field("", description="what it is called seen from the other end; empty: the same")
    inverse_en: str = Field("", description="the same in English")
    symmetric: bool = Field(False, description="whether it reads the same both ways, and is kept once")
    several: bool = Field(False, description="whether one entity can have several at a time")


@cache
def relation_types() -> dict[str, RelationType]:
    """Return the types of tie by code, in the order of the catalogue.

    >>> relation_types()["PARENT_OF"].inverse_en
    'child of'
    """
    raw = tomllib.loads(shipped("relations.toml").read_text(encoding="utf-8"))
    return {code: RelationType.model_validate(one) for code, one in raw.items()}


def relation_faults(project: Project) -> Iterator[str]:
    """Yield the ties of the project's sources whose type is none, or does not join such subjects."""
    types = relation_types()
    for source in project.sources:
        for relation in source.relations:
            one = types.get(relation.type)
            if one is None:
                yield f"source {source.name}: unknown relation '{relation.type}'{nearest(relation.type, types)}"
                continue
            ends = zip(("from", "to"), relation.ends(), (one.subjects_from, one.subjects_to), strict=True)
            for end, (role, subject), possible in ends:
                found = subject_of(source, role, subject)
                if found is not None and found not in possible:
                    expected = " or ".join(possible)
                    yield f"source {source.name}: {relation.type}: '{end}' is a {found}; expected {expected}"
