"""What a source of the city says for the cleansing rules: values of its rows by the names that rules know."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from engine.city.rendering import department_codes
from engine.city.settings import CitySource, Shape


class Stands(NamedTuple):
    """The name that rules know a field of the row by, and the kind of its values."""

    name: str
    kind: str


ITEMS = {
    "code": Stands("event", "text"),
    "date": Stands("event_date", "date"),
    "until": Stands("event_until", "date"),
    "amount": Stands("amount", "amount"),
    "capital": Stands("capital", "amount"),
    "marital": Stands("marital", "marital_status"),
    "division": Stands("division", "division"),
    "township": Stands("township", "division"),
    "hukou_township": Stands("hukou_township", "division"),
    "office_township": Stands("office_township", "division"),
    "unit": Stands("unit", "address"),
    "permit": Stands("certificate_no", "certificate"),
    "ethnicity": Stands("ethnic_group", "ethnicity"),
    "family_role": Stands("family_role", "family_relation"),
}

REQUIRED = {
    "person": ("name", "sex", "birth_date"),
    "legal_entity": ("name", "founded"),
}
"""What every register of the city holds of its principals, where it has a column for it."""


def items_of(source: CitySource, shape: Shape) -> Iterator[str]:
    """Yield the lines of `[items]`."""
    column = {field: name for name, (role, field) in shape.parts().items() if not role and field in ITEMS}
    if not column:
        return
    yield from ("", "[items]")
    for field, (name, kind) in ITEMS.items():
        if field in column:
            coded = f", values = {_table(_codes(source, shape))}" if field == "code" else ""
            yield f'{name} = {{ columns = {_quoted(column[field])}, kind = "{kind}"{coded} }}'


def required_of(shape: Shape, attributes: Mapping[str, str]) -> Iterator[str]:
    """Yield the line of `required`; `attributes` has the mapped attributes of the principal."""
    named = [one for one in REQUIRED[shape.subject] if one in attributes]
    fields = {field for role, field in shape.parts().values() if not role}
    named += [ITEMS[field].name for field in ("code", "date") if field in fields]
    if named:
        yield f"required = [{', '.join(map(_quoted, named))}]"


def _codes(source: CitySource, shape: Shape) -> dict[str, str]:
    """Return the event that each of the department's codes means, of those that the source holds."""
    told = source.codes or shape.codes
    return {text: code for code, text in department_codes(shape).items() if code in told}


def _table(pairs: Mapping[str, str]) -> str:
    return "{ " + ", ".join(f"{_quoted(one)} = {_quoted(other)}" for one, other in pairs.items()) + " }"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
