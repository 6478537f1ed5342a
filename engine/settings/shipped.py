"""Where the shipped configuration lies: `configs/` in a checkout, `lifetree/configs/` in an installed package."""

from __future__ import annotations

from pathlib import Path

from engine.errors import ConfigurationError


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
