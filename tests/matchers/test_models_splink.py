"""Splink's EM on levels: what it learns, and where it must not fail."""

from __future__ import annotations

import polars as pl

from engine.settings.subject import Comparison
from matchers.comparisons import build_comparison
from matchers.models.splink import expectation


def test_comparisons_that_depend_on_one_another_wholly_do_not_stop_the_training() -> None:
    comparisons = tuple(build_comparison(Comparison(attribute=(f"a{i}",))) for i in range(40))
    pairs = pl.DataFrame(
        {f"level_a{i}": [1] * 30 + [0] * 30 for i in range(40)},
        schema_overrides={f"level_a{i}": pl.Int8 for i in range(40)},
    )
    u = {one.label: {1: 1e-9, 0: 1 - 1e-9} for one in comparisons}

    learnt = expectation(pairs, comparisons=comparisons, u=u, prior=0.2)

    assert all(m[1] is not None and m[1] > 0.9 for m in learnt.m.values())
