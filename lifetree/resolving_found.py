"""What becomes of a new record: the decision, and what it was compared with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from matchers.clustering import AMBIGUOUS, UNRESOLVED
from matchers.realtime import Weight


class Candidate(NamedTuple):
    """A signature that the new one was compared with; `reason` is why the two are linked, None if they are not."""

    signature_id: int
    entity_id: str | None
    weight: Weight
    reason: str | None


class Found(NamedTuple):
    """What became of a new signature; `known`: the run has the same one, and it was compared with nothing."""

    decision: str
    entity_id: str | None
    state: str
    merges: tuple[str, ...]
    splits: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    known: bool


def answer(
    entity: str | None,
    state: str,
    candidates: Iterable[Candidate],
    *,
    known: bool = False,
    reviewed: bool = False,
    contradicted: bool = False,
    merges: Iterable[str] = (),
    splits: Iterable[str] = (),
) -> Found:
    """Return the answer with its decision, which follows from the entity, the state and what speaks for a person."""
    if entity is not None:
        decision = "link"
    elif state == AMBIGUOUS:
        decision = "ambiguous"
    elif contradicted:
        decision = "contradicted"
    elif reviewed:
        decision = "review"
    else:
        decision = "unresolved" if state == UNRESOLVED else "new"
    return Found(decision, entity, state, tuple(merges), tuple(splits), tuple(candidates), known)


NOWHERE = Found("quarantined", None, UNRESOLVED, (), (), (), known=False)
"""What becomes of a record that a rule sets aside: it is looked for nowhere."""
