"""A cleansing rule: tests over views of the data, what is done where one is true, and what a project changes of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from engine.settings.base import Settings
from engine.settings.fields import Names
from engine.settings.loop import Alerts, Deadlines, Ticketing

Phase = Literal["record", "batch", "entity"]
Severity = Literal["E", "W", "I"]
Action = Literal["repair", "null", "flag", "quarantine", "drop"]
Check = Literal[
    "character", "placeholder", "form", "valid", "required", "identity", "duplicate", "version", "order",
]  # fmt: skip

PHASES: tuple[Phase, ...] = ("record", "batch", "entity")

VIEWS: dict[str, Phase] = {
    "value": "record",
    "row": "record",
    "batch": "batch",
    "mass": "batch",
    "held": "entity",
    "shared": "entity",
    "events": "entity",
    "relations": "entity",
    "rows": "entity",
}
"""What a test can look at, and the phase in which it is there."""

ACTIONS: dict[str, tuple[Action, ...]] = {
    "value": ("null", "flag"),
    "row": ("repair", "null", "flag", "quarantine"),
    "batch": ("flag", "quarantine"),
    "mass": ("null", "flag"),
    "entity": ("flag",),
}
"""What an expression over a view, or over any view of the phase entity, can make happen."""


class Test(Settings):
    """One test of a rule: an expression over a view, or a built-in look at values or whole rows."""

    __test__ = False  # no test of pytest's

    on: str = Field("value", description="the view: " + ", ".join(VIEWS))
    check: Check | None = Field(None, description="a built-in look, in place of `when`")
    when: str | None = Field(
        None, description="an expression over the view's columns and `limit`; the rule fires where it is true"
    )
    kinds: Names = Field((), description="of the view `value`: the kinds of value it concerns; empty: all")
    subject: str | None = Field(None, description="only this subject; unset: every one that has the columns")
    field: str = Field("", description="the column that the finding is about")
    after: str | None = Field(
        None, description="an expression: what the value should be; with the action `repair` it takes its place"
    )
    ignore: str | None = Field(
        None, description="of the check `form`: a pattern of characters whose change alone is no finding"
    )
    limit: float | None = Field(None, description="a limit of its own, in place of the rule's")
    action: Action | None = Field(None, description="what is done, in place of the rule's action")
    message: str | None = Field(None, description="what a reader of the finding is told, in place of the rule's")

    @model_validator(mode="after")
    def _looks(self) -> Test:
        if (self.check is None) == (self.when is None):
            raise ValueError("a test has either `check` or `when`")
        if self.on not in VIEWS:
            raise ValueError(f"there is no view '{self.on}'; there are {', '.join(VIEWS)}")
        return self


class Rule(Settings):
    """One rule of the catalogue."""

    code: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$", description="of the shipped rules: category letter and number")
    category: str = Field(description="of the shipped rules: one of six")
    category_en: str = Field("", description="the category in English")
    title: str = Field(description="what is wrong")
    phase: Phase = Field("record", description="when it looks: at a record, at a delivery, at a resolved entity")
    severity: Severity = Field("W", description="error, warning or information")
    action: Action = Field("flag", description="what is done")
    message: str = Field(description="what a reader of the finding is told")
    standard: str = Field("", description="what it rests on")
    limit: float | None = Field(None, description="a number that tests read as `limit`")
    tests: tuple[Test, ...] = Field(alias="test", min_length=1, description="it fires where any of them is true")

    @model_validator(mode="after")
    def _in_order(self) -> Rule:
        for one in self.tests:
            phase = VIEWS[one.on]
            if PHASES.index(phase) < PHASES.index(self.phase):
                raise ValueError(f"rule {self.code} is of the phase {self.phase}, its view '{one.on}' of {phase}")
            if one.when is None:
                continue
            if self.action_of(one) not in (known := ACTIONS[phase if phase == "entity" else one.on]):
                raise ValueError(f"rule {self.code}: on the view '{one.on}' the action is {' or '.join(known)}")
            if self.action_of(one) == "repair" and one.after is None:
                raise ValueError(f"rule {self.code}: a test that repairs says by `after` what the value should be")
        return self

    def limit_of(self, test: Test) -> float | None:
        """Return the limit that a test reads."""
        return self.limit if test.limit is None else test.limit

    def action_of(self, test: Test) -> Action:
        """Return what is done where a test is true."""
        return test.action or self.action


class RuleChanges(Settings):
    """What a project changes of the shipped rules: the table `[rules]`."""

    off: Names = Field((), description="codes of rules that do not look")
    limits: dict[str, float] = Field(
        {}, description='other limits, by code (`A7 = 80`) or by code and field (`"A7.phone" = 80`)'
    )
    severity: dict[str, Severity] = Field({}, description="other severities, by code")
    own: tuple[Rule, ...] = Field((), description="one `[[rules.own]]` each: rules of the project, in the same form")
    deadlines: Deadlines = Field(Deadlines(), description="days that a department has to mend a fault, by severity")
    tickets: Ticketing = Field(Ticketing(), description="which findings become tickets of their department")
    alerts: Alerts = Field(Alerts(), description="thresholds that raise an alert in a run's summary")
