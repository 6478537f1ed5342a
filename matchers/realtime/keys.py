"""The block keys of one signature, by the expressions of the subject's rules."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from engine.hashing import hash64_of, joined_of
from engine.settings import BlockingRule, Subject
from matchers.realtime.expressions import Row, value_of


class Key(NamedTuple):
    """A block key of a rule (its place among the subject's), and the keys that cut its block; those end at a null."""

    rule: int
    key: int
    value: str
    finer: tuple[int, ...]


def keys_of(values: Row, *, subject: Subject) -> list[Key]:
    """Return the keys that `matchers.blocking.key` gives a signature with these matched values, each once."""
    found = [key for place, rule in enumerate(subject.blocking) for key in _keys(values, place, rule)]
    return list({key.key: key for key in found}.values())


def _keys(values: Row, place: int, rule: BlockingRule) -> Iterator[Key]:
    parts = []
    for text in rule.on:
        part = value_of(text, values)
        if part is None:
            return
        parts.append((part,) if isinstance(part, str) else part)
    cuts: list[str] = []
    for text in rule.refine:
        cut = value_of(text, values)
        if not isinstance(cut, str):
            break
        cuts.append(cut)
    for items in product(*parts):
        texts = [item for item in items if item is not None]
        if len(texts) < len(items) or not any(letter not in " |" and not letter.isspace() for letter in "".join(texts)):
            continue
        own = [str(place), *texts]
        finer = tuple(hash64_of(joined_of([*own, *cuts[: number + 1]])) for number in range(len(cuts)))
        yield Key(place, hash64_of(joined_of(own)), " | ".join(texts), finer)
