"""The caution that fits two signatures, by the expressions of the subject, each worked out once per distinct values."""

from __future__ import annotations

from collections.abc import Sequence

from engine.settings import Caution, Subject
from matchers.realtime.expressions import Row, Value, value_of


def caution_of(one: Row, other: Row, *, subject: Subject) -> Caution | None:
    """Return the first caution of the subject that fits two signatures, as `matchers.cautions.cautioned` tells it."""
    return next((caution for caution in subject.cautions if _fits(one, other, caution)), None)


def _fits(one: Row, other: Row, caution: Caution) -> bool:
    """Return whether a caution fits; what is an attribute is looked at first, for it costs nothing."""
    tests = [(text, True) for text in caution.agree] + [(text, False) for text in caution.differ]
    if not all(_told(one, other, text, alike) for text, alike in sorted(tests, key=lambda test: test[0] not in one)):
        return False
    return not caution.agree_any or any(_told(one, other, text, True) for text in _cheapest(caution.agree_any, one))


def _cheapest(texts: Sequence[str], row: Row) -> list[str]:
    return sorted(texts, key=lambda text: text not in row)


def _told(one: Row, other: Row, text: str, alike: bool) -> bool:
    """Return whether an expression is known of both, and the same or not."""
    left, right = _value(one, text), _value(other, text)
    return left is not None and right is not None and (left == right) is alike


def _value(row: Row, text: str) -> Value:
    return row[text] if text in row else value_of(text, row)
