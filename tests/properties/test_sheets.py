"""Tables in layers: rows are counted, and however changes are layered or folded, the same rows are left."""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.increments import Layer, Sheet, among, subtract
from engine.increments.layers import layered
from engine.increments.multisets import exchanged

ROWS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["a", "", None])), max_size=8)
SCHEMA = {"key": pl.Int64, "text": pl.String}


def frame(rows: list[tuple[int, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").with_columns(listed=pl.concat_list("text"))


def counted(rows: pl.DataFrame) -> Counter[str]:
    return Counter(map(repr, rows.rows()))


@given(one=ROWS, other=ROWS)
def test_subtract_counts_equal_rows(one: list[tuple[int, str | None]], other: list[tuple[int, str | None]]) -> None:
    assert counted(subtract(frame(one), frame(other))) == counted(frame(one)) - counted(frame(other))


@given(old=ROWS, new=ROWS)
def test_what_is_exchanged_leads_from_the_old_rows_to_the_new(
    old: list[tuple[int, str | None]], new: list[tuple[int, str | None]]
) -> None:
    minus, plus = exchanged(frame(old), frame(new))

    assert counted(pl.concat([subtract(frame(old), minus), plus])) == counted(frame(new))


@settings(max_examples=30)
@given(states=st.lists(ROWS, min_size=3, max_size=5), key=st.integers(0, 2))
def test_layers_and_what_is_folded_of_them_give_the_last_state(
    states: list[list[tuple[int, str | None]]], key: int
) -> None:
    frames = [frame(rows) for rows in states]
    changes = [exchanged(before, after) for before, after in itertools.pairwise(frames)]
    with tempfile.TemporaryDirectory() as place:
        base = written(frames[0], Path(place, "base"))
        layers = tuple(
            Layer(written(layered(*change), Path(place, f"{n}")), *(one.height for one in change))
            for n, change in enumerate(changes)
        )
        folded = written(pl.concat(layered(*change) for change in changes), Path(place, "folded"))
        one = Layer(folded, *(sum(side.height for side in sides) for sides in zip(*changes, strict=True)))
        none = frames[0].clear()
        whole, merged = Sheet((base,), layers, none, none), Sheet((base,), (one,), none, none)
        unlayered = Sheet((base,), layers[:-1], *changes[-1])
        pick = among("key", pl.Series([key]))

        assert counted(whole.old()) == counted(merged.old()) == counted(unlayered.new()) == counted(frames[-1])
        assert counted(whole.old(pick)) == counted(unlayered.new(pick)) == counted(frames[-1].filter(key=key))


def written(rows: pl.DataFrame, file: Path) -> Path:
    rows.write_parquet(file)
    return file
