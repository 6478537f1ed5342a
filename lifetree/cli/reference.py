"""Entity ids that a command is given: a retired one stands for the id that took over, and that is said."""

from __future__ import annotations

from collections.abc import Iterable

from engine.store import Run
from lifetree.cli.output import note
from lifetree.history import follow


def followed(run: Run, reference: str, subjects: Iterable[str], *, text: bool = False) -> str:
    """Return the live id that a retired one leads to, noted on stderr; any other reference as it is (see `follow`)."""
    found = follow(run, reference, subjects=subjects, text=text)
    if found.told:
        note(found.told)
    return found.reference
