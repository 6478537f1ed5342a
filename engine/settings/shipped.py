"""Where the shipped configuration lies: `configs/` in a checkout, `lifetree/configs/` in an installed package."""

from __future__ import annotations

from pathlib import Path

from engine.errors import ConfigurationError

SHIPPED = "shipped"
"""In place of a calibration's file: the one that is shipped for the subject."""


def shipped_calibration(subject: str) -> Path:
    """Return the file of the calibration that is shipped for a subject.

    Raises:
        ConfigurationError: there is none of this name.

    >>> shipped_calibration("person").name
    'person.json'
    """
    known = sorted(file.stem for file in shipped("calibrations").glob("*.json"))
    if subject not in known:
        raise ConfigurationError(
            [f"no calibration is shipped for subject '{subject}'; there are those of {', '.join(known)}"],
            hint="`lifetree train PROJECT` makes one; give it by subject: --calibration SUBJECT=FILE",
        )
    return shipped("calibrations", f"{subject}.json")


def shipped(*parts: str) -> Path:
    """Return the path of a shipped file or folder.

    Raises:
        ConfigurationError: it is not part of this installation.

    >>> shipped("example").name
    'example'
    """
    root = Path(__file__).resolve().parents[2]
    places = [root / "configs", root / "lifetree" / "configs"]
    for place in places:
        if place.joinpath(*parts).exists():
            return place.joinpath(*parts)
    raise ConfigurationError(
        [f"{'/'.join(parts)} is not among the shipped configuration in {places[0]} or {places[1]}"],
        hint="the installation is incomplete; install lifetree again",
    )
