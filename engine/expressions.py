"""The one expression language: Polars' SQL expressions over known columns, plus named registered functions.

Nothing is evaluated as code: a text is checked against the columns and functions that it may use and handed to Polars.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import polars as pl

from engine.errors import ConfigurationError, LifetreeError
from engine.spelling import nearest
from engine.values.functions import FUNCTIONS

SQL_FUNCTIONS = frozenset(
    "abs ceil coalesce concat concat_ws date_part ends_with floor if ifnull initcap least left length lower ltrim "
    "greatest nullif octet_length replace reverse right round rtrim starts_with strpos substr trim upper".split()
)
KEYWORDS = frozenset("and or not in like between case when then else end is as cast try_cast".split())
_CALL = re.compile(r"(\w+)\s*\(")
_TEXT = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")
"""A text, or a name in quotes."""

_VALUE = " value"

_QUOTE = "\x1f"
"""What stands for a quotation mark in a step's name, which is quoted itself; no text has it."""


class Step(NamedTuple):
    """A call of a registered function, put into a column of its own before what uses it.

    The column's name is the call after a blank, with which no attribute's and no file's begins: the same call of two
    expressions is one column.
    """

    column: str
    function: Callable[[pl.Expr], pl.Expr]
    argument: pl.Expr


class Expression(NamedTuple):
    """A checked expression: `steps` in order, then `final` over the columns and the steps' results."""

    text: str
    columns: tuple[str, ...]
    steps: tuple[Step, ...]
    final: pl.Expr

    def append_to(self, frame: pl.DataFrame, *, name: str) -> pl.DataFrame:
        """Return `frame` with the expression's value as the column `name`."""
        return frame.with_columns(self.value_in(frame).alias(name))

    def value_in(self, frame: pl.DataFrame) -> pl.Series:
        """Return the expression's value for each row of `frame`; a constant for all of them.

        >>> frame = pl.DataFrame({"name": ["王芳", None]})
        >>> compile_expression("substr(name, 1, 1)", columns=["name"]).value_in(frame).to_list()
        ['王', None]
        """
        try:
            return _values_in([self], frame)[0]
        except pl.exceptions.PolarsError as error:
            raise LifetreeError(
                f"the expression '{self.text}' fails: {str(error).splitlines()[0]}",
                hint="`try_cast(x as int)` is null where `cast(x as int)` fails",
            ) from error

    def yields(self, columns: Iterable[str]) -> pl.DataType:
        """Return the type of the value over text columns."""
        empty = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        return self.append_to(empty, name=" value").schema[" value"]


def values_in(expressions: Sequence[Expression], frame: pl.DataFrame) -> list[pl.Series]:
    """Return the value of each expression for each row of `frame`; what they have in common is worked out once.

    >>> told = [compile_expression(text, columns=["name"]) for text in ("substr(name, 1, 1)", "'x'")]
    >>> [one.to_list() for one in values_in(told, pl.DataFrame({"name": ["王芳", None]}))]
    [['王', None], ['x', 'x']]
    """
    try:
        return _values_in(expressions, frame)
    except pl.exceptions.PolarsError:  # one by one, which of them fails can be told
        return [one.value_in(frame) for one in expressions]


def _values_in(expressions: Sequence[Expression], frame: pl.DataFrame) -> list[pl.Series]:
    wide, left = frame, {step.column: step for one in expressions for step in one.steps}
    while left:
        ready = [one for one in left.values() if left.keys().isdisjoint(one.argument.meta.root_names())]
        wide = wide.with_columns(one.function(one.argument).alias(one.column) for one in ready)
        left = {column: one for column, one in left.items() if column not in wide.columns}
    finals = {f"{_VALUE} {number}": one.final for number, one in enumerate(expressions)}
    wide = wide.with_columns(**finals)
    return [wide[name].alias(_VALUE) for name in finals]


def null_where(frame: pl.DataFrame, tests: Mapping[str, str]) -> list[pl.Series]:
    """Return each column that has a test, null where the test is true; all are judged by the values as they came.

    >>> frame = pl.DataFrame({"born": ["1900-01-01", "1980-02-29"], "name": ["Ann", "Bo"]})
    >>> null_where(frame, {"born": "born = '1900-01-01'"})[0].to_list()
    [None, '1980-02-29']
    """
    found = []
    for name, text in tests.items():
        judged = compile_expression(text, columns=frame.columns).append_to(frame, name=" true")
        kept = pl.when(~pl.col(" true").fill_null(value=False)).then(name).alias(name)
        found.append(judged.select(kept).to_series())
    return found


def compile_expression(text: str, *, columns: Iterable[str] | None) -> Expression:
    """Return the checked expression; `columns` None takes any column, for files that are not yet open.

    A text that is the name of one of `columns` means that column, even if it is a word of SQL.

    Raises:
        ConfigurationError: an unknown column or function, or text that is not a SQL expression.
    """
    return _compiled(text, None if columns is None else frozenset(columns))


@lru_cache(maxsize=4096)
def _compiled(text: str, known: frozenset[str] | None) -> Expression:
    if known and text in known:
        return Expression(text, (text,), (), pl.col(text))
    faults = _function_faults(text)
    if faults:
        raise ConfigurationError(faults)
    steps: list[Step] = []
    rest = text
    while call := _innermost(rest):
        begin, end, function, argument = call
        column = f" {function}({argument})".replace('"', _QUOTE)
        steps.append(Step(column, FUNCTIONS[function], _sql(argument, text, known, steps)))
        rest = f'{rest[:begin]}"{column}"{rest[end:]}'
    final = _sql(rest, text, known, steps)
    used = {name for step in steps for name in step.argument.meta.root_names()} | set(final.meta.root_names())
    return Expression(text, tuple(sorted(used - {step.column for step in steps})), tuple(steps), final)


def _function_faults(text: str) -> list[str]:
    names = {name.lower() for name in _CALL.findall(_TEXT.sub("''", text))} - KEYWORDS
    allowed = SQL_FUNCTIONS | set(FUNCTIONS)
    return [f"unknown function '{name}' in '{text}'{nearest(name, allowed)}" for name in sorted(names - allowed)]


def _innermost(text: str) -> tuple[int, int, str, str] | None:
    """Return (begin, end, function, argument) of a registered call whose argument holds no registered call."""
    masked = _TEXT.sub(lambda found: "'" + "_" * (len(found[0]) - 2) + "'", text)
    calls = [found for found in _CALL.finditer(masked) if found[1].lower() in FUNCTIONS]
    if not calls:
        return None
    last, depth = calls[-1], 1
    for place in range(last.end(), len(masked)):
        depth += {"(": 1, ")": -1}.get(masked[place], 0)
        if depth == 0:
            return last.start(), place + 1, last[1].lower(), text[last.end() : place]
    raise ConfigurationError([f"a parenthesis is not closed in '{text}'"])


def _sql(sql: str, text: str, known: frozenset[str] | None, steps: Sequence[Step]) -> pl.Expr:
    try:
        expr = pl.sql_expr(sql)
    except Exception as error:  # Polars raises several unrelated classes for SQL that it cannot parse
        raise ConfigurationError([f"'{text}' is not an expression: {str(error).splitlines()[0]}"]) from error
    unknown = sorted(set(expr.meta.root_names()) - (known or set()) - {step.column for step in steps})
    if unknown and known is not None:
        raise ConfigurationError([f"unknown column '{name}' in '{text}'{nearest(name, known)}" for name in unknown])
    return expr
