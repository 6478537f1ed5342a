"""Who counts: the definitions of a count, read from the shipped `counts.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Literal

from pydantic import Field

from engine.settings import Project
from engine.settings.base import Settings
from engine.settings.shipped import shipped
from engine.spelling import nearest


class Definition(Settings):
    """A rule about where one is registered and lives."""

    title: str = Field(description="what it is called")
    title_en: str = Field(description="what it is called in English")
    predicate: Literal["hukou", "census"] | None = Field(None, description="the rule as software; unset: not countable")
    rule: str = Field(description="the rule in words")


@cache
def definitions() -> dict[str, Definition]:
    """Return the definitions by code, in the order of the catalogue.

    >>> definitions()["HUKOU"].title
    '户籍人口'
    """
    raw = tomllib.loads(shipped("counts.toml").read_text(encoding="utf-8"))
    return {code: Definition.model_validate(one) for code, one in raw.items()}


def count_faults(project: Project) -> Iterator[str]:
    """Yield the counts and claims of the project whose definition is unknown or cannot be counted."""
    known = definitions()
    countable = [code for code, one in known.items() if one.predicate]
    asked = [("count", one.definition, countable) for one in project.counts]
    asked += [("claim", one.definition, list(known)) for one in project.claims]
    for what, code, possible in asked:
        if code not in known:
            yield f"{what}: unknown definition '{code}'{nearest(code, possible)}"
        elif code not in possible:
            yield f"{what}: definition '{code}' cannot be counted; countable: {', '.join(countable)}"
