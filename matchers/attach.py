"""Candidate pairs with the attributes of both sides."""

from __future__ import annotations

import polars as pl

from engine.settings import Subject


def compared_attributes(subject: Subject) -> tuple[str, ...]:
    """Return the attributes that the subject's comparisons read, in the project's order."""
    used = {name for comparison in subject.comparisons for name in comparison.attribute}
    return tuple(name for name in subject.identity_attributes() if name in used)


def attach(
    pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, *, attributes: tuple[str, ...]
) -> pl.DataFrame:
    """Return `pairs` with `<attribute>_l` from the signatures `left` and `<attribute>_r` from `right`."""
    one = left.select(signature_l="signature_id", **{f"{name}_l": name for name in attributes})
    other = right.select(signature_r="signature_id", **{f"{name}_r": name for name in attributes})
    return pairs.join(one, on="signature_l").join(other, on="signature_r")
