"""Which events, relations and spells of residence a source's rows tell, as its project file says it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from engine.city.delivery import roles_of
from engine.city.rendering import department_codes
from engine.city.settings import BUILDING, CitySource, Shape
from engine.city.truth import is_mention

OTHERS = ("spouse", "mother", "child")
"""The role of the other person of an event, where the shape has one."""


class Stated(NamedTuple):
    """A spell that rows of some codes, or of one detail, state: its kind, and the fields of place, begin and end."""

    kind: str
    place: str
    start: str = "date"
    end: str = ""
    rank: int = 1
    codes: tuple[str, ...] = ()
    detail: str = ""


SPELLS = {
    "hukou": (Stated("hukou", "township"),),
    "hukou_change": (
        Stated("hukou", "township", codes=("HUK.REG", "HUK.IN", "HUK.REST")),
        Stated("hukou", "township", codes=("HUK.LATE",), detail="补登"),
        Stated("hukou", "township", "", "date", codes=("HUK.OUT", "HUK.DUP", "HUK.CANC")),
    ),
    "document": (Stated("hukou", "hukou_township", rank=2),),
    "residence": (Stated("declared", "township", end="until"), Stated("hukou", "hukou_township", rank=2)),
    "grid": (Stated("observed", "township"), Stated("hukou", "hukou_township", "recorded", rank=2)),
    "school": (Stated("inferred", "office_township", rank=2), Stated("hukou", "hukou_township", rank=2)),
    "vaccination": (Stated("inferred", "office_township", rank=2),),
    "medical": (
        Stated("inferred", "office_township", rank=2, codes=("MED.VIS",)),
        Stated("inferred", "office_township", rank=3, codes=("MED.ENR",)),
    ),
    "insurance": (Stated("inferred", "office_township", rank=3),),
    "travel": (
        Stated("abroad", "", codes=("EXT.CROSS",), detail="出境"),
        Stated("abroad", "", "", "date", codes=("EXT.CROSS",), detail="入境"),
    ),
}
"""The spells that rows of a shape state. Who copies the place of hukou ranks below the police, and the place of an
office that was visited, or of an employer, below where one lives by one's own word."""

RELATIONS = {
    "residence": (("LIVES_AT", "", BUILDING, ()),),
    "grid": (("LIVES_AT", "", BUILDING, ()),),
    "estate": (("OWNS", "", BUILDING, ("HOU.OWN",)), ("RENTS", "", BUILDING, ("HOU.RENT", "HOU.PUB"))),
    "birth": (("PARENT_OF", "mother", "", ()), ("PARENT_OF", "father", "", ())),
    "marriage": (("SPOUSE_OF", "", "spouse", ("MAR.REG",)),),
    "insurance": (("EMPLOYED_BY", "", "employer", ("SOC.ENR",)),),
    "employment": (("EMPLOYED_BY", "", "employer", ("WRK.CON",)),),
    "guardianship": (("GUARDIAN_OF", "child", "", ("GRD.SET",)), ("PARENT_OF", "child", "", ("ADP.REG",))),
    "registration": (("LEGAL_REP_OF", "representative", "", ()),),
    "firm_change": (("BRANCH_OF", "", "other_firm", ("BR.EST",)), ("SUCCESSOR_OF", "other_firm", "", ("MRG.ABS",))),
}
"""(type, from role, to role, codes) of the ties that rows of a shape state; without codes, every row does."""

FOR_A_TIME = ("LIVES_AT", "RENTS")
"""The ties that end on the day that the row names, where it names one."""


def witnessing(source: CitySource, shape: Shape) -> Iterator[str]:
    """Yield the lines of `[[event]]`, `[[relation]]` and `[[spell]]`."""
    column = {field: name for name, (role, field) in shape.parts().items() if not role}
    codes = source.codes or shape.codes
    several = len(codes) > 1 and "code" in column
    for code in codes if shape.base in ("events", "firm_events") else ():
        yield from (
            "",
            "[[event]]",
            f"code = {_quoted(code)}",
            f"date = {_quoted(column.get('date', column.get('birth', '')))}",
        )
        yield from (f"{key} = {_quoted(column[key])}" for key in ("until", "amount", "number") if key in column)
        if "township" in column:
            yield f"place = {_quoted(column['township'])}"
        roles = [
            role for role, kind, _ in roles_of(shape) if kind == "person" and role in OTHERS and is_mention(shape, role)
        ]
        yield from (f"other = {_quoted(role)}" for role in roles[:1])
        if "detail" in column:
            yield f"payload = {{ detail = {_quoted(column['detail'])} }}"
        if several:
            yield f"when = {_quoted(_is(column['code'], shape, code))}"
    yield from _ties(source, shape, column, codes)
    for spell in SPELLS.get(source.shape, ()):
        yield from _spell(spell, shape, column, codes)


def _spell(spell: Stated, shape: Shape, column: dict[str, str], codes: tuple[str, ...]) -> Iterator[str]:
    told = tuple(code for code in spell.codes or codes if code in codes)
    if spell.codes and not told:
        return
    yield from ("", "[[spell]]", f"kind = {_quoted(spell.kind)}")
    for key, field in (("place", spell.place), ("from", spell.start), ("to", spell.end)):
        if field:
            yield f"{key} = {_quoted(column[field])}"
    if spell.rank > 1:
        yield f"rank = {spell.rank}"
    chosen = " or ".join(_is(column["code"], shape, code) for code in told) if told != codes else ""
    detail = _equal(column["detail"], spell.detail) if spell.detail else ""
    if chosen or detail:
        yield f"when = {_quoted(' and '.join(one for one in (chosen, detail) if one))}"


def _ties(source: CitySource, shape: Shape, column: dict[str, str], codes: tuple[str, ...]) -> Iterator[str]:
    for kind, start, end, only in RELATIONS.get(source.shape, ()):
        if only and not set(only) & set(codes):
            continue
        yield from ("", "[[relation]]", f"type = {_quoted(kind)}")
        yield from ((f"from = {_quoted(start)}",) if start else ())
        yield f"to = {_quoted(end)}"
        if "date" in column:
            yield f"valid_from = {_quoted(column['date'])}"
        if kind in FOR_A_TIME and "until" in column:
            yield f"valid_to = {_quoted(column['until'])}"
        if only and len(codes) > 1 and "code" in column:
            chosen = [_is(column["code"], shape, code) for code in only if code in codes]
            yield f"when = {_quoted(' or '.join(chosen))}"


def _is(column: str, shape: Shape, code: str) -> str:
    return _equal(column, department_codes(shape)[code])


def _equal(column: str, text: str) -> str:
    return f"\"{column}\" = '{text}'"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
