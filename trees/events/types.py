"""The types of event, by subject and code, read from the shipped `events.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Literal

from pydantic import Field

from engine.settings import Project
from engine.settings.base import Settings
from engine.settings.events import subject_of
from engine.settings.shipped import shipped
from engine.spelling import nearest

BRANCHES = {
    "person": ("出生", "教育", "就业", "生活", "置业", "出行", "就医", "救助", "养老", "身后"),
    "legal_entity": ("准入准营", "招聘用工", "纳税缴费", "经营发展", "工程建设", "注销退出"),
}
"""The phases of a life in order."""


class EventType(Settings):
    """What can happen to a subject."""

    branch: str = Field(description="the phase of life that it belongs to")
    department: str = Field(description="whose business it is")
    title: str = Field(description="what it is called")
    title_en: str = Field(description="what it is called in English")
    repeatable: bool = Field(False, description="whether it can happen again")
    tolerance: int = Field(3, ge=0, description="days between the dates that several sources give for one event")
    sign: Literal["strong", "medium", "weak"] | None = Field(None, description="how surely its subject was alive")
    proxy: Literal["low", "medium", "high"] | None = Field(None, description="how easily another stands in")
    begins_life: bool = Field(False, description="whether it is the subject's birth")
    ends_life: bool = Field(False, description="whether it is the subject's death")


@cache
def event_types() -> dict[str, dict[str, EventType]]:
    """Return the types of event by subject and code, in the order of the catalogue.

    >>> event_types()["person"]["DTH.CREM"].branch
    '身后'
    >>> {subject: len(types) for subject, types in event_types().items()}
    {'person': 72, 'legal_entity': 48}
    """
    raw = tomllib.loads(shipped("events.toml").read_text(encoding="utf-8"))
    return {
        subject: {code: EventType.model_validate(one) for code, one in types.items()} for subject, types in raw.items()
    }


def event_faults(project: Project) -> Iterator[str]:
    """Yield the events of the project's sources whose code is none of their subject's."""
    for source in project.sources:
        for event in source.events:
            subject = subject_of(source, event.role, event.subject)
            known = event_types().get(subject or "", {})
            if subject is not None and event.code not in known:
                told = nearest(event.code, known) if known else f"; only {' and '.join(event_types())} have event codes"
                yield f"source {source.name}: '{event.code}' is no event of {subject}{told}"
