"""Group what is compatible: no group holds two members that contradict each other."""

from __future__ import annotations

import polars as pl


def compatible_groups(tuples: pl.DataFrame, graded: pl.DataFrame) -> pl.DataFrame:
    """Return `tuple` and `group`, the tuple that founded it.

    `tuples` holds _value, tuple and records; `graded` every pair of tuples of one value: signature_l, signature_r,
    contradicts, agreement (an integer). In order of descending records, then of the tuple, each joins the group that it
    agrees with most among those where nothing contradicts it, the earliest at a tie, else founds one. So a tuple that
    fits two groups goes where the evidence is, and two groups of one value always hold a contradicting pair.

    Cost: quadratic in the tuples of one value, one Python step per pair.
    """
    grade: dict[int, dict[int, tuple[bool, int]]] = {}
    for left, right, contradicts, agreement in graded.select(
        "signature_l", "signature_r", "contradicts", "agreement"
    ).iter_rows():
        grade.setdefault(left, {})[right] = (contradicts, agreement)
        grade.setdefault(right, {})[left] = (contradicts, agreement)
    groups: dict[str, list[list[int]]] = {}
    founders: list[tuple[int, int]] = []
    ordered = tuples.sort("_value", "records", "tuple", descending=[False, True, False])
    for value, one in ordered.select("_value", "tuple").iter_rows():
        group = _best(groups.setdefault(value, []), grade.get(one, {}))
        group.append(one)
        founders.append((one, group[0]))
    return pl.DataFrame(founders, schema={"tuple": pl.Int64, "group": pl.Int64}, orient="row")


def _best(groups: list[list[int]], grade: dict[int, tuple[bool, int]]) -> list[int]:
    """Return the group to join; a new one is added to `groups` when all are contradicted."""
    fitting = [group for group in groups if not any(grade[member][0] for member in group)]
    if not fitting:
        groups.append([])
        return groups[-1]
    return max(fitting, key=lambda group: max(grade[member][1] for member in group))
