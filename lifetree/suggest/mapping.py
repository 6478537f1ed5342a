"""Columns of several files, whatever they are called and in whatever order, laid onto common attributes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from lifetree.suggest.attributes import Attribute, File, Place
from lifetree.suggest.columns import Column
from lifetree.suggest.repeats import repeats, standardises
from lifetree.suggest.vocabulary import Use, words_of

ALIKE = 0.85
"""How alike two names of columns of no known role must be."""

COMMON = 0.3
"""The share of values in common that makes columns the same, whatever they are called."""

LEAST_COMMON = 0.05
"""Columns of few values with fewer of them in common name things in ways of their own."""

RESERVED = frozenset(
    "and or not in like between case when then else end is as cast select from where group order by limit table "
    "date time timestamp year month day values left right index key true false null".split()
)


class Mapped(NamedTuple):
    """The attributes, and the columns that are left out: source, column and why."""

    attributes: list[Attribute]
    left_out: list[tuple[str, str, str]]


class _Held(NamedTuple):
    """An attribute in the making: its column in each source."""

    name: str
    role: str
    columns: dict[str, Column]


def mapped(files: Sequence[File]) -> Mapped:
    """Return the attributes of files of one subject, and what is left out.

    A column belongs to the attribute of its role, else of its name, else of its values. Of two that say the same, the
    better called one is kept, of an organisation's names the standard form of the other where every file has it.
    """
    left_out = [(file.sample.name, one.name, one.why) for file in files for one in file.columns if one.use == "carry"]
    held: list[_Held] = []
    doubles: dict[str, dict[str, Column]] = {}
    for file in files:
        taken: set[str] = set()
        for column in sorted(_used(file), key=lambda one: (-one.fit, -one.filled)):
            again = next((one for one in held if _same_role(one.role, column.role) and one.name in taken), None)
            if again and repeats(_values(file, column), _values(file, again.columns[file.sample.name])):
                kept = doubles.setdefault(again.name, {}).setdefault(file.sample.name, column)
                if kept is not column:
                    left_out.append((file.sample.name, column.name, _says(again.columns[file.sample.name])))
                continue
            found = _fitting(held, column, file, files, taken)
            if found is None:
                found = _Held(_free_name(column, held), column.role, {})
                held.append(found)
            found.columns[file.sample.name] = column
            taken.add(found.name)
    left_out += [why for one in held if one.name in doubles for why in _settled(one, doubles[one.name], files)]
    order = {column.name: place for file in files[::-1] for place, column in enumerate(file.columns)}
    held.sort(key=lambda one: min(order[column.name] for column in one.columns.values()))
    attributes = []
    for one in held:
        if why := _foreign(one, files):
            left_out += [(source, column.name, why) for source, column in one.columns.items()]
        else:
            attributes.append(_attribute(one))
    return Mapped(attributes, left_out)


def _settled(held: _Held, doubles: dict[str, Column], files: Sequence[File]) -> list[tuple[str, str, str]]:
    """Put standard forms in their place where every file has them; return the columns that are left out, and why."""
    firms = held.role in {"name", "organisation"} and any(one.role == "organisation" for one in held.columns.values())
    standard = firms and all(
        source in doubles
        and standardises(_values(_file(files, source), doubles[source]), _values(_file(files, source), column))
        for source, column in held.columns.items()
    )
    left_out = []
    for source, double in doubles.items():
        column = held.columns[source]
        if standard:
            held.columns[source] = double._replace(role=column.role, kind=column.kind)
            left_out.append((source, column.name, f"'{double.name}' has its standard form"))
        else:
            left_out.append((source, double.name, _says(column)))
    return left_out


def _says(column: Column) -> str:
    return f"says what '{column.name}' says"


def _used(file: File) -> list[Column]:
    return [one for one in file.columns if one.use in {"match", "find"}]


def _fitting(held: list[_Held], column: Column, file: File, files: Sequence[File], taken: set[str]) -> _Held | None:
    """Return the attribute that the column holds, among those that the file has no column for yet."""
    free = [one for one in held if one.name not in taken]
    of_role = next((one for one in free if column.role and one.role == column.role), None)
    of_name = next(
        (one for one in free if any(_same_name(column.name, other.name) for other in one.columns.values())), None
    )
    if of_role or of_name:
        return of_role or of_name
    best: tuple[float, _Held | None] = (COMMON, None)
    for one in free:
        source, other = next(iter(one.columns.items()))
        if column.role and one.role:
            continue
        if column.kind == other.kind or not column.role:
            share = _in_common(_values(file, column), _values(_file(files, source), other))
            if share >= best[0] and min(column.distinct, other.distinct) >= 50:
                best = (share, one)
    return best[1]


def _same_role(left: str, right: str) -> bool:
    """Return whether two roles are one; a bare name may be an organisation's."""
    return bool(left) and (left == right or {left, right} == {"name", "organisation"})


