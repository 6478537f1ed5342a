"""The lists of what there is: kinds, comparisons, functions, rules, tables, settings and sources, as rows."""

from __future__ import annotations

import ast
import inspect
import itertools
import tomllib
import types
import typing
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from engine import record_tables, registry_tables, tables, tree_tables
from engine.cleanse import load_rules
from engine.expressions import SQL_FUNCTIONS
from engine.settings import (
    BlockingRule,
    Caution,
    Claim,
    Comparison,
    Count,
    EventMapping,
    FieldMapping,
    Identifier,
    Item,
    Mention,
    Model,
    Project,
    RelationMapping,
    Rule,
    RuleChanges,
    Source,
    SpellMapping,
    Subject,
    Test,
)  # fmt: skip
from engine.settings.loop import Alerts, Deadlines, Ticketing
from engine.settings.shipped import shipped
from engine.settings.subject import Attribute
from engine.tables import TABLES
from engine.values import KINDS
from engine.values.functions import FUNCTIONS
from matchers.comparisons import describe_comparisons
from trees.census import definitions
from trees.events import event_types
from trees.relations import relation_types

Row = dict[str, Any]

SECTIONS: dict[str, type[BaseModel]] = {
    "[project]": Project,
    "[[source]]": Source,
    "[[source.mention]]": Mention,
    "[source.mention.fields]": FieldMapping,
    "[source.items]": Item,
    "[[source.event]]": EventMapping,
    "[[source.relation]]": RelationMapping,
    "[[source.spell]]": SpellMapping,
    "[subject.NAME]": Subject,
    "[subject.NAME.attributes]": Attribute,
    "[[subject.NAME.identifier]]": Identifier,
    "[[subject.NAME.blocking]]": BlockingRule,
    "[[subject.NAME.comparison]]": Comparison,
    "[[subject.NAME.caution]]": Caution,
    "[subject.NAME.model]": Model,
    "[[count]]": Count,
    "[[claim]]": Claim,
    "[rules]": RuleChanges,
    "[[rules.own]]": Rule,
    "[[rules.own.test]]": Test,
    "[rules.deadlines]": Deadlines,
    "[rules.tickets]": Ticketing,
    "[rules.alerts]": Alerts,
}
"""The tables of a project file and the class that each is read into."""


def kinds() -> list[Row]:
    """Return the kinds of value."""
    return [
        {"kind": kind.name, "title": kind.title, "validated": kind.valid is not None}
        for kind in sorted(KINDS.values(), key=lambda kind: kind.name)
    ]


def comparisons() -> list[Row]:
    """Return the kinds of comparison: levels, and the thresholds that stand where a project gives none."""
    rows = [{"kind": row.pop("name"), **row} for row in describe_comparisons()]
    return sorted(rows, key=lambda row: str(row["kind"]))


def functions() -> list[Row]:
    """Return the functions that expressions may call."""
    own = [
        {"function": name, "origin": "lifetree", "title": _first_line(function)}
        for name, function in sorted(FUNCTIONS.items())
    ]
    return own + [{"function": name, "origin": "SQL", "title": ""} for name in sorted(SQL_FUNCTIONS)]


def rules() -> list[Row]:
    """Return the cleansing rules."""
    shown = {"code", "category", "category_en", "phase", "severity", "action", "title", "standard"}
    return [rule.model_dump(include=shown) for rule in load_rules()]


def events() -> list[Row]:
    """Return the types of event, by subject and branch."""
    return [
        {"subject": subject, "code": code, **one.model_dump(exclude={"begins_life", "ends_life"})}
        for subject, types in event_types().items()
        for code, one in types.items()
    ]


def relations() -> list[Row]:
    """Return the types of tie between two entities."""
    return [{"code": code, **one.model_dump(by_alias=True)} for code, one in relation_types().items()]


