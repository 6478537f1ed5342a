"""What the departments of the city see of it: source shapes, sources and error rates, from configs/city."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import Field

from engine.settings.base import Settings
from engine.settings.fields import Names
from engine.settings.shipped import shipped

Base = Literal["events", "stays", "persons", "relations", "firms", "firm_events"]
Style = Literal["gbt", "plain", "chinese", "slashed"]
Rate = Annotated[float, Field(ge=0, le=1)]

PERSON_ROLES = {
    "mother": "mother_id", "father": "father_id", "guardian": "guardian_id", "head": "household_id",
    "spouse": "other_id", "child": "other_id", "representative": "representative_id",
}  # fmt: skip
"""The column of the row that holds the person of a role."""

BUILDING = "building"
"""The role, and the subject, of the building whose address a row tells."""

FIRM_ROLES = {"employer": "firm_id", "firm": "firm_id", "parent": "parent_id", "other_firm": "other_firm_id"}


class Shape(Settings):
    """A form of record that several departments use: what a row is about and which columns it has."""

    title: str
    base: Base = Field(description="the table of the world whose rows are told")
    kind: str = Field("", description="of stays and relations: the kind told")
    subject: Literal["person", "legal_entity"] = Field("person", description="the principal")
    codes: Names = Field((), description="of events: the codes told")
    place: Literal["home", "hukou"] = Field("home", description="which address is written down")
    current: bool = Field(
        False, description="whether the register is kept up to date: its entries are those of the last day"
    )
    visits: int = Field(
        0, ge=0, description="within how many days of the last day the department saw whom its entries hold; 0: never"
    )
    refresh: int = Field(0, ge=0, description="after how many years the department asks anew; 0: never")
    business_key: str | None = Field(None, description="the column with the department's own number of the principal")
    recorded: str | None = Field(None, description="the column with the department's record time")
    building: str = Field("", description="the column whose address is a mention of a building; empty: none is")
    columns: dict[str, str] = Field(description="column = what stands in it: `[role.]field` and, for a text, its words")

    def parts(self) -> dict[str, tuple[str, str]]:
        """Return the role and the field of each column; the role is empty for the row and for its principal."""
        split = {name: what.partition(" ")[0].rpartition(".") for name, what in self.columns.items()}
        return {name: (role, field) for name, (role, _, field) in split.items()}

    def roles(self, known: dict[str, str]) -> tuple[str, ...]:
        """Return the roles among `known` that the columns name, in their order."""
        return tuple(dict.fromkeys(role for role, _ in self.parts().values() if role in known))


class CitySource(Settings):
    """A department's data set."""

    title: str
    shape: str
    steward: str = Field(description="the department")
    codes: Names = Field((), description="of the shape's events, those that this source holds; unset: all")
    kind: str = Field("", description="instead of the shape's")
    forms: Names = Field((), description="of firms: the legal forms that it registers; unset: all")
    details: Names = Field((), description="of events: the varieties that it holds; unset: all")
    coverage: float = Field(1.0, gt=0, le=1, description="share of the city's persons (or firms) that it knows")
    migrants: float | None = Field(None, ge=0, le=1, description="the same of persons without hukou in the city")
    ages: tuple[int, int] = Field((0, 150), description="of a roster: ages at the end, both included")
    slice: tuple[int, int] = Field(
        (0, 1), description="(i, n): the i-th of n departments that share the rows out by person or firm"
    )
    cycle: str = Field("每月", description="update cycle")
    format: Literal["csv", "csv.gz", "tsv", "jsonl", "parquet"] = "csv"
    encoding: Literal["utf-8", "gb18030"] = "utf-8"
    style: Style = Field("plain", description="how dates and sexes are written")
    errors: str = Field("office", description="the error profile")


class ErrorRate(Settings):
    """How often an error of one kind is made in a registration that it can befall."""

    kind: str
    field: str = Field(description="the field it spoils; `row` for errors of whole rows")
    rate: Rate
    befalls: str = Field(
        "", description="all, or those: newborn, child, rural_old, dotted, long, rare, renamed, old_number"
    )
    source: str = Field("", description="where the rate comes from")


class DefectRate(Settings):
    """How often a row that it can befall has a defect of one kind (see `engine/city/defect_kinds.py`)."""

    kind: str
    rate: Rate
    sources: Names = Field((), description="the sources in which it is made; unset: all that have its columns")


class ErrorFile(Settings):
    """How often departments err: the content of errors.toml."""

    errors: tuple[ErrorRate, ...] = Field(alias="error")
    corrected: float = Field(
        ge=0, le=1, description="share of spoilt registrations mended when the department asks again"
    )
    profiles: dict[str, dict[str, Rate]] = Field({}, alias="profile", description="profile -> kind -> rate, instead")
    defects: tuple[DefectRate, ...] = Field(
        (), alias="defect", description="defects of single rows; a kind that is left out is not made"
    )


class Catalogue(Settings):
    """Shapes, sources and errors."""

    shapes: dict[str, Shape]
    sources: dict[str, CitySource]
    errors: tuple[ErrorRate, ...]
    corrected: float
    profiles: dict[str, dict[str, float]]
    defects: tuple[DefectRate, ...] = ()

    def rate(self, error: ErrorRate, profile: str) -> float:
        """Return the rate of an error in sources of a profile."""
        return self.profiles.get(profile, {}).get(error.kind, error.rate)


@cache
def load_catalogue() -> Catalogue:
    """Return the shipped shapes, sources and error rates.

    >>> len([s for s in load_catalogue().sources.values() if load_catalogue().shapes[s.shape].subject == "person"])
    63
    """
    return Catalogue.model_validate(
        {
            "shapes": _toml("shapes.toml")["shape"],
            "sources": _toml("sources.toml")["source"],
            **ErrorFile.model_validate(_toml("errors.toml")).model_dump(),
        }
    )


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(shipped("city", name).read_text(encoding="utf-8"))
