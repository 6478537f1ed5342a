"""Our EM finds what Splink's finds, and believes labels about the pairs of their pattern."""

from __future__ import annotations

import polars as pl
import pytest

from engine.settings.subject import Comparison
from matchers.comparisons import build_comparison
from matchers.models.em import expectation
from matchers.models.splink import expectation as splinks

COMPARISONS = tuple(
    build_comparison(Comparison(attribute=(name,), kind=kind))
    for name, kind in {"name": "text", "born": "date", "town": "exact"}.items()
)
U = {"name": {4: 0.01, 3: 0.01, 2: 0.02, 1: 0.03, 0: 0.93}, "town": {1: 0.2, 0: 0.8}}


def pairs(rows: dict[tuple[int, int, int], int]) -> pl.DataFrame:
    """Return as many pairs of each pattern (name, born, town) as the counts say."""
    columns = zip(*(pattern for pattern, count in rows.items() for _ in range(count)), strict=True)
    return pl.DataFrame(
        dict(zip(("level_name", "level_born", "level_town"), columns, strict=True)),
        schema={f"level_{one}": pl.Int8 for one in ("name", "born", "town")},
    )


def chances() -> dict[str, dict[int, float]]:
    """Return u of every level; that of dates is even."""
    numbers = [number for number in COMPARISONS[1].numbers() if number >= 0]
    names = [number for number in COMPARISONS[0].numbers() if number >= 0]
    u = {"born": {number: 0.002 if number else 1 - 0.002 * (len(numbers) - 1) for number in numbers}, **U}
    return u | {"name": {number: 0.01 if number else 1 - 0.01 * (len(names) - 1) for number in names}}


TOP_NAME, TOP_BORN = COMPARISONS[0].numbers()[1], COMPARISONS[1].numbers()[1]
MIXED = {
    (TOP_NAME, TOP_BORN, 1): 120,
    (TOP_NAME, 0, 0): 300,
    (1, TOP_BORN, 1): 25,
    (0, TOP_BORN, 0): 60,
    (0, 0, 1): 500,
    (-1, TOP_BORN, -1): 14,
    (TOP_NAME, 1, -1): 9,
}


@pytest.mark.parametrize("prior", [0.05, 0.2])
def test_the_result_is_splinks(prior: float) -> None:
    ours = expectation(pairs(MIXED), comparisons=COMPARISONS, u=chances(), prior=prior)
    theirs = splinks(pairs(MIXED), comparisons=COMPARISONS, u=chances(), prior=prior)

    assert ours.prior == pytest.approx(theirs.prior, abs=1e-4)
    for label, levels in theirs.m.items():
        assert ours.m[label] == {number: value and pytest.approx(value, abs=1e-4) for number, value in levels.items()}


def test_the_order_of_pairs_changes_nothing() -> None:
    table = pairs(MIXED)

    one = expectation(table, comparisons=COMPARISONS, u=chances(), prior=0.2)
    other = expectation(table.reverse(), comparisons=COMPARISONS, u=chances(), prior=0.2)

    assert one == other


def test_labels_tell_how_many_pairs_of_their_pattern_match() -> None:
    doubtful = pairs({(1, TOP_BORN, 1): 1})

    def learnt(judgement: str) -> float:
        labels = pl.concat([doubtful] * 20).with_columns(judgement=pl.lit(judgement))
        return (
            expectation(pairs(MIXED), comparisons=COMPARISONS, u=chances(), prior=0.2, labels=labels).m["name"][1] or 0
        )

    alone = expectation(pairs(MIXED), comparisons=COMPARISONS, u=chances(), prior=0.2).m["name"][1] or 0

    assert learnt("different") < 0.1 * alone < alone <= learnt("same")


def test_no_pairs_teach_nothing() -> None:
    learnt = expectation(pairs(MIXED).clear(), comparisons=COMPARISONS, u=chances(), prior=0.2)

    assert all(value is None for levels in learnt.m.values() for value in levels.values())


def test_comparisons_that_depend_on_one_another_wholly_do_not_stop_the_training() -> None:
    comparisons = tuple(build_comparison(Comparison(attribute=(f"a{i}",))) for i in range(40))
    table = pl.DataFrame({f"level_a{i}": [1] * 30 + [0] * 30 for i in range(40)}).cast(pl.Int8)
    u = {one.label: {1: 1e-9, 0: 1 - 1e-9} for one in comparisons}

    learnt = expectation(table, comparisons=comparisons, u=u, prior=0.2)

    assert all((m[1] or 0) > 0.9 for m in learnt.m.values())
