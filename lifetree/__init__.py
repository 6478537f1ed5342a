"""The front door of lifetree; the rooms behind it are `engine`, `matchers` and `trees`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

__version__ = "0.1.0"

ROOMS = ("engine", "matchers", "trees")


def foreign_rooms(home: Path) -> list[str]:
    """Return one line per room that Python finds elsewhere than in `home`, or does not find."""
    found = {room: find_spec(room) for room in ROOMS}
    places = {
        room: Path(spec.origin).resolve().parent if spec and spec.origin else None for room, spec in found.items()
    }
    return [f"{room}: {place or 'not found'}" for room, place in places.items() if place != home / room]


def _check_rooms() -> None:
    home = Path(__file__).resolve().parents[1]
    foreign = foreign_rooms(home)
    if foreign:
        raise ImportError(
            f"lifetree in {home} needs its own packages {', '.join(ROOMS)}, but Python finds others:\n  "
            + "\n  ".join(foreign)
            + "\n\nHint: another installed package bears the same name, or the current folder holds one; "
            "install lifetree in an environment of its own and run it from elsewhere"
        )


_check_rooms()
