"""The rules that would have caught the misses of blocking: several together, within a budget."""

from __future__ import annotations

import polars as pl
import pytest

from engine.settings import Subject
from engine.tables import PAIR_KEY, SIGNATURES
from matchers.blocking.looked import MICRO
from matchers.blocking.remedy import Remedies, added_pairs, remedies

SUBJECT = Subject.model_validate(
    {
        "attributes": {"name": "text", "code": "code"},
        "blocking": [["name", "code"]],
        "comparison": [{"attribute": "name"}],
    }
)
PAIRS = 12
"""Of each kind: two of one name, two of one code, two whose codes are one slip apart."""

UNITED = pl.DataFrame(schema={"signature_id": pl.Int64, "united": pl.Int64})
NONE = pl.DataFrame(schema=dict.fromkeys(PAIR_KEY, pl.Int64))


def signatures() -> pl.DataFrame:
    rows = []
    for place in range(PAIRS):
        one, other = chr(97 + place) * 9, chr(97 + place) * 8
        rows += [(f"name {one}", None), (f"name {one}", None)]
        rows += [(None, f"{one}1"), (None, f"{one}1")]
        rows += [(None, f"x{other}22"), (None, f"x{other}23")]
    frame = pl.DataFrame(rows, schema={"name": pl.String, "code": pl.String}, orient="row")
    told = frame.with_row_index("signature_id").with_columns(sources=["a"], records=1)
    told = told.with_columns(first_seen=pl.lit(None, pl.String), last_seen=pl.lit(None, pl.String))
    return SIGNATURES.conform(told, ("name", "code"))


def misses(kinds: int) -> pl.DataFrame:
    left = [6 * place + 2 * kind for kind in range(kinds) for place in range(PAIRS)]
    told = pl.DataFrame({"signature_l": left}).with_columns(signature_r=pl.col("signature_l") + 1)
    return told.with_columns(match_weight=pl.lit(0, pl.Int64), micro=pl.lit(MICRO, pl.Int64), apart=pl.lit(value=True))


def found(kinds: int, budget: int) -> Remedies:
    return remedies(signatures(), UNITED, NONE, misses(kinds), subject=SUBJECT, budget=budget)


@pytest.mark.parametrize("kinds", [1, 2, 3], ids=["of one name", "or one code", "or codes one slip apart"])
def test_as_many_rules_as_it_takes_recover_all(kinds: int) -> None:
    best = found(kinds, budget=1_000).best

    assert best is not None
    assert best.recovered == best.of == kinds * PAIRS
    added = added_pairs(signatures(), UNITED, NONE, best.rules, subject=SUBJECT)
    assert added.height == best.pairs <= 1_000
    assert misses(kinds).join(added, on=PAIR_KEY, how="anti").is_empty()


def test_the_rules_together_keep_to_the_budget() -> None:
    best = found(3, budget=PAIRS).best

    assert best is not None
    assert 0 < best.pairs <= PAIRS
    assert best.recovered <= PAIRS


def test_no_rule_is_suggested_that_catches_nothing_beside_the_others() -> None:
    best = found(1, budget=1_000).best

    assert best is not None
    assert len(best.rules) == 1


def test_each_miss_is_told_the_cheapest_rule() -> None:
    cheapest = found(2, budget=1_000).cheapest

    assert cheapest["rule"].null_count() == 0
    assert cheapest["pairs"].max() <= 2 * PAIRS
