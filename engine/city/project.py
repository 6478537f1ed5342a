"""The project that builds the city: lifetree.toml and one file for each source."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path

from engine.city.delivery import roles_of
from engine.city.files import source_file
from engine.city.project_items import items_of, required_of
from engine.city.settings import BUILDING, Catalogue, CitySource, Shape
from engine.city.witnessing import witnessing
from engine.settings.shipped import shipped

AREA = "3901"
"""The city: all its divisions begin with it."""

CLAIMS = (("hukou", "HUKOU"), ("grid", "CZ_CENSUS"), ("medical_enrolment", "CZ_CENSUS"), ("health_record", "CZ_CENSUS"))
"""The departments that publish a figure, the rows of their register, and what they take it for."""

PERSON_ATTRIBUTES = {
    "name": "name", "id_no": "id_no", "permit": "permit", "birth_certificate": "birth_certificate",
    "birth": "birth_date", "sex": "sex", "phone": "phone", "address": "address", "former_name": "former_name",
    "former_number": "former_id_no", "ethnicity": "ethnicity",
}  # fmt: skip
FIRM_ATTRIBUTES = {
    "firm_name": "name", "uscc": "uscc", "org_code": "org_code", "reg_no": "reg_no", "founded": "founded",
    "firm_phone": "phone", "firm_address": "address",
}  # fmt: skip


def write_project(
    folder: Path, *, catalogue: Catalogue, as_of: date, rows: Mapping[str, int], without: Collection[str] = ()
) -> None:
    """Write lifetree.toml and sources/*.toml into `folder`.

    `rows` are those of each source, `without` names the sources that deliver nothing.
    """
    head = f'# An invented city of province 39, as its departments know it on {as_of}.\n\n[project]\nname = "city"\n\n'
    subjects = shipped("city", "subjects.toml").read_text(encoding="utf-8")
    (folder / "lifetree.toml").write_text(head + subjects + _counts(as_of, rows), encoding="utf-8")
    places = folder / "sources"
    places.mkdir(exist_ok=True)
    for old in places.glob("*.toml"):
        old.unlink()
    for name, source in catalogue.sources.items():
        if name in without:
            continue
        text = "\n".join(_source(name, source, catalogue.shapes[source.shape], as_of))
        (places / f"{name}.toml").write_text(text + "\n", encoding="utf-8")


def _counts(as_of: date, rows: Mapping[str, int]) -> str:
    day = f'as_of = "{as_of}"\narea = "{AREA}"\n'
    counts = [f'\n[[count]]\ndefinition = "{one}"\n{day}' for one in ("HUKOU", "CZ_CENSUS")]
    claims = [
        f'\n[[claim]]\nsource = "{source}"\ndefinition = "{one}"\n{day}persons = {rows[source]}\n'
        for source, one in CLAIMS
    ]
    return "".join(counts + claims)


def _source(name: str, source: CitySource, shape: Shape, as_of: date) -> Iterator[str]:
    parts = shape.parts()
    yield f"title = {_quoted(source.title)}"
    yield f"steward = {_quoted(source.steward)}"
    yield f"cycle = {_quoted(source.cycle)}"
    yield f"files = {_quoted(str(source_file(Path('data'), name, source)))}"
    if source.encoding != "utf-8":
        yield f"encoding = {_quoted(source.encoding)}"
    yield f"key = {_quoted(next(column for column, part in parts.items() if part == ('', 'serial')))}"
    yield f"delivered_at = {_quoted(as_of.isoformat())}"
    if shape.recorded:
        yield f"recorded_at = {_quoted(shape.recorded)}"
    yield from required_of(shape, _attributes(shape, "", shape.subject))
    yield from items_of(source, shape)
    for role, kind, _ in roles_of(shape):
        fields = _attributes(shape, role, kind)
        if not fields:
            continue
        yield from ("", "[[mention]]", f"subject = {_quoted('person' if kind == 'person' else 'legal_entity')}")
        if role:
            yield f"role = {_quoted(role)}"
        own = [column for column, part in parts.items() if part == (role, "registration")]
        yield from (f"business_key = {_quoted(column)}" for column in own)
        yield from (
            "",
            "[mention.fields]",
            *(f"{attribute} = {_quoted(column)}" for attribute, column in fields.items()),
            *_strayed(fields),
        )
    if shape.building:
        yield from ("", "[[mention]]", f"subject = {_quoted(BUILDING)}", f"role = {_quoted(BUILDING)}")
        yield from ("", "[mention.fields]", f"address = {_quoted(shape.building)}")
    yield from witnessing(source, shape)


def _attributes(shape: Shape, role: str, kind: str) -> dict[str, str]:
    """Return the attributes that a role's columns hold, each with its column."""
    known = PERSON_ATTRIBUTES if kind == "person" else FIRM_ATTRIBUTES
    return {known[field]: column for column, (one, field) in shape.parts().items() if one == role and field in known}


def _strayed(fields: Mapping[str, str]) -> Iterator[str]:
    """Yield the older numbers that have no column of their own: they are typed for the number of today."""
    for today, older in (("uscc", "org_code"), ("uscc", "reg_no"), ("id_no", "old_id_no")):
        if today in fields and older not in fields:
            yield f"{older} = {{ columns = {_quoted(fields[today])}, stray = true }}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
