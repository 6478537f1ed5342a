"""Group what is compatible: the tuples of one identifier value that can be one subject."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl


class _Grade(NamedTuple):
    contradicts: bool
    supports: bool
    agreement: int


def compatible_groups(tuples: pl.DataFrame, graded: pl.DataFrame) -> pl.DataFrame:
    """Return `tuple` and `group`, the tuple that founded it.

    `tuples` holds _value, tuple and records; `graded` every pair of tuples of one value: signature_l, signature_r,
    contradicts, supports (the first comparison agrees) and agreement (an integer). In order of descending records, then
    of the tuple, each joins a group that admits it, else founds one. A group admits what nothing in it contradicts, and
    what more of its records support than contradict: two spellings of one name may be further from each other than
    either is from the name. Of several groups it joins the one that it agrees with most, the earliest at a tie. So a
    tuple that fits two groups goes where the evidence is, and two groups of one value always hold a contradicting pair.

    Cost: quadratic in the tuples of one value, one Python step per pair.
    """
    grade: dict[int, dict[int, _Grade]] = {}
    for left, right, *found in graded.select(
        "signature_l", "signature_r", "contradicts", "supports", "agreement"
    ).iter_rows():
        grade.setdefault(left, {})[right] = grade.setdefault(right, {})[left] = _Grade(*found)
    records = dict(tuples.select("tuple", "records").iter_rows())
    groups: dict[str, list[list[int]]] = {}
    founders: list[tuple[int, int]] = []
    ordered = tuples.sort("_value", "records", "tuple", descending=[False, True, False])
    for value, one in ordered.select("_value", "tuple").iter_rows():
        group = _best(groups.setdefault(value, []), grade.get(one, {}), records)
        group.append(one)
        founders.append((one, group[0]))
    return pl.DataFrame(founders, schema={"tuple": pl.Int64, "group": pl.Int64}, orient="row")


def _best(groups: list[list[int]], grade: dict[int, _Grade], records: dict[int, int]) -> list[int]:
    """Return the group to join; a new one is added to `groups` when none admits it."""
    fitting = [group for group in groups if _admits(group, grade, records)]
    if not fitting:
        groups.append([])
        return groups[-1]
    return max(fitting, key=lambda group: max(grade[member].agreement for member in group))


def _admits(group: list[int], grade: dict[int, _Grade], records: dict[int, int]) -> bool:
    against = sum(records[member] for member in group if grade[member].contradicts)
    for_it = sum(records[member] for member in group if grade[member].supports and not grade[member].contradicts)
    return not against or for_it > against
