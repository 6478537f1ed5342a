"""Which characters are mistaken for which: of one reading, of like shape, variants; and names spoilt by them."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import polars as pl

from engine.settings.shipped import shipped

SEPARATORS = ("•", "‧", "・", ".", " ", "")
"""What is typed for U+00B7 between the parts of a name."""


class Mistakes(NamedTuple):
    """For each character the characters that it is mistaken for."""

    homophone: dict[str, list[str]]
    shape: dict[str, list[str]]
    variant: dict[str, list[str]]
    common: list[str]
    reading: dict[str, str]


@cache
def mistakes() -> Mistakes:
    """Return the mistakes that configs/codes/characters.csv implies, of characters that names use."""
    table = pl.read_csv(shipped("codes", "characters.csv"), infer_schema=False)
    used = table.filter(pl.col("in_names") == "1")
    variants = table.drop_nulls("standard")
    return Mistakes(
        _alike(used, "reading"),
        _alike(used, "shape"),
        dict(variants.group_by("standard").agg(pl.col("character").sort()).iter_rows()),
        used["character"].sort().to_list(),
        dict(table.drop_nulls("reading").select("character", "reading").iter_rows()),
    )


def _alike(table: pl.DataFrame, column: str) -> dict[str, list[str]]:
    groups = table.drop_nulls(column).group_by(column).agg(pl.col("character").sort())["character"].to_list()
    return {one: [other for other in group if other != one] for group in groups if len(group) > 1 for one in group}


def replaced(name: str, bits: int, *, kind: str) -> str:
    """Return the name with one character mistaken; the surname is spared unless nothing else can be.

    `bits` chooses the place and the character. A name of which no character can be mistaken stays as it is.

    >>> replaced("王伟", 0, kind="variant")
    '王偉'
    """
    known = mistakes()
    table = {"homophone": known.homophone, "shape": known.shape, "variant": known.variant}.get(kind)
    places = [place for place in range(1, len(name)) if table is None or name[place] in table] or [
        place for place in range(1) if table is not None and name[place] in table
    ]
    if not places:
        return name
    place = places[bits % len(places)]
    choices = known.common if table is None else table[name[place]]
    return name[:place] + choices[(bits >> 8) % len(choices)] + name[place + 1 :]


def exchanged(name: str, bits: int) -> str:
    """Return the name with two neighbouring characters of the given name exchanged."""
    if len(name) < 3:
        return name
    place = 1 + bits % (len(name) - 2)
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]


def unstored(name: str, bits: int) -> str:
    """Return the name with what old systems made of a character outside GB 2312: ?, private use, the reading."""
    known = mistakes().reading
    instead = ("?", chr(0xE000 + bits % 1000), "")[(bits >> 12) % 3]
    return "".join(one if _stored(one) else instead or known.get(one, "?").upper() for one in name)


def is_rare(name: str) -> bool:
    """Return whether a character of the name is outside GB 2312 and no separator."""
    return not all(_stored(one) for one in name)


def _stored(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return character in "·" or character.isascii()
    return True
