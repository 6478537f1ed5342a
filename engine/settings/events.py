"""What a row tells beside who it names: events, relations between its mentions, and spells of residence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import polars as pl
from pydantic import BeforeValidator, Field

from engine.errors import ConfigurationError
from engine.settings.base import Settings
from engine.settings.fields import FieldMapping, Mapped
from engine.spelling import nearest

if TYPE_CHECKING:
    from engine.settings.source import Source

SpellKind = Literal["hukou", "declared", "observed", "inferred", "abroad"]


def _as_payload(value: Any) -> Any:
    columns = [value] if isinstance(value, str) else value
    return {column: column for column in columns} if isinstance(columns, list) else columns


Payload = Annotated[dict[str, str], BeforeValidator(_as_payload)]
"""Names and the columns whose values stand under them; a list of columns keeps their own names."""

WHEN = "an expression over the row's columns that chooses the rows; unset: every row"


class EventMapping(Settings):
    """An event that happened to one of the subjects that a row names."""

    code: str = Field(description="what happened: a code of `lifetree catalog events`")
    role: str = Field("", description="the mention that it happened to")
    subject: str | None = Field(None, description="of that mention, needed when mentions of two subjects bear the role")
    date: Mapped = Field(description="the column with the day, month or year on which it happened or began")
    until: Mapped | None = Field(None, description="the column with the first day on which it no longer holds")
    place: str | None = Field(None, description="the column with a code of division (6 digits) or township (9 or 12)")
    other: str | None = Field(None, description="the role of another mention of the row that took part in it")
    other_subject: str | None = Field(None, description="of the other mention, needed when two subjects bear its role")
    amount: str | None = Field(None, description="the column with a number: money, dose, score")
    number: str | None = Field(None, description="the column with the number of the document")
    payload: Payload = Field({}, description="further columns to keep, by name or as a list")
    when: str | None = Field(None, description=WHEN)

    @property
    def label(self) -> str:
        """The mapping as messages call it."""
        return f"event {self.code}"

    def ends(self) -> tuple[tuple[str, str | None], ...]:
        """Return role and subject of the mentions that take part."""
        other = () if self.other is None else ((self.other, self.other_subject),)
        return ((self.role, self.subject), *other)

    def columns(self) -> tuple[str, ...]:
        """Return the columns that the mapping reads."""
        single = [column for column in (self.place, self.amount, self.number) if column]
        return _columns((self.date, self.until), [*single, *self.payload.values()], self.when)


class RelationMapping(Settings):
    """A tie between two of the subjects that a row names."""

    type: str = Field(description="a code of `lifetree catalog relations`; it reads from - type - to")
    from_role: str = Field("", alias="from", description="the role of the mention that the tie goes out from")
    from_subject: str | None = Field(None, description="of that mention, needed when two subjects bear the role")
    to_role: str = Field(alias="to", description="the role of the mention that it leads to")
    to_subject: str | None = Field(None, description="of that mention, needed when two subjects bear the role")
    valid_from: Mapped | None = Field(None, description="the column with its first day; unset: not known")
    valid_to: Mapped | None = Field(None, description="the column with the first day on which it no longer holds")
    payload: Payload = Field({}, description="further columns to keep, by name or as a list")
    when: str | None = Field(None, description=WHEN)

    @property
    def label(self) -> str:
        """The mapping as messages call it."""
        return f"relation {self.type}"

    def ends(self) -> tuple[tuple[str, str | None], ...]:
        """Return role and subject of both mentions."""
        return ((self.from_role, self.from_subject), (self.to_role, self.to_subject))

    def columns(self) -> tuple[str, ...]:
        """Return the columns that the mapping reads."""
        return _columns((self.valid_from, self.valid_to), self.payload.values(), self.when)


class SpellMapping(Settings):
    """An interval in which one of the subjects that a row names lived, or was registered, at a place."""

    kind: SpellKind = Field(
        description="hukou: registered there; declared: lives there by its own word; observed: was found there when it "
        "was recorded, which holds for half a year without a `to`; inferred: left a sign there, which does so too; "
        "abroad: lives in another country"
    )
    role: str = Field("", description="the mention that lived there")
    subject: str | None = Field(None, description="of that mention, needed when mentions of two subjects bear the role")
    place: str | None = Field(None, description="the column with the code of the township; only `abroad` needs none")
    valid_from: Mapped | None = Field(None, alias="from", description="the column with the first day; unset: not known")
    valid_to: Mapped | None = Field(None, alias="to", description="the column with the first day no longer there")
    rank: int = Field(
        1,
        ge=1,
        le=9,
        description="when spells of one kind contradict each other on a day, the smallest rank holds; of hukou, only "
        "the smallest rank that tells of somebody is heard, and beyond the first it takes two sources",
    )
    when: str | None = Field(None, description=WHEN)

    @property
    def label(self) -> str:
        """The mapping as messages call it."""
        return f"spell {self.kind}"

    def ends(self) -> tuple[tuple[str, str | None], ...]:
        """Return role and subject of the mention."""
        return ((self.role, self.subject),)

    def columns(self) -> tuple[str, ...]:
        """Return the columns that the mapping reads."""
        return _columns((self.valid_from, self.valid_to), [self.place] if self.place else [], self.when)


Witnessing = EventMapping | RelationMapping | SpellMapping


def subject_of(source: Source, role: str, subject: str | None) -> str | None:
    """Return the subject of the source's mention in that role; None when no mention bears it, or two do."""
    found = [one.subject for one in source.mentions if one.role == role and subject in {None, one.subject}]
    return found[0] if len(found) == 1 else None


