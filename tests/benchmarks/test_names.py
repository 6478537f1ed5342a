"""The suite of Chinese names: its pairs, and how levels are ordered and cut."""

from __future__ import annotations

import polars as pl
from polars.testing import assert_frame_equal

from benchmarks.name_errors import labelled_pairs
from benchmarks.names import cut, errors, graded, ordered

LEVELS = pl.DataFrame(
    {
        "level": ["exact"] * 50 + ["near"] * 20 + ["far"] * 40,
        "same": [True] * 50 + [True] * 15 + [False] * 5 + [True] * 4 + [False] * 36,
        "kind": "none",
    }
)


def test_pairs_depend_on_the_seed_alone() -> None:
    assert_frame_equal(labelled_pairs(200, seed=1), labelled_pairs(200, seed=1))
    assert not labelled_pairs(200, seed=1).equals(labelled_pairs(200, seed=2))


def test_pairs_of_two_persons_never_bear_one_name() -> None:
    pairs = labelled_pairs(500, seed=1)

    assert pairs.filter(~pl.col("same") & (pl.col("name_l") == pl.col("name_r"))).is_empty()
    assert pairs.filter(pl.col("kind") == "none").select((pl.col("name_l") == pl.col("name_r")).all()).item()


def test_levels_are_accepted_from_the_most_worth_while_that_misjudges_fewer() -> None:
    assert cut(ordered(LEVELS, "level"), least=0.0) == {"exact", "near"}
    assert cut(ordered(LEVELS, "level"), least=0.99) == {"exact"}
    assert errors(LEVELS, "level", {"exact", "near"})["misjudged"] == 5 + 4


def test_chinese_levels_tell_more_than_jaro_winkler() -> None:
    pairs = graded(labelled_pairs(1_000, seed=3))
    missed = {
        side: errors(pairs, side, cut(ordered(pairs, side), least=0.0))["misjudged"]
        for side in ("chinese_name", "jaro_winkler")
    }

    assert missed["chinese_name"] < 0.8 * missed["jaro_winkler"]
