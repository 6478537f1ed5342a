"""The cautions that fit pairs of signatures, by the subject's expressions, each worked out once per distinct values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.settings import Caution, Subject
from matchers.realtime.expressions import Row, values_of

Sides = tuple[Row, Row]
"""The values of two signatures, of the same attributes."""


def cautions_of(pairs: Sequence[Sides], *, subject: Subject) -> list[Caution | None]:
    """Return the first caution of the subject that fits each pair, as `matchers.cautions.cautioned` tells it."""
    found: dict[int, Caution] = {}
    for caution in subject.cautions:
        left = [place for place in range(len(pairs)) if place not in found]
        found.update(dict.fromkeys(_fitting(pairs, left, caution), caution))
    return [found.get(place) for place in range(len(pairs))]


def _fitting(pairs: Sequence[Sides], places: list[int], caution: Caution) -> Iterable[int]:
    """Return the places of the pairs that a caution fits, of `places`; each test is asked of those that stood others.

    What is an attribute is looked at first, for it costs nothing.
    """
    tests = [(text, True) for text in caution.agree] + [(text, False) for text in caution.differ]
    for text, alike in sorted(tests, key=lambda test: _is_worked_out(test[0], pairs)):
        places = _standing(pairs, places, text, alike=alike)
    if not caution.agree_any:
        return places
    agreeing: set[int] = set()
    for text in sorted(caution.agree_any, key=lambda text: _is_worked_out(text, pairs)):
        agreeing.update(_standing(pairs, [place for place in places if place not in agreeing], text, alike=True))
    return agreeing


def _is_worked_out(text: str, pairs: Sequence[Sides]) -> bool:
    return bool(pairs) and text not in pairs[0][0]


def _standing(pairs: Sequence[Sides], places: Sequence[int], text: str, *, alike: bool) -> list[int]:
    """Return the places of the pairs of which both sides know what an expression yields, and the same or not."""
    told = values_of(text, [side for place in places for side in pairs[place]])
    sides = zip(places, told[::2], told[1::2], strict=True)
    return [place for place, left, right in sides if None not in (left, right) and (left == right) is alike]
