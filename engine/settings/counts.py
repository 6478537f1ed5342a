"""Counts: which definition, where and when, and the figures that departments have published."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from engine.settings.base import Settings
from engine.settings.fields import Names

Division = Annotated[str, StringConstraints(pattern=r"^\d{2,12}$")]


class Count(Settings):
    """A count that the project asks for; the command line can ask for others."""

    definition: str = Field(description="who counts: a code of `lifetree catalog definitions`")
    as_of: date = Field(description="the day counted, such as `2024-12-31`")
    area: Names = Field((), description="codes of divisions or their beginnings; empty: everywhere")
    subject: str = Field("person", description="the subject whose entities are counted")
    active_months: int = Field(
        24, ge=1, description="who is not abroad counts as a resident after a sign of life in so many months"
    )
    certain_inferred: float = Field(
        0.6, ge=0, le=1, description="the probability that one lives at a place that is merely inferred"
    )
    certain_lapsed: float = Field(
        0.95,
        ge=0,
        le=1,
        description="the probability that one who shows signs of life still lives at a home that lapsed",
    )


class Claim(Settings):
    """The figure that a department published, with which its bridge to the agreed count begins."""

    source: str = Field(description="the department's source")
    definition: str = Field(description="what it counted by its own word: a code of `lifetree catalog definitions`")
    as_of: date = Field(description="the day that the figure is of")
    persons: int = Field(ge=0, description="the figure")
    area: Names = Field((), description="as of the count that it is held against")
