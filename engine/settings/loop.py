"""The loop back to the department: which findings become tickets, by when they are due, and what raises an alert."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from engine.settings.base import Settings
from engine.settings.fields import Names

Severity = Literal["E", "W", "I"]
Action = Literal["repair", "null", "flag", "quarantine", "drop"]


class Deadlines(Settings):
    """Days from the feedback to the day by which the department owes a new version, by severity."""

    E: int = Field(3, ge=0, description="days for an error")
    W: int = Field(10, ge=0, description="days for a warning")
    I: int = Field(30, ge=0, description="days for information")  # noqa: E741  # the catalogue's letter

    def days(self, severity: str) -> int:
        """Return the days of a severity.

        >>> Deadlines(E=5).days("E"), Deadlines().days("W")
        (5, 10)
        """
        return int(getattr(self, severity))


class Ticketing(Settings):
    """Which findings become tickets. What was repaired without doubt, or dropped as delivered twice, needs none."""

    severities: tuple[Severity, ...] = Field(("E", "W"), description="severities that do")
    actions: tuple[Action, ...] = Field(("null", "flag", "quarantine"), description="actions that do")
    off: Names = Field(
        ("U2",), description="rules that do not; U2 tells that a newer version came, which is how faults are mended"
    )


class Alerts(Settings):
    """Thresholds, each raised when it is exceeded in a source."""

    error_share: float = Field(0.05, ge=0, le=1, description="kept records with a finding of severity E, as a share")
    quarantined_share: float = Field(0.01, ge=0, le=1, description="delivered rows that are quarantined, as a share")
    min_rows: int = Field(20, ge=1, description="sources of fewer rows raise no alert by a share")
    overdue: int = Field(0, ge=0, description="sources whose delivery is older than 1.5 of their update cycles")
