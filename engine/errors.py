"""Every exception that lifetree raises on purpose.

A message says what is wrong, where, and got against expected; a blank line and ``Hint:`` follow with the next step.
Bad records are data and go to the `rejects` table; they never raise.
"""

from __future__ import annotations

from collections.abc import Sequence


class LifetreeError(Exception):
    """The parent of every error that lifetree raises on purpose; the command line prints it and exits with 1."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(f"{message}\n\nHint: {hint}" if hint else message)


class ConfigurationError(LifetreeError, ValueError):
    """The project's configuration is wrong; `faults` lists every fault found, not only the first."""

    def __init__(self, faults: Sequence[str], *, hint: str | None = None) -> None:
        self.faults = tuple(faults)
        head = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        listed = "\n".join(f"  - {fault}" for fault in self.faults)
        super().__init__(f"{head} in the configuration:\n{listed}", hint=hint)


class InputError(LifetreeError, ValueError):
    """A delivered file cannot be read as the project declares it."""


class StoreError(LifetreeError, RuntimeError):
    """The store is missing, unwritable, or does not hold what was asked of it."""


class BudgetError(LifetreeError, RuntimeError):
    """A step would exceed a declared limit; it was not begun."""


class ModelError(LifetreeError, ValueError):
    """A calibration is missing, does not fit the project, or could not be trained."""