def _same_name(left: str, right: str) -> bool:
    a, b = " ".join(words_of(left)), " ".join(words_of(right))
    return a == b or (min(len(a), len(b)) >= 4 and difflib.SequenceMatcher(None, a, b).ratio() >= ALIKE)


def _file(files: Sequence[File], source: str) -> File:
    return next(file for file in files if file.sample.name == source)


def _values(file: File, column: Column) -> pl.Series:
    return file.sample.frame.select(pl.col(column.name).str.strip_chars().str.to_lowercase()).to_series()


def _in_common(left: pl.Series, right: pl.Series) -> float:
    """Return the share of the distinct values of the column with fewer of them that the other has too."""
    a, b = set(left.drop_nulls().to_list()), set(right.drop_nulls().to_list())
    return len(a & b) / max(min(len(a), len(b)), 1)


def _foreign(held: _Held, files: Sequence[File]) -> str:
    """Return why an attribute is of no use between files: few values, and each file names them in its own way."""
    columns = list(held.columns.items())
    if len(columns) < 2 or any(column.collision < 0.001 for _, column in columns):
        return ""
    seen = [_values(_file(files, source), column) for source, column in columns]
    shares = [_in_common(one, other) for place, one in enumerate(seen) for other in seen[:place]]
    measured = columns[0][1].kind in {"number", "date"}
    return "" if measured or max(shares) >= LEAST_COMMON else "each file names it in its own way"


def _free_name(column: Column, held: Sequence[_Held]) -> str:
    """Return a name for an attribute that is none's yet: the role, else what the column is called."""
    words = re.sub(r"[^a-z0-9]+", "_", "_".join(words_of(column.name))).strip("_")
    own = words if words and not words[0].isdigit() else f"column_{len(held) + 1}"
    names = {one.name for one in held}
    wanted = [column.role, own] if column.role else [own]
    choices = [f"{name}_" if name in RESERVED else name for name in wanted]
    choices += [f"{choices[-1]}_{number}" for number in range(2, len(held) + 3)]
    return next(name for name in choices if name not in names)


def _attribute(held: _Held) -> Attribute:
    columns = held.columns
    kinds = [column.kind for column in columns.values()]
    kind = max(sorted(set(kinds)), key=kinds.count)
    kind = _date_or_text(list(columns.values())) if kind == "date" else kind
    places = {
        source: Place((column.name,), column.shape.date_format if kind == "date" else None)
        for source, column in columns.items()
    }
    first = next(iter(columns.values()))
    use: Use = "find" if all(column.use == "find" for column in columns.values()) else "match"
    return Attribute(held.name, first.name, held.role, kind, use, "", places)


def _date_or_text(columns: Sequence[Column]) -> str:
    """Return `text` for dates in one form of which some are none of the calendar: typing errors of true ones."""
    formats = {(column.shape.date_format, round(column.shape.length)) for column in columns}
    worst = min(column.shape.dates for column in columns)
    return "text" if worst < 0.995 and len(formats) == 1 and columns[0].shape.date_format is None else "date"
