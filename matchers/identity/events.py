"""Events: what the ledger says of ids that merged, parted, retired or came back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from engine.tables import LEDGER
from matchers.identity.causes import COUNTED, cause_of
from matchers.identity.evidence import JUDGED, Evidence, Pair
from matchers.identity.inheritance import Part

Parts = Mapping[str, Mapping[int, Part]]
"""The parts of each id, by cluster."""

Row = dict[str, Any]


class Heirs(NamedTuple):
    """Who is called what: by cluster its id and the live ids that merged into it, by live id its cluster.

    `revived` and `new` are the clusters whose id was retired, and those whose id was never issued.
    """

    names: dict[int, str]
    merged: dict[int, list[str]]
    heir: dict[str, int]
    revived: set[int]
    new: set[int]


def events(
    heirs: Heirs,
    held: Parts,
    live: set[str],
    told: Evidence,
    left: Mapping[str, Row],
    founded: Mapping[int, str | None],
    changed: tuple[str, ...],
) -> list[Row]:
    """Return the events of contested clusters, without the run.

    merge (other_id joined entity_id) and retire for each id that merged; split (other_id parted from entity_id) and
    create or revive for each cluster of another id; retire for an id that no part kept, to that of its largest part.
    """
    rows: list[Row] = []
    for key, ids in heirs.merged.items():
        for one in ids:
            pairs = told.joins.get((key, one), [])
            cause = _cause([told.counts[key]], pairs, changed)
            rows.append(_row("merge", heirs.names[key], one, cause, pairs))
            rows.append(_row("retire", one, heirs.names[key], cause, pairs))
    for key in sorted(heirs.revived | heirs.new):
        rows += _comings(key, heirs, held, live, told, left, founded, changed)
    for one in sorted(live - heirs.heir.keys()):
        main = min(held[one], key=lambda key: held[one][key].rank)
        cause = _cause([told.counts[key] for key in sorted(held[one])] + [left[one]], [], changed)
        rows.append(_row("retire", one, heirs.names[main], cause, []))
    return rows


def events_frame(rows: Sequence[Row], ordinal: int) -> pl.DataFrame:
    """Return events as LEDGER of run `ordinal`."""
    schema = {name: dtype for name, dtype in LEDGER.columns.items() if name != "since"}
    return LEDGER.conform(pl.DataFrame(rows, schema=schema, orient="row").with_columns(since=pl.lit(ordinal)))


def _comings(
    key: int,
    heirs: Heirs,
    held: Parts,
    live: set[str],
    told: Evidence,
    left: Mapping[str, Row],
    founded: Mapping[int, str | None],
    changed: tuple[str, ...],
) -> Iterator[Row]:
    """Yield the splits by which a cluster came about, the largest first, and that its id is new or lives again."""
    name = heirs.names[key]
    joined = heirs.merged.get(key, [])
    parted = (one for one in held if one in live and key in held[one] and one not in joined)
    parents = sorted(parted, key=lambda one: held[one][key].rank)
    first: tuple[list[str], list[Pair]] | None = None
    for one in parents:
        others = [other for other in sorted(held[one]) if other != key]
        pairs = [pair for other in others for pair in told.parts.get((min(key, other), max(key, other)), [])]
        cause = _cause([told.counts[one] for one in (key, *others)] + [left[one]], pairs, changed)
        first = first or (cause, pairs)
        yield _row("split", one, name, cause, pairs)
    cause, pairs = first or (_cause([told.counts[key]], [], changed), [])
    action = "revive" if key in heirs.revived else "create"
    row = _row(action, name, parents[0] if parents else None, cause, pairs)
    yield {**row, "founded_at": founded[key] if action == "create" else None}


def _cause(counts: Sequence[Mapping[str, Any]], pairs: Sequence[Pair], changed: tuple[str, ...]) -> list[str]:
    """Return the judgement alone where a pair says that a person decided, else what the records went through."""
    if any(reason == JUDGED for _, _, reason in pairs):
        return [JUDGED]
    names = {name for one in counts for name in one}
    numbers = {name: sum(one.get(name) or 0 for one in counts) for name in names & COUNTED.keys()}
    return cause_of(numbers, changed)


def _row(action: str, entity_id: str, other_id: str | None, cause: list[str], pairs: Sequence[Pair]) -> Row:
    links = [f"{left} {right} {reason}" for left, right, reason in pairs]
    return {
        "action": action, "entity_id": entity_id, "other_id": other_id, "cause": cause, "links": links,
        "founded_at": None,
    }  # fmt: skip
