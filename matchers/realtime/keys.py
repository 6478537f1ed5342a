"""The block keys of signatures, by the expressions of the subject's rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from engine.hashing import hash64_of, joined_of
from engine.settings import Subject
from matchers.realtime.expressions import Row, Value, values_of_each


class Key(NamedTuple):
    """A block key of a rule (its place among the subject's), and the keys that cut its block; those end at a null."""

    rule: int
    key: int
    value: str
    finer: tuple[int, ...]


def keys_of(values: Row, *, subject: Subject) -> list[Key]:
    """Return the keys that `matchers.blocking.key` gives a signature with these matched values, each once."""
    return keys_of_each([values], subject=subject)[0]


def keys_of_each(rows: Sequence[Row], *, subject: Subject) -> list[list[Key]]:
    """Return the keys of each of several signatures, as `keys_of` does."""
    found: list[dict[int, Key]] = [{} for _ in rows]
    told = values_of_each((text for rule in subject.blocking for text in (*rule.on, *rule.refine)), rows)
    for place, rule in enumerate(subject.blocking):
        parts, cuts = ([told[text] for text in texts] for texts in (rule.on, rule.refine))
        for number, own in enumerate(found):
            borne = [values[number] for values in parts]
            if None not in borne:
                own.update((one.key, one) for one in _keys(place, borne, [values[number] for values in cuts]))
    return [list(own.values()) for own in found]


def _keys(place: int, parts: Sequence[Value], cuts: Sequence[Value]) -> Iterator[Key]:
    """Yield the keys of one rule, of which no part is missing: one for each choice of the items of its lists."""
    known: list[str] = []
    for cut in cuts:
        if not isinstance(cut, str):
            break
        known.append(cut)
    for items in product(*((part,) if isinstance(part, str) else part or () for part in parts)):
        texts = [item for item in items if item is not None]
        if len(texts) < len(items) or not any(letter not in " |" and not letter.isspace() for letter in "".join(texts)):
            continue
        own = [str(place), *texts]
        finer = tuple(hash64_of(joined_of([*own, *known[: number + 1]])) for number in range(len(known)))
        yield Key(place, hash64_of(joined_of(own)), " | ".join(texts), finer)
