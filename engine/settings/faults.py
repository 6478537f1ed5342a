"""Validation errors told in the user's words, with the nearest name for an unknown key."""

from __future__ import annotations

import copy
import typing
from typing import Any

from pydantic import BaseModel, ValidationError

from engine.settings.database import redacted
from engine.spelling import nearest


def validation_faults(error: ValidationError, model: type[BaseModel], raw: dict[str, Any]) -> list[str]:
    """Return one line per fault: the place in the file, what is wrong, and what was expected."""
    details = error.errors()
    inner = {detail["loc"][:length] for detail in details for length in range(len(detail["loc"]))}
    return [
        _fault(detail, model, raw) for detail in details if detail["type"] != "too_short" or detail["loc"] not in inner
    ]


def without_unknown(raw: dict[str, Any], error: ValidationError) -> dict[str, Any]:
    """Return a copy of `raw` without the keys that `error` calls unknown."""
    known = copy.deepcopy(raw)
    for detail in error.errors():
        if detail["type"] == "extra_forbidden":
            place: Any = known
            *path, key = (part for part in detail["loc"] if part != "function-before")
            for part in path:
                place = place[part] if _holds(place, part) else place
            if isinstance(place, dict):
                place.pop(key, None)
    return known


def _fault(detail: Any, model: type[BaseModel], raw: dict[str, Any]) -> str:
    loc = [part for part in detail["loc"] if part != "function-before"]
    if detail["type"] == "extra_forbidden":
        known = _keys(_model_at(model, loc[:-1]))
        return f"{_place(loc[:-1], raw)}: unknown key '{loc[-1]}'{nearest(str(loc[-1]), known)}"
    if detail["type"] == "missing":
        return f"{_place(loc[:-1], raw)}: '{loc[-1]}' is missing"
    got = detail.get("input")
    shown = "" if isinstance(got, dict | list) and len(str(got)) > 60 else f" (got {redacted(repr(got))})"
    if detail["type"] == "too_short":
        return f"{_place(loc, raw)}: at least one is needed, there is none"
    return f"{_place(loc, raw)}: {detail['msg'][0].lower()}{detail['msg'][1:]}{shown}"


def _place(loc: list[Any], raw: Any) -> str:
    """Return the path in the file's words; an element of a list is called by its `name` where it has one."""
    words: list[str] = []
    for part in loc:
        raw = raw[part] if _holds(raw, part) else None
        named = raw.get("name") if isinstance(part, int) and isinstance(raw, dict) else None
        words.append(str(named or (part + 1 if isinstance(part, int) else part)))
    return ".".join(words) or "project"


def _holds(raw: Any, part: Any) -> bool:
    return (isinstance(raw, dict) and part in raw) or (
        isinstance(raw, list) and isinstance(part, int) and part < len(raw)
    )


def _keys(model: type[BaseModel] | None) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _model_at(model: type[BaseModel] | None, loc: list[Any]) -> type[BaseModel] | None:
    for part in loc:
        if model is None or not isinstance(part, str):
            continue
        by_key = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
        if part in by_key:
            model = _inner_model(by_key[part]) or model
    return model


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_inner_model(argument) for argument in typing.get_args(annotation))
    return next((inner for inner in found if inner), None)
