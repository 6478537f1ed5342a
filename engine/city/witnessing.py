"""Which events, relations and spells of residence a source's rows tell, as its project file says it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from engine.city.delivery import roles_of
from engine.city.rendering import department_codes
from engine.city.settings import CitySource, Shape
from engine.city.truth import is_mention

OTHERS = ("spouse", "mother", "child")
"""The role of the other person of an event, where the shape has one."""

SPELLS = {"hukou": "hukou", "grid": "observed", "residence": "declared"}
"""The kind of spell that rows of a shape state."""

RELATIONS = {
    "birth": (("PARENT_OF", "mother", "", ()), ("PARENT_OF", "father", "", ())),
    "marriage": (("SPOUSE_OF", "", "spouse", ("MAR.REG",)),),
    "insurance": (("EMPLOYED_BY", "", "employer", ("SOC.ENR",)),),
    "employment": (("EMPLOYED_BY", "", "employer", ("WRK.CON",)),),
    "guardianship": (("GUARDIAN_OF", "", "child", ("GRD.SET",)), ("PARENT_OF", "", "child", ("ADP.REG",))),
    "registration": (("LEGAL_REP_OF", "representative", "", ()),),
    "firm_change": (("BRANCH_OF", "", "other_firm", ("BR.EST",)), ("SUCCESSOR_OF", "other_firm", "", ("MRG.ABS",))),
}
"""(type, from role, to role, codes) of the ties that rows of a shape state; without codes, every row does."""


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
    if source.shape in SPELLS:
        yield from (
            "",
            "[[spell]]",
            f"kind = {_quoted(SPELLS[source.shape])}",
            f"place = {_quoted(column['township'])}",
        )
        yield f"from = {_quoted(column['date'])}"
        if "until" in column:
            yield f"to = {_quoted(column['until'])}"


def _ties(source: CitySource, shape: Shape, column: dict[str, str], codes: tuple[str, ...]) -> Iterator[str]:
    for kind, start, end, only in RELATIONS.get(source.shape, ()):
        if only and not set(only) & set(codes):
            continue
        yield from ("", "[[relation]]", f"type = {_quoted(kind)}")
        yield from ((f"from = {_quoted(start)}",) if start else ())
        yield f"to = {_quoted(end)}"
        if "date" in column:
            yield f"valid_from = {_quoted(column['date'])}"
        if only and len(codes) > 1 and "code" in column:
            yield f"when = {_quoted(_is(column['code'], shape, only[0]))}"


def _is(column: str, shape: Shape, code: str) -> str:
    return f"\"{column}\" = '{department_codes(shape)[code]}'"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
