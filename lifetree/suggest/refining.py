"""What only all attributes together tell: whose a bare name is, which belong together, how each is found."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from lifetree.suggest.attributes import Attribute, File, Place, values_of

CHINESE = r"\p{Han}"
LISTED = 0.2
SHARED_PLACES = 0.5
"""Places of which fewer than this share are distinct are names of places rather than measurements."""


def refined(attributes: Sequence[Attribute], files: Sequence[File], subject: str) -> list[Attribute]:
    """Return the attributes with those that are made of several, each with the form by which it is found."""
    named = [_named(one, subject) for one in attributes]
    roles = {one.role: one for one in named}
    if subject == "person" and {"given_name", "surname"} <= set(roles):
        named = _with_full_name(named, roles["given_name"], roles["surname"])
    if {"latitude", "longitude"} <= set(roles):
        named = _with_place(named, roles["latitude"], roles["longitude"])
    values = values_of(files, named)
    formed = [one._replace(form=_form(one, values[one.name].drop_nulls(), files)) for one in named]
    return [one._replace(kind="text") if one.form == "items" else one for one in formed]


def _named(attribute: Attribute, subject: str) -> Attribute:
    """Return the attribute with a bare name as a person's or that of what is no person."""
    if attribute.role != "name" and not (attribute.role == "full_name" and subject == "legal_entity"):
        return attribute
    if subject == "person":
        return attribute._replace(role="full_name", kind="name")
    return attribute._replace(role="organisation", kind="organisation")


def _with_full_name(attributes: list[Attribute], given: Attribute, surname: Attribute) -> list[Attribute]:
    """Return the attributes with the whole name, which finds candidates where its parts are exchanged or split."""
    found = [one for one in attributes if one.role == "full_name"]
    if found:
        return [one._replace(use="find") if one is found[0] else one for one in attributes]
    places = {
        source: Place((*given.places[source].columns, *surname.places[source].columns))
        for source in given.places
        if source in surname.places
    }
    whole = Attribute("full_name", "whole name", "full_name", "name", "find", "", places)
    return [*attributes, whole] if places else attributes


def _with_place(attributes: list[Attribute], latitude: Attribute, longitude: Attribute) -> list[Attribute]:
    places = {
        source: Place((*latitude.places[source].columns, *longitude.places[source].columns))
        for source in latitude.places
        if source in longitude.places
    }
    place = Attribute("place", "place", "place", "text", "match", "", places)
    return [place if one is latitude else one for one in attributes if one is not longitude]


def _form(attribute: Attribute, values: pl.Series, files: Sequence[File]) -> str:
    """Return the entry of `find` in the vocabulary for the attribute."""
    chinese = float(values.str.contains(CHINESE).mean() or 0.0) >= 0.5 if values.len() else False  # type: ignore[arg-type]
    if attribute.role == "full_name":
        return "chinese_name" if chinese else "full_name"
    if attribute.kind in {"address", "organisation"}:
        return f"chinese_{attribute.kind}" if chinese else attribute.kind
    if attribute.role in {"associates", "category"} and _listed(attribute, files, "separated") >= LISTED:
        return "items"
    if attribute.role in {"authors", "associates", "category"} or (
        attribute.kind in {"text", "title"} and _listed(attribute, files, "listed") >= LISTED
    ):
        return "list"
    if attribute.role in {"birth_date", "founded"} and attribute.kind == "text":
        return "date_text" if float(values.str.contains("-").mean() or 0.0) >= 0.5 else "date_digits"  # type: ignore[arg-type]
    if attribute.kind in {"uscc"}:
        return "identifier"
    return "text" if attribute.kind == "code" else attribute.kind


def _listed(attribute: Attribute, files: Sequence[File], form: str) -> float:
    """Return the largest share of values of a file that hold several by a form of writing lists."""
    shapes = [
        column.shape.forms[form]
        for file in files
        for column in file.columns
        if (column.name,) == (attribute.places.get(file.sample.name) or Place(())).columns
    ]
    return max(shapes, default=0.0)