def witnessing_faults(source: Source) -> Iterator[str]:
    """Yield what is wrong with the source's events, relations and spells as far as the source alone can tell."""
    told: tuple[Witnessing, ...] = (*source.events, *source.relations, *source.spells)
    for one in told:
        where = f"source {source.name}: {one.label}"
        for role, subject in one.ends():
            yield from (f"{where}: {fault}" for fault in _role_faults(source, role, subject))
        if isinstance(one, SpellMapping) and one.place is None and one.kind != "abroad":
            yield f"{where}: 'place' is missing"
        yield from (f"{where}: when: {fault}" for fault in _when_faults(one.when))


def _when_faults(when: str | None) -> Iterator[str]:
    from engine.expressions import compile_expression  # it names the nearest word as this package does

    if when is None:
        return
    try:
        compiled = compile_expression(when, columns=None)
        frame = pl.DataFrame(schema=dict.fromkeys(compiled.columns, pl.String))
        kind = compiled.append_to(frame, name=" chosen").schema[" chosen"]
    except ConfigurationError as error:
        yield from error.faults
    except pl.exceptions.PolarsError as error:
        yield f"'{when}' cannot be computed over texts: {str(error).splitlines()[0]}"
    else:
        if kind != pl.Boolean:
            yield f"'{when}' is neither true nor false; got {kind}"


def _role_faults(source: Source, role: str, subject: str | None) -> Iterator[str]:
    bearing = [mention.subject for mention in source.mentions if mention.role == role]
    if not bearing:
        yield f"no mention bears the role '{role}'{nearest(role, (mention.role for mention in source.mentions))}"
    elif subject is not None and subject not in bearing:
        yield f"no mention of subject '{subject}' bears the role '{role}'{nearest(subject, bearing)}"
    elif subject is None and len(bearing) > 1:
        yield f"mentions of {' and '.join(sorted(bearing))} bear the role '{role}'; say which subject"


def _columns(fields: Iterable[FieldMapping | None], single: Iterable[str], when: str | None) -> tuple[str, ...]:
    from engine.expressions import compile_expression  # it names the nearest word as this package does

    used = [column for field in fields if field for column in field.columns]
    read = compile_expression(when, columns=None).columns if when else ()
    return tuple(dict.fromkeys([*used, *single, *read]))
