"""Comparisons are symmetric and do not depend on what else is compared, whatever the values."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.settings.subject import Comparison
from matchers.comparisons import COMPARISONS, build_comparison, compare

VALUES = st.one_of(
    st.none(),
    st.text(alphabet="ab 1290-.;,王芳伟@", min_size=1, max_size=12),
    st.from_regex(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9])", fullmatch=True),
    st.sampled_from(["51.5", "-0.1", "ann lee", "lee; ann", "Lee, Ann", "a.", "ann", "330199"]),
)


@pytest.mark.parametrize("kind", sorted(COMPARISONS))
@settings(max_examples=12)
@given(data=st.data())
def test_exchanging_left_and_right_changes_nothing(kind: str, data: st.DataObject) -> None:
    names = tuple(f"a{index}" for index in range(COMPARISONS[kind].attributes))
    rows = data.draw(st.lists(st.tuples(*[VALUES] * (2 * len(names))), min_size=1, max_size=8))
    columns = [f"{name}_{side}" for side in "lr" for name in names]
    pairs = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    pairs = pairs.with_row_index("signature_l").with_columns(signature_r=pl.col("signature_l") + 100)
    exchanged = pairs.rename({f"{n}_{a}": f"{n}_{b}" for n in names for a, b in ("lr", "rl")})
    comparison = Comparison(attribute=names, kind=kind, name="x")

    levels = compare(pairs, comparisons=(comparison,))["level_x"].to_list()

    assert compare(exchanged, comparisons=(comparison,))["level_x"].to_list() == levels
    assert compare(pairs.reverse(), comparisons=(comparison,))["level_x"].to_list() == levels[::-1]
    assert set(levels) <= set(build_comparison(comparison).numbers())


@pytest.mark.parametrize("kind", sorted(COMPARISONS))
@settings(max_examples=6)
@given(data=st.data())
def test_equal_values_are_exact_or_null(kind: str, data: st.DataObject) -> None:
    names = tuple(f"a{index}" for index in range(COMPARISONS[kind].attributes))
    row = data.draw(st.tuples(*[VALUES] * len(names)))
    pairs = pl.DataFrame([(1, 2, *row, *row)], orient="row", schema={
        "signature_l": pl.Int64, "signature_r": pl.Int64, **{f"{n}_{s}": pl.String for s in "lr" for n in names}
    })  # fmt: skip
    comparison = Comparison(attribute=names, kind=kind, name="x")
    top = max(build_comparison(comparison).numbers())

    level = compare(pairs, comparisons=(comparison,))["level_x"].item()

    if kind == "date":
        assert level in {top, top - 3, -1, 0}  # a date of lower precision agrees as far as it is known
    elif kind == "chinese_date":
        assert level in {top, top - 4, -1, 0}
    elif None not in row:
        assert level in {top, -1}
