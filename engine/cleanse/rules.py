"""The rules and placeholders that a project cleanses by: those shipped, as the project changed them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import polars as pl
from pydantic import Field

from engine.errors import ConfigurationError, LifetreeError
from engine.expressions import Expression, compile_expression
from engine.settings.base import Settings
from engine.settings.project import Project
from engine.settings.rules import VIEWS, Action, Check, Phase, Rule, RuleChanges, Test
from engine.settings.shipped import shipped
from engine.spelling import nearest
from engine.values import KINDS

_VALUE = {"raw", "text", "value"}
"""The columns of the view `value`: as delivered, in plain characters, cleansed."""


class Placeholder(Settings):
    """Whole values that stand for a missing one."""

    values: tuple[str, ...] = Field((), description="the values")
    pattern: str | None = Field(None, description="a pattern of such values")
    kinds: tuple[str, ...] = Field((), description="only these kinds; empty: all")
    except_kinds: tuple[str, ...] = Field((), description="but not these")
    as_written: bool = Field(False, description="whether case matters")

    def concerns(self, kind: str) -> bool:
        """Return whether it is looked for in values of `kind`."""
        return (not self.kinds or kind in self.kinds) and kind not in self.except_kinds


class Look(NamedTuple):
    """A test with its rule, and what is done where it is true."""

    rule: Rule
    test: Test
    action: Action

    @property
    def message(self) -> str:
        """What a reader of the finding is told."""
        return self.test.message or self.rule.message


class Rulebook(Settings):
    """All rules and placeholders."""

    rules: tuple[Rule, ...] = Field(alias="rule")
    placeholders: tuple[Placeholder, ...] = Field((), alias="placeholder")

    def check(self, check: Check, kind: str = "") -> Look | None:
        """Return the first test that is the built-in look `check`, for values of `kind`."""
        return next((one for one in self._looks() if one.test.check == check and _concerns(one.test, kind)), None)

    def of_value(self, kind: str) -> list[Look]:
        """Return the expressions over single values of `kind`."""
        return [one for one in self.on("value") if one.test.when and _concerns(one.test, kind)]

    def on(self, *views: str) -> list[Look]:
        """Return the tests over these views, in the order of the rules."""
        return [one for one in self._looks() if one.test.on in views]

    def of_phase(self, phase: Phase) -> list[Look]:
        """Return the tests over the views of one phase, in the order of the rules."""
        return self.on(*(view for view, known in VIEWS.items() if known == phase))

    def changed(self, changes: RuleChanges) -> Rulebook:
        """Return the rules as a project wants them."""
        kept = [_changed(rule, changes) for rule in (*self.rules, *changes.own) if rule.code not in changes.off]
        return self.model_copy(update={"rules": tuple(kept)})

    def _looks(self) -> Iterator[Look]:
        return (Look(rule, test, rule.action_of(test)) for rule in self.rules for test in rule.tests)


def _concerns(test: Test, kind: str) -> bool:
    return not test.kinds or kind in test.kinds


def _changed(rule: Rule, changes: RuleChanges) -> Rule:
    update: dict[str, Any] = {}
    if rule.code in changes.severity:
        update["severity"] = changes.severity[rule.code]
    if rule.code in changes.limits:
        update["limit"] = changes.limits[rule.code]
    tests = [
        test.model_copy(update={"limit": changes.limits.get(f"{rule.code}.{test.field}", _limit(rule, test, changes))})
        for test in rule.tests
    ]
    return rule.model_copy(update={**update, "tests": tuple(tests)})


def _limit(rule: Rule, test: Test, changes: RuleChanges) -> float | None:
    return None if rule.code in changes.limits else test.limit


@cache
def load_rulebook() -> Rulebook:
    """Return the shipped rules and placeholders.

    >>> load_rulebook().check("valid", "uscc").rule.code
    'A3'
    """
    return Rulebook.model_validate(tomllib.loads(shipped("rules.toml").read_text(encoding="utf-8")))


def load_rules() -> tuple[Rule, ...]:
    """Return the shipped rules in the order of the catalogue."""
    return load_rulebook().rules


def project_rulebook(project: Project) -> Rulebook:
    """Return the rules as a project wants them."""
    return load_rulebook().changed(project.rules)


def rule_faults(project: Project) -> Iterator[str]:
    """Yield what a project's table `[rules]` says of rules, columns and functions that are not there."""
    changes, rules = project.rules, {rule.code: rule for rule in load_rules()}
    fields = {f"{rule.code}.{test.field}" for rule in load_rules() for test in rule.tests if test.field}
    for setting, known in (("off", {*rules}), ("severity", {*rules}), ("limits", {*rules} | fields)):
        for code in getattr(changes, setting):
            if code not in known:
                yield f"rules.{setting}: there is no rule '{code}'{nearest(code, known)}"
    for code in changes.limits:
        rule = rules.get(code.partition(".")[0])
        if rule and rule.limit is None and all(test.limit is None for test in rule.tests):
            yield f"rules.limits: rule {rule.code} reads no limit"
    own = [rule.code for rule in changes.own]
    for code in sorted({code for code in own if code in rules or own.count(code) > 1}):
        yield f"rules.own: the code '{code}' is taken; give the rule another"
    for rule in changes.own:
        for test in rule.tests:
            yield from (f"rules.own {rule.code}: {fault}" for fault in _test_faults(rule, test, project))


def _test_faults(rule: Rule, test: Test, project: Project) -> Iterator[str]:
    for kind in test.kinds:
        if kind not in KINDS:
            yield f"unknown kind '{kind}'{nearest(kind, KINDS)}"
    if test.subject is not None and test.subject not in project.subjects:
        yield f"unknown subject '{test.subject}'{nearest(test.subject, project.subjects)}"
    for text in filter(None, (test.when, test.after)):
        try:
            expression = compile_expression(text, columns=None)
            read = {*expression.columns} - {"limit"}
            if test.on in ("value", "row"):
                yield from _type_faults(expression, is_question=text == test.when)
        except ConfigurationError as error:
            yield from error.faults
            continue
        except LifetreeError as error:
            yield str(error)
            continue
        if "limit" in expression.columns and rule.limit_of(test) is None:
            yield f"'{text}' reads `limit`, and the rule has none"
        if test.on == "row":
            yield from _row_faults({*read, test.field}, project)
        for name in sorted(read - _VALUE) if test.on == "value" else ():
            yield f"unknown column '{name}' in '{text}'{nearest(name, _VALUE)}"


def _type_faults(expression: Expression, *, is_question: bool) -> Iterator[str]:
    """Yield what is wrong with the type of an expression over text columns and a number `limit`."""
    types = {name: pl.Float64() if name == "limit" else pl.String() for name in expression.columns}
    kind = expression.append_to(pl.DataFrame(schema=types), name=" value").schema[" value"]
    if is_question and kind != pl.Boolean:
        yield f"'{expression.text}' is {kind}, and must be true or false"


def _row_faults(read: set[str], project: Project) -> Iterator[str]:
    """Yield the columns that no source of the project maps; without one, no row could be looked at."""
    mapped = {"source", "recorded_at", "delivered_at"}
    for source in project.sources:
        mapped.update(source.items)
        for mention in source.mentions:
            mapped.update(mention.fields, (f"{mention.role}_{name}" for name in mention.fields if mention.role))
    for name in sorted(read - mapped):
        yield f"no source maps '{name}'{nearest(name, mapped)}" if name else "`field` names what the finding is about"
