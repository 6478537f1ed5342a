"""The groups into which bearers of one identifier's value fall, and their hubs, by the levels that are remembered."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import polars as pl

from engine.settings import Identifier, Subject
from engine.tables import CONFLICTS, GENERIC_VALUES, LINKS, PAIR_KEY
from matchers.clustering.exclusive import generic_rule
from matchers.clustering.groups import compatible_groups
from matchers.identifiers import IDENTIFIER_WEIGHT, MAX_SIGNATURES, Stars, bearers, stars
from matchers.realtime.accord import FEW, Member
from matchers.realtime.plain import unsure
from matchers.realtime.weights import Weigher, levels_of

Tuple = tuple[str | None, ...]

_GRADED = {
    "signature_l": pl.Int64, "signature_r": pl.Int64,
    "contradicts": pl.Boolean, "supports": pl.Boolean, "agreement": pl.Int64,
}  # fmt: skip


class Group(NamedTuple):
    """Signatures that can be one subject: the hub of their star, and all of them, the hub too."""

    hub: int
    signatures: frozenset[int]


class Ties(NamedTuple):
    """Pairs that identifiers link, and rows of CONFLICTS that they set apart."""

    links: list[tuple[int, int]]
    conflicts: list[tuple[int, int, str, str, str]]


def star_groups(bearing: Sequence[Member], identifier: Identifier, *, weigher: Weigher) -> set[Group] | None:
    """Return the groups of one value's bearers, as `matchers.identifiers.stars` makes them; None if too many differ.

    `bearing` are all who bear the value, of whom those that tell it as a former one have it as their own.
    """
    by_label = {one.label: one for one in weigher.comparisons}
    read = dict.fromkeys(name for label in identifier.contradicted_by for name in by_label[label].attributes)
    members: dict[Tuple, list[Member]] = {}
    for one in bearing:
        members.setdefault(tuple(one[name] for name in read), []).append(one)
    if len(members) > FEW:
        return None
    ordered = sorted(members.values(), key=_hub)
    graded = list(_graded(ordered, identifier, weigher))
    if not any(contradicts for _, _, contradicts, _, _ in graded):
        return {Group(_hub(bearing), frozenset(one["signature_id"] for one in bearing))} if bearing else set()
    rows = [("", place, sum(one["records"] for one in own)) for place, own in enumerate(ordered)]
    tuples = pl.DataFrame(rows, schema={"_value": pl.String, "tuple": pl.Int64, "records": pl.Int64}, orient="row")
    groups: dict[int, list[Member]] = {}
    for place, founder in compatible_groups(tuples, pl.DataFrame(graded, schema=_GRADED, orient="row")).iter_rows():
        groups.setdefault(founder, []).extend(ordered[place])
    return {Group(_hub(own), frozenset(one["signature_id"] for one in own)) for own in groups.values()}


def owner_of(
    groups: Iterable[Group], bearing: Sequence[Member], value: str, identifier: Identifier, *, subject: Subject
) -> int | None:
    """Return the hub of the group that a value belongs to (`matchers.clustering.exclusive.doubted_values`), if any.

    The other groups bear it by mistake. A bearer that tells it as a former one, or is unsure of it, does not count.
    """
    own = [one for one in bearing if one[identifier.attribute] == value and not unsure(one, identifier, subject)]
    known = {group.hub: [one for one in own if one["signature_id"] in group.signatures] for group in groups}
    ranks = {hub: (-sum(len(one["sources"]) for one in rows), -len(rows), hub) for hub, rows in known.items() if rows}
    return min(ranks, key=ranks.__getitem__, default=None)


def _hub(members: Sequence[Member]) -> int:
    """Return the signature with most records, then the smallest id."""
    hub: int = min(members, key=lambda one: (-one["records"], one["signature_id"]))["signature_id"]
    return hub


def _graded(
    ordered: Sequence[Sequence[Member]], identifier: Identifier, weigher: Weigher
) -> Iterator[tuple[int, int, bool, bool, int]]:
    """Yield how each two tuples agree: their places, contradicts, supports, agreement."""
    places = list(combinations(range(len(ordered)), 2))
    if not identifier.contradicted_by:
        yield from ((left, right, False, True, 0) for left, right in places)
        return
    pairs = [(ordered[left][0], ordered[right][0]) for left, right in places]
    levels = [levels_of(weigher, label, pairs) for label in identifier.contradicted_by]
    first = next(one for one in weigher.comparisons if one.label == identifier.contradicted_by[0]).attributes[0]
    known = _aliases([one for own in ordered for one in own], identifier, first)
    for (left, right), (one, other), own in zip(places, pairs, zip(*levels, strict=True), strict=True):
        told = [1 if own[0] == 0 and (one[first], other[first]) in known else own[0], *own[1:]]
        contradicts = told[0] == 0 or told.count(0) >= 2
        yield left, right, contradicts, told[0] > 0, sum(max(level, 0) for level in told)


def _aliases(members: Sequence[Member], identifier: Identifier, first: str) -> set[tuple[str, str]]:
    """Return the pairs of values, both ways, that one bearer has for itself: a name and a former one."""
    if identifier.alias is None:
        return set()
    both = [(one[first], one[identifier.alias]) for one in members]
    return {
        pair for one, other in both if one is not None and other is not None for pair in ((one, other), (other, one))
    }


def region_stars(
    signatures: pl.DataFrame,
    rows: Mapping[int, Member],
    judged: pl.DataFrame,
    generic: pl.DataFrame,
    *,
    subject: Subject,
    weigher: Weigher,
) -> Stars:
    """Return the stars of all identifiers among few signatures; values that are `generic` give none.

    `rows` are the `signatures` by number. Where a signature was judged, or many bear a value, the function of the
    stages is asked.
    """
    common = set(generic.select("blocking_rule", "value").iter_rows())
    found = ties_of(rows.values(), common, subject=subject, weigher=weigher) if judged.is_empty() else None
    return _asked(signatures, judged, generic, subject) if found is None else stars_of(found)


def ties_of(
    rows: Collection[Member], common: Container[tuple[str, str]], *, subject: Subject, weigher: Weigher
) -> Ties | None:
    """Return what the identifiers of signatures link and set apart; None if too many bear a value to tell it here.

    Nothing of the signatures was judged. `common` holds rule and value of what is too common to identify.
    """
    found = Ties([], [])
    for item in subject.identifiers:
        for value, bearing in _bearing(rows, item).items():
            if len(bearing) < 2 or (generic_rule(item), value) in common:
                continue
            groups = star_groups(bearing, item, weigher=weigher)
            if groups is None or len(bearing) > min(MAX_SIGNATURES, subject.max_cluster):
                return None
            found.links.extend(_ordered(one.hub, other) for one in groups for other in one.signatures - {one.hub})
            hubs = combinations(sorted(one.hub for one in groups), 2)
            found.conflicts.extend((*pair, "contradiction", item.attribute, value) for pair in hubs)
    return found


def stars_of(found: Ties) -> Stars:
    """Return ties as tables."""
    tied = [(*pair, IDENTIFIER_WEIGHT, "identifier") for pair in dict.fromkeys(found.links)]
    return Stars(
        LINKS.conform(pl.DataFrame(tied, schema=LINKS.columns, orient="row")),
        CONFLICTS.conform(pl.DataFrame(found.conflicts, schema=CONFLICTS.columns, orient="row")),
        GENERIC_VALUES.empty(),
    )


def _ordered(one: int, other: int) -> tuple[int, int]:
    return min(one, other), max(one, other)


def _bearing(rows: Iterable[Member], item: Identifier) -> dict[str, list[Member]]:
    """Return who bears each value of an identifier, as `matchers.identifiers.bearers` does."""
    found: dict[str, list[Member]] = {}
    for one in rows:
        for name in dict.fromkeys(name for name in (item.attribute, item.former) if name):
            value = one[name]
            if value is not None and (name == item.attribute or value != one[item.attribute]):
                found.setdefault(value, []).append({**one, item.attribute: value})
    return found


def _asked(signatures: pl.DataFrame, judged: pl.DataFrame, generic: pl.DataFrame, subject: Subject) -> Stars:
    """Return the stars of all identifiers by the function of the stages."""
    links, conflicts, found = [LINKS.empty()], [CONFLICTS.empty()], [GENERIC_VALUES.empty()]
    for item in subject.identifiers:
        common = generic.filter(pl.col("blocking_rule") == generic_rule(item)).select("value")
        own = bearers(signatures, item).join(common, left_on=item.attribute, right_on="value", how="anti")
        told = stars(own, judged, subject=subject.model_copy(update={"identifiers": (item,)}))
        links.append(told.links)
        conflicts.append(told.conflicts)
        found.append(told.generic)
    starred = pl.concat(links).unique(PAIR_KEY, keep="first", maintain_order=True)
    return Stars(LINKS.conform(starred), CONFLICTS.conform(pl.concat(conflicts)), pl.concat(found))