def constraints() -> list[Row]:
    """Return the constraints of a life."""
    rows = tomllib.loads(shipped("constraints.toml").read_text(encoding="utf-8"))["constraint"]
    return [dict(row) for row in rows]


def counts() -> list[Row]:
    """Return the definitions of a count, and whether the software counts by them."""
    return [
        {"code": code, "title": one.title, "title_en": one.title_en, "counted": bool(one.predicate), "rule": one.rule}
        for code, one in definitions().items()
    ]


def sources(project: Project) -> list[Row]:
    """Return a project's sources."""
    return [
        {
            "source": source.name,
            "title": source.title,
            "files": [source.place()] if source.uri else list(source.files),
            "format": source.format,
            "key": list(source.key),
            "delivered_at": _dates(source),
            "mentions": [f"{mention.subject}:{mention.role}".rstrip(":") for mention in source.mentions],
        }
        for source in project.sources
    ]


def _dates(source: Source) -> str | list[str] | None:
    if source.delivered_at is None or isinstance(source.delivered_at, str):
        return source.delivered_at
    return [f"{pattern}: {date}" for pattern, date in source.delivered_at]


def table_columns() -> list[Row]:
    """Return every column of every table that a run holds."""
    return [
        {"table": table.name, "column": column, "type": str(dtype), "key": column in table.key}
        for table in TABLES.values()
        for column, dtype in table.columns.items()
    ]


def table_meanings() -> dict[str, str]:
    """Return what each table means: the text that follows its definition in the modules of tables."""
    meanings: dict[str, str] = {}
    modules = (record_tables, registry_tables, tables, tree_tables)
    bodies = [ast.parse(inspect.getsource(module)).body for module in modules]
    for statement, following in itertools.chain.from_iterable(map(itertools.pairwise, bodies)):
        text = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant) and following.value.value
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name) and isinstance(text, str):
            table = getattr(tables, statement.targets[0].id)
            if isinstance(table, tables.Table):
                meanings[table.name] = " ".join(text.split())
    return meanings


def settings() -> list[Row]:
    """Return every key of a project file, in the order of the classes."""
    return [
        {
            "table": section,
            "key": field.alias or name,
            "type": _or_text(in_words(field.annotation), field.metadata),
            "default": _default(field),
            "description": field.description or "",
        }
        for section, model in SECTIONS.items()
        for name, field in model.model_fields.items()
    ]


def in_words(annotation: Any) -> str:
    """Return a type as a project's author would say it.

    >>> in_words(str | None), in_words(tuple[str, ...]), in_words(Literal["csv", "tsv"])
    ('text', 'list of text', "'csv' or 'tsv'")
    """
    plain = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    if annotation in plain:
        return plain[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _or_text(in_words(arguments[0]), arguments[1:])
    if origin is Literal:
        return " or ".join(repr(item) for item in arguments)
    if origin in {types.UnionType, typing.Union}:
        return " or ".join(dict.fromkeys(in_words(item) for item in arguments if item is not types.NoneType))
    if origin is tuple:
        pair = typing.get_args(arguments[0])
        if typing.get_origin(arguments[0]) is tuple and Ellipsis not in pair:
            return f"table of {in_words(pair[1])}"
        words = in_words(arguments[0])
        return f"list of ({words})" if " or " in words else f"list of {words}"
    if origin is dict:
        return f"table of {in_words(arguments[1])}"
    return "table"


def _or_text(words: str, metadata: Iterable[Any]) -> str:
    """Return the words of a type, with the plain text that stands for a list or a table where a validator takes one."""
    shorthand = any(isinstance(item, BeforeValidator) for item in metadata)
    return f"text or {words.removeprefix('text or ')}" if shorthand else words


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value is None or value is PydanticUndefined:
        return "unset"
    if isinstance(value, BaseModel):
        return "its own defaults"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return _toml(value)


def _toml(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _first_line(function: Any) -> str:
    return next(iter((inspect.getdoc(function) or "").splitlines()), "")
