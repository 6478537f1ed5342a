import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from matchers.evaluation import estimate, tallied, units_of, with_members
from matchers.evaluation.bootstrap import poisson
from matchers.evaluation.estimates import FIGURES
from matchers.evaluation.measures import bcubed, contingency, exact, pairwise

PARTS = [("pairwise", "precision"), ("pairwise", "recall"), ("pairwise", "f1"), ("bcubed", "f1"), ("cluster", "f1")]


def items(rows: list[tuple[int, str | None, str | None]]) -> pl.DataFrame:
    schema = {"signature_id": pl.Int64, "entity_id": pl.String, "truth": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(decidable=pl.lit(None, pl.Boolean))


def answer(random: np.random.Generator, entities: int) -> pl.DataFrame:
    """An answer that leaves parts of some true entities apart, joins others and puts single records astray."""
    sizes = 1 + random.poisson(3, entities)
    truth = np.repeat(np.arange(entities), sizes)
    first = np.cumsum(sizes) - sizes
    found = truth.copy()
    for one in random.choice(entities, random.binomial(entities, 1 / 16), replace=False):
        found[first[one] : first[one] + sizes[one] // 2] = entities + one
    for one in random.choice(entities, random.binomial(entities, 1 / 32), replace=False):
        found[first[one] : first[one] + sizes[one]] = found[first[random.integers(entities)]]
    for one in random.choice(len(truth), random.binomial(len(truth), 1 / 64), replace=False):
        found[one] = random.integers(entities)
    return items(
        [(place, str(entity), str(true)) for place, (entity, true) in enumerate(zip(found, truth, strict=True))]
    )


def coverage(intervals: list[dict], true: dict) -> dict[tuple[str, str], float]:
    held = {}
    for figure, part in PARTS:
        bounds = [one[figure][part] for one in intervals]
        held[figure, part] = np.mean([low <= true[figure][part] <= high for low, high in bounds])
    return held


@pytest.mark.parametrize("drawn", ["entities", "records"])
def test_intervals_of_a_sample_cover_the_truth_in_95_of_100_samples(drawn):
    random = np.random.default_rng(1)
    whole = tallied(answer(random, 4000)).sort("truth")  # what is drawn must not hang on an order
    true = estimate(whole, units=None).figures
    size = whole["records.items"].to_numpy()
    chance = size / size.sum() if drawn == "records" else None

    drawings = (np.unique(random.choice(whole.height, 300, replace=False, p=chance)) for _ in range(200))
    found = [estimate(whole[chosen], units=None, drawn=drawn).intervals for chosen in drawings]

    assert all(0.90 <= share <= 0.99 for share in coverage(found, true).values()), coverage(found, true)


def test_intervals_of_a_full_truth_cover_what_such_answers_come_to():
    random = np.random.default_rng(2)
    answers = [answer(random, 400).with_columns(pl.col("entity_id", "truth") + f"/{place}") for place in range(200)]
    every = pl.concat(answers).with_columns(signature_id=pl.int_range(pl.len()))
    whole, units = tallied(every), units_of(every)
    true = estimate(whole, units=None).figures
    parts = whole.with_columns(answer=pl.col("truth").str.split("/").list.last()).partition_by(
        "answer", include_key=False
    )

    found = [estimate(one, units=units).intervals for one in parts]
    alone = [estimate(one, units=None).intervals for one in parts]

    assert all(0.90 <= share <= 0.99 for share in coverage(found, true).values()), coverage(found, true)
    assert coverage(alone, true)["pairwise", "precision"] < 0.90  # a wrong pair would pass for two errors


def test_where_no_unit_errs_their_number_bounds_the_interval():
    pairs = items([(place, str(place // 2), str(place // 2)) for place in range(120)])

    found = estimate(tallied(pairs), units=units_of(pairs))

    assert found.figures["pairwise"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert found.intervals["pairwise"]["precision"] == (0.95, 1.0)
    assert found.intervals["exact_entities"] == (0.95, 1.0)


def test_intervals_do_not_depend_on_the_order_of_records():
    whole = answer(np.random.default_rng(3), 60)
    shuffled = whole.sample(fraction=1.0, shuffle=True, seed=4)

    one, other = (estimate(tallied(frame), units=units_of(frame)) for frame in (whole, shuffled))

    assert one == other


def test_weights_are_poisson():
    drawn = poisson(np.random.default_rng(5).random((4000, 3)), np.array([1, 7, 2500]))

    assert drawn.mean(axis=0) == pytest.approx([1, 7, 2500], rel=0.05)
    assert drawn.var(axis=0) == pytest.approx([1, 7, 2500], rel=0.1)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 6), st.sampled_from("pqr"), st.sampled_from("XYZ")), min_size=2, max_size=14),
    st.booleans(),
)
def test_figures_from_sums_are_the_figures(rows, unresolved):
    entity = {signature: predicted for signature, _, predicted in rows}
    if unresolved:
        entity[rows[0][0]] = None
    whole = items([(signature, entity[signature], true) for signature, true, _ in rows])

    found = estimate(tallied(whole), units=units_of(whole)).figures

    expected = {
        "pairwise": pairwise(contingency(whole)),
        "pairwise_signatures": pairwise(contingency(whole.unique(["signature_id", "truth"]))),
        "bcubed": bcubed(contingency(whole)),
        "cluster": exact(contingency(whole)),
    }
    for name, one in expected.items():
        assert found[name] == pytest.approx(one, abs=1e-8), name
    assert found["exact_entities"] == pytest.approx(expected["cluster"]["recall"], abs=1e-8)
    assert set(found) == set(FIGURES)


def test_what_shares_an_entity_with_a_sample_and_has_no_label_is_wrongly_there():
    schema = {
        "source": pl.String,
        "record_id": pl.String,
        "role": pl.String,
        "signature_id": pl.Int64,
        "entity_id": pl.String,
    }
    run = pl.DataFrame(
        [("s", name, "", place, entity) for place, (name, entity) in enumerate(zip("abcdef", "XXXYZZ", strict=True))],
        schema=schema,
        orient="row",
    )
    labelled = run.head(2).with_columns(truth=pl.lit("p"), decidable=pl.lit(None, pl.Boolean))

    records = with_members(labelled, run)
    told = estimate(tallied(records), units=None, drawn="entities")

    assert_frame_equal(
        records.select("record_id", "truth"), pl.DataFrame({"record_id": ["a", "b", "c"], "truth": ["p", "p", None]})
    )
    # a and b are each with one fellow and with c: two of four.
    assert told.figures["pairwise"]["precision"] == 0.5
    assert told.figures["exact_entities"] == 0.0
    assert told.unknown["pairwise"] == 0.5


def test_entities_of_drawn_records_weigh_less_the_larger_they_are():
    # p: three records, one apart (1 of 3 pairs found); q: one pair, found. Drawn by records, p counts a third, q half.
    whole = items([(1, "X", "p"), (2, "X", "p"), (3, "Y", "p"), (4, "Z", "q"), (5, "Z", "q")])

    by_entity = estimate(tallied(whole), units=None, drawn="entities").figures
    by_record = estimate(tallied(whole), units=None, drawn="records").figures

    assert by_entity["pairwise"]["recall"] == pytest.approx((2 + 2) / (6 + 2))
    assert by_record["pairwise"]["recall"] == pytest.approx((2 / 3 + 2 / 2) / (6 / 3 + 2 / 2))
    assert (by_entity["exact_entities"], by_record["exact_entities"]) == (0.5, pytest.approx(0.6))
