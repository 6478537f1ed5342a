"""A life tree as lines of text: the trunk, branches with their events, grafts to other trees, residences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from trees.events.types import EventType
from trees.relations.types import RelationType

Row = Mapping[str, Any]

SPELLS = {"hukou": "hukou", "declared": "lives", "observed": "found", "inferred": "probably", "abroad": "abroad"}
"""What a line of residence begins with, by the spell's kind; and the order of the lines."""

SHOWN = 6
"""Events of one type and branch beyond this many become one line with the first and last day."""


class Branch(NamedTuple):
    """A line of the tree, and what grows out of it."""

    text: str
    twigs: Sequence[str] = ()


def draw(branches: Iterable[Branch]) -> list[str]:
    """Return the branches as lines; one without twigs is left out.

    >>> draw([Branch("a", ["b", "c"]), Branch("d", ["e"])])
    ['├─ a', '│  ├─ b', '│  └─ c', '└─ d', '   └─ e']
    """
    kept = [branch for branch in branches if branch.twigs]
    lines = []
    for place, branch in enumerate(kept, start=1):
        lines += [f"{_fork(place, kept)} {branch.text}"]
        stem = "   " if place == len(kept) else "│  "
        lines += [f"{stem}{_fork(number, branch.twigs)} {twig}" for number, twig in enumerate(branch.twigs, start=1)]
    return lines


def _fork(place: int, among: Sequence[object]) -> str:
    return "└─" if place == len(among) else "├─"


def trunk(profile: Iterable[Row]) -> Branch:
    """Return who it is: the surviving values."""
    return Branch("trunk", [f"{row['attribute']}: {row['value']}" for row in profile])


def branches(
    events: Iterable[Row], *, order: Sequence[str], types: Mapping[str, EventType], names: Mapping[str, str]
) -> list[Branch]:
    """Return the branches of life in `order`, their events by date, those without one last."""
    found = sorted(events, key=lambda row: (row["valid_from"] or "~", row["event_id"]))
    grown = []
    for branch in order:
        own = [row for row in found if types[row["event_type"]].branch == branch]
        grown.append(Branch(branch, _twigs(own, types, names)))
    return grown


def _twigs(events: list[Row], types: Mapping[str, EventType], names: Mapping[str, str]) -> list[str]:
    """Return a line per event; many of one type become one line at the place of the first."""
    by_type: dict[str, list[Row]] = {}
    for row in events:
        by_type.setdefault(row["event_type"], []).append(row)
    lines = []
    for row in events:
        alike = by_type[row["event_type"]]
        if len(alike) <= SHOWN:
            lines.append(_event(row, types[row["event_type"]], names))
        elif row is alike[0]:
            one = types[row["event_type"]]
            last = next((other["valid_from"] for other in reversed(alike) if other["valid_from"]), None)
            days = f"{row['valid_from'] or '?'} … {last or '?'}"
            lines.append(f"{days}  {one.title} {one.title_en}, {len(alike)} times{_sources(alike)}")
    return lines


def _event(row: Row, one: EventType, names: Mapping[str, str]) -> str:
    other = row["other_entity"] and f"with {names.get(row['other_entity'], row['other_entity'])}"
    number = row["number"] and f"no. {row['number']}"
    told = [other, row["place"] and f"at {row['place']}", row["amount"], number]
    details = "".join(f", {part}" for part in told if part)
    until = f" to {row['valid_to']}" if row["valid_to"] else ""
    return f"{row['valid_from'] or 'undated'}{until}  {one.title} {one.title_en}{details}{_sources([row])}"


def grafts(
    relations: Iterable[Row], *, entity_id: str, types: Mapping[str, RelationType], names: Mapping[str, str]
) -> Branch:
    """Return the ties to other trees, in the order of the catalogue, then by begin."""
    order = {code: place for place, code in enumerate(types)}
    found = sorted(
        relations, key=lambda row: (order[row["relation_type"]], row["valid_from"] or "", row["relation_id"])
    )
    lines = []
    for row in found:
        one, out = types[row["relation_type"]], row["entity_from"] == entity_id
        other = row["entity_to"] if out else row["entity_from"]
        title = f"{one.title} {one.title_en}" if out or not one.inverse else f"{one.inverse} {one.inverse_en}"
        lines.append(f"{title}: {names.get(other, other)} ({other}){_days(row)}{_sources([row])}")
    return Branch("grafts", lines)


def residence(spells: Iterable[Row]) -> Branch:
    """Return where it was registered and lived, by kind and begin."""
    kinds = list(SPELLS)
    found = sorted(spells, key=lambda row: (kinds.index(row["kind"]), row["valid_from"] or "", row["spell_id"]))
    return Branch("residence", [f"{SPELLS[row['kind']]} {row['place']}{_days(row)}{_sources([row])}" for row in found])


def _days(row: Row) -> str:
    """Return the interval in words, empty where neither end is known."""
    begin = f" from {row['valid_from']}" if row["valid_from"] else ""
    end = f" to {row['valid_to']}" if row["valid_to"] else ""
    return f",{begin}{end}" if begin or end else ""


def _sources(rows: Iterable[Row]) -> str:
    return f"  [{', '.join(sorted({source for row in rows for source in row['sources']}))}]"
