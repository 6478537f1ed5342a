"""Calibration, weights, prior and training, on invented records."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import xxhash
from polars.testing import assert_frame_equal

from engine.errors import ModelError
from engine.settings.subject import Subject
from engine.tables import WEIGHT_SCALE
from matchers.comparisons import build_comparison, compare_candidates
from matchers.models import (
    Calibration,
    calibration_faults,
    load_calibration,
    prior_from_patterns,
    prior_weight,
    save_calibration,
    score,
    score_candidates,
    train,
)
from matchers.models.random_pairs import level_counts, random_pairs, shares, top_share
from matchers.models.splink_json import load_splink_json, to_splink_json
from matchers.models.terms import term_frequency
from matchers.models.training_pairs import comparable, rule_pairs, training_rules

SUBJECT = Subject.model_validate(
    {
        "attributes": {"name": "text", "born": "text", "town": "text"},
        "blocking": [["name"], ["born"], ["substr(name, 1, 2)", "town"]],
        "comparison": [
            {"attribute": "name", "kind": "text", "thresholds": [0.9], "term_frequency": True},
            {"attribute": "born", "kind": "levenshtein", "thresholds": [1]},
            {"attribute": "town", "kind": "exact"},
        ],
    }
)

CALIBRATION = Calibration.model_validate(
    {
        "subject": "person",
        "comparisons": [
            {
                "label": "name",
                "levels": [
                    {"label": "exact", "level": 2, "m": 0.5, "u": 0.0625, "tf_u": 0.0625},
                    {"label": "jaro-winkler >= 0.9", "level": 1, "m": 0.25, "u": 0.125},
                    {"label": "else", "level": 0, "m": 0.25, "u": 1.0},
                ],
            },
            {
                "label": "born",
                "levels": [
                    {"label": "exact", "level": 2, "m": 0.5, "u": 0.0078125},
                    {"label": "at most 1 edit", "level": 1, "m": 0.25, "u": 0.25},
                    {"label": "else", "level": 0, "m": 0.25, "u": 0.5},
                ],
            },
            {
                "label": "town",
                "levels": [
                    {"label": "exact", "level": 1, "m": 0.5, "u": 0.25},
                    {"label": "else", "level": 0, "m": 0.5, "u": 1.0},
                ],
            },
        ],
        "term_frequencies": [{"attribute": "name", "total": 1024, "unseen": 1, "counts": {"ann": 256, "zoe": 4}}],
        "c": 1.0,
        "provenance": {"trainer": "hand", "version": "1", "signatures": 1024, "sample": 1024, "seed": 0},
    }
)

SIGNATURES = pl.DataFrame(
    {
        "signature_id": [1, 2, 3, 4, 5, 6],
        "name": ["ann", "ann", "zoe", "zoe", "bea", "bea"],
        "born": ["1987", "1987", "1990", "1991", None, "1955"],
        "town": ["eastham", "eastham", "midford", "westow", "midford", "midford"],
    }
)
CANDIDATES = pl.DataFrame({"signature_l": [1, 3, 5, 1], "signature_r": [2, 4, 6, 3]})


def invented(persons: int, records: int) -> pl.DataFrame:
    """Return signatures of invented persons; one value in six has a doubled character, one in ten is missing."""
    rows = []
    for number in range(persons * records):
        person = number // records
        kept = xxhash.xxh3_64_intdigest(f"p{person}".encode())
        values = {
            "name": f"{kept % 199:x}ar{kept // 199 % 31:x}",
            "born": str(kept // 7 % 997 + 1000),
            "town": f"t{kept // 11 % 7}",
        }
        for place, (key, value) in enumerate(values.items()):
            dice = xxhash.xxh3_64_intdigest(f"{number}/{place}".encode()) % 60
            values[key] = None if dice < 6 else value[0] + value if dice < 16 else value
        rows.append({"signature_id": number, **values})
    return pl.DataFrame(rows)


def test_weight_is_prior_and_levels_and_rarity() -> None:
    scored = score_candidates(CANDIDATES, SIGNATURES, calibration=CALIBRATION, subject=SUBJECT, signatures=1024)
    prior = prior_weight(1.0, 1024) / WEIGHT_SCALE
    expected = pl.DataFrame(
        {
            "signature_l": [1, 3, 5, 1],
            "signature_r": [2, 4, 6, 3],
            "levels": [[2, 2, 1], [2, 1, 0], [2, -1, 1], [0, 0, 0]],
            # name exact 3 bits; ann is in 1 of 4, so 2 bits less than u; zoe 4 more; bea counts as one in 1024, 6 more
            "bits": [3 - 2 + 6 + 1, 3 + 4 + 0 - 1, 3 + 6 + 0 + 1, -2 - 1 - 1],
        },
        schema_overrides={"levels": pl.List(pl.Int8)},
    )
    bits = (scored["match_weight"] / WEIGHT_SCALE - prior).round(6).cast(pl.Int64)
    assert_frame_equal(scored.drop("match_weight").with_columns(bits.alias("bits")), expected)


def test_joined_pairs_score_as_candidates_do() -> None:
    left, right = (SIGNATURES.rename(lambda name, side=side: f"{name}_{side}") for side in "lr")
    pairs = CANDIDATES.join(left, left_on="signature_l", right_on="signature_id_l", maintain_order="left")
    pairs = pairs.join(right, left_on="signature_r", right_on="signature_id_r", maintain_order="left")
    levels = pl.DataFrame(
        {"level_name": [2, 2, 2, 0], "level_born": [2, 1, -1, 0], "level_town": [1, 0, 1, 0]},
        schema_overrides=dict.fromkeys(["level_name", "level_born", "level_town"], pl.Int8),
    )
    assert_frame_equal(
        score(pairs.hstack(levels), calibration=CALIBRATION, subject=SUBJECT, signatures=1024),
        score_candidates(CANDIDATES, SIGNATURES, calibration=CALIBRATION, subject=SUBJECT, signatures=1024),
    )


def test_a_level_that_is_not_calibrated_is_an_error() -> None:
    finer = SUBJECT.comparisons[0].model_copy(update={"kind": "name", "thresholds": ()})
    other = SUBJECT.model_copy(update={"comparisons": (finer, *SUBJECT.comparisons[1:])})
    with pytest.raises(ModelError, match="comparison 'name' has levels"):
        score_candidates(CANDIDATES, SIGNATURES, calibration=CALIBRATION, subject=other, signatures=1024)


def test_calibration_is_read_as_it_was_written(tmp_path: Path) -> None:
    save_calibration(CALIBRATION, tmp_path / "person.json")
    assert load_calibration(tmp_path / "person.json") == CALIBRATION


def test_a_file_that_is_no_calibration_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"subject": 1}')
    with pytest.raises(ModelError, match=r"x\.json is no calibration"):
        load_calibration(tmp_path / "x.json")
    with pytest.raises(ModelError, match="no calibration at"):
        load_calibration(tmp_path / "y.json")


def test_faults_of_a_calibration_that_does_not_fit() -> None:
    assert list(calibration_faults(CALIBRATION, SUBJECT)) == []
    wider = SUBJECT.comparisons[1].model_copy(update={"thresholds": (1.0, 2.0)})
    frequent = SUBJECT.comparisons[2].model_copy(update={"term_frequency": True})
    other = SUBJECT.model_copy(update={"comparisons": (SUBJECT.comparisons[0], wider, frequent)})
    assert list(calibration_faults(CALIBRATION, other)) == [
        "comparison 'born': the calibration has levels 2 exact, 1 at most 1 edit, 0 else; its kind has 3 exact, 2 at most 1 edit, 1 at most 2 edits, 0 else",
        "comparison 'town': the calibration has no term frequencies of 'town'",
    ]
    looser = SUBJECT.comparisons[0].model_copy(update={"thresholds": (0.8,)})
    other = SUBJECT.model_copy(update={"comparisons": (looser, *SUBJECT.comparisons[1:])})
    assert list(calibration_faults(CALIBRATION, other)) == [
        "comparison 'name': the calibration has levels 2 exact, 1 jaro-winkler >= 0.9, 0 else; its kind has 2 exact, 1 jaro-winkler >= 0.8, 0 else"
    ]
    assert list(calibration_faults(CALIBRATION, SUBJECT, name="person")) == []
    assert list(calibration_faults(CALIBRATION, SUBJECT, name="firm")) == ["the calibration is of subject 'person'"]
    fewer = SUBJECT.model_copy(update={"comparisons": SUBJECT.comparisons[:2]})
    assert list(calibration_faults(CALIBRATION, fewer)) == [
        "calibration has the comparisons name, born, town; the subject has name, born"
    ]


def test_splink_json_round_trip_keeps_every_weight() -> None:
    signatures = invented(50, 3)
    model = to_splink_json(CALIBRATION, SUBJECT, signatures=signatures.height)
    loaded = load_splink_json(model, subject=SUBJECT, name="person", signatures=signatures)
    assert [[(x.level, x.m, x.u, x.tf_u) for x in one.levels] for one in loaded.comparisons] == [
        [(x.level, x.m, x.u, x.tf_u) for x in one.levels] for one in CALIBRATION.comparisons
    ]
    assert loaded.c == pytest.approx(CALIBRATION.c)
    assert list(calibration_faults(loaded, SUBJECT)) == []


def test_splink_model_of_other_levels_is_refused() -> None:
    model = to_splink_json(CALIBRATION, SUBJECT, signatures=100)
    model["comparisons"][2]["comparison_levels"].pop()
    with pytest.raises(ModelError, match="comparison 'town' has 2 levels besides null"):
        load_splink_json(model, subject=SUBJECT, name="person", signatures=SIGNATURES)


def test_prior_is_found_from_the_weights_of_candidate_pairs() -> None:
    certain = pl.DataFrame({"weight": [60 * WEIGHT_SCALE, -60 * WEIGHT_SCALE], "count": [500, 9_000]})
    assert prior_from_patterns(certain, 1_000) == pytest.approx(1.0, abs=1e-6)
    none = pl.DataFrame({"weight": [-60 * WEIGHT_SCALE], "count": [9_000]})
    assert prior_from_patterns(none, 1_000) <= 1e-5


@pytest.mark.parametrize("size", [0, 1, 2, 5, 6])
def test_random_pairs_of_a_small_table_are_all_its_pairs(size: int) -> None:
    pairs = random_pairs(pl.DataFrame({"signature_id": range(size)}, schema={"signature_id": pl.Int64}), seed=1)
    found = {frozenset(pair) for pair in pairs.iter_rows()}
    assert pairs.height == len(found) == size * (size - 1) // 2


def test_shares_take_the_exact_level_from_the_counts_of_values() -> None:
    assert shares({2: 10, 1: 30, 0: 60}, 0.01) == pytest.approx({2: 0.01, 1: 0.33, 0: 0.66})
    assert shares({1: 0, 0: 100}, None)[1] == pytest.approx(0.005)


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        pytest.param(
            "date", [("1987",), ("1987",), ("1987-03",), ("1987-03-21",), ("1987-03-21",)], id="partial dates"
        ),
        pytest.param("postcode", [("AB1 2CD",), ("AB12CD",), ("AB12CD",), ("X",)], id="spaces"),
        pytest.param("number", [("1",), ("1.0",), ("1",), ("none",), ("none",), ("2",)], id="another writing"),
        pytest.param("list", [("a; b",), ("b; a",), ("a; b",), ("c",)], id="another order"),
        pytest.param("full_name", [("ann", None), ("ann", None), ("ann", "lee"), ("ann", "lee")], id="a part missing"),
        pytest.param("credit_code", [("A", None), ("A", "B"), ("A", "B"), (None, "B")], id="either code"),
        pytest.param("text", [(None,), ("x",), ("x",), ("y",), ("x",)], id="nulls"),
    ],
)
def test_the_share_of_the_highest_level_is_its_share_among_all_pairs(
    kind: str, rows: list[tuple[str | None, ...]]
) -> None:
    names = ["one", "other"][: len(rows[0])]
    signatures = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    signatures = signatures.with_columns(signature_id=pl.int_range(pl.len()))
    subject = Subject.model_validate(
        {
            "attributes": dict.fromkeys(names, "text"),
            "blocking": ["one"],
            "comparison": [{"name": "it", "attribute": names, "kind": kind}],
        }
    )
    comparison = build_comparison(subject.comparisons[0])
    levels = compare_candidates(random_pairs(signatures, seed=0), signatures, comparisons=subject.comparisons)

    found = top_share(signatures, levels, comparison)

    counts = level_counts(levels, comparison)
    assert found == pytest.approx(counts[max(counts)] / sum(counts.values()))


def test_every_share_is_above_zero_when_all_values_are_equal() -> None:
    assert shares({2: 3, 1: 1, 0: 0}, 1.0) == pytest.approx({2: 0.875, 1: 1 / 12, 0: 1 / 24})
    assert min(shares({1: 0, 0: 0}, 1.0).values()) > 0


def test_a_level_known_from_the_counts_of_values_is_not_told_as_untrained() -> None:
    town = {
        "attributes": {"town": "text"},
        "blocking": ["town"],
        "comparison": [{"attribute": "town", "kind": "exact"}],
    }
    signatures = pl.DataFrame({"signature_id": range(2_000), "town": [f"t{max(i, 1)}" for i in range(2_000)]})

    undrawn = train(signatures, subject=Subject.model_validate(town), name="place", seed=0)

    assert not random_pairs(signatures, seed=0).filter(pl.sum_horizontal("signature_l", "signature_r") == 1).height
    assert undrawn.provenance.untrained == ("town: exact: m", "town: else: m")
    assert undrawn.comparisons[0].levels[0].u < 1e-6


def test_training_rules_come_from_blocking_or_from_the_model() -> None:
    assert [rule.attributes for rule in training_rules(SUBJECT)] == [{"name"}, {"born"}, {"name", "town"}]
    own = SUBJECT.model_copy(update={"model": SUBJECT.model.model_copy(update={"training": (("town",),)})})
    assert [rule.name for rule in training_rules(own)] == ["town"]


def test_pairs_of_a_rule_agree_on_it_whatever_the_order_of_rows() -> None:
    rule = training_rules(SUBJECT)[2]
    expected = pl.DataFrame({"signature_l": [1, 5], "signature_r": [2, 6]})
    assert_frame_equal(rule_pairs(SIGNATURES, rule, seed=0).pairs, expected)
    assert_frame_equal(rule_pairs(SIGNATURES.reverse(), rule, seed=0).pairs, expected)


def test_training_finds_matches_without_labels_and_ignores_the_order_of_rows() -> None:
    signatures = invented(400, 3)
    trained = train(signatures, subject=SUBJECT, name="person")

    assert train(signatures.sample(fraction=1, shuffle=True, seed=5), subject=SUBJECT, name="person") == trained
    assert 1 <= trained.c <= 2.2  # two others, less those that no rule proposes
    for comparison in trained.comparisons:
        bits = [level.weight for level in comparison.levels]
        assert bits == sorted(bits, reverse=True)
        assert sum(level.m for level in comparison.levels) == pytest.approx(1)
    exact = {one.label: one.levels[0].m for one in trained.comparisons}
    assert exact == pytest.approx({"name": 0.69, "born": 0.69, "town": 0.69}, abs=0.1)


def test_rarity_counts_in_part_at_near_levels() -> None:
    trained = train(invented(400, 3), subject=SUBJECT, name="person")
    name = trained.comparisons[0].levels
    assert [level.tf_weight for level in name if level.tf_u is not None] == [1.0, 0.75]
    assert {level.tf_u for level in name} == {name[0].u, None}


def test_signatures_of_the_own_entity_do_not_make_a_value_frequent() -> None:
    signatures = pl.DataFrame({"name": ["ann"] * 9 + ["zoe"] * 3 + [None]})
    terms = term_frequency(signatures, comparison=build_comparison(SUBJECT.comparisons[0]), own=4.0, least=0.5)
    assert terms.counts == {"ann": 5.0}
    assert (terms.total, terms.unseen) == (12, 0.5)


def test_between_sources_only_pairs_of_two_sources_teach() -> None:
    signatures = SIGNATURES.with_columns(sources=pl.Series([["a"], ["a"], ["a"], ["b"], ["a", "b"], ["a"]]))
    between = SUBJECT.model_copy(update={"pairs": "between_sources"})
    expected = pl.DataFrame({"signature_l": [3, 5], "signature_r": [4, 6]})
    assert_frame_equal(comparable(CANDIDATES, signatures, between), expected)
    assert_frame_equal(comparable(CANDIDATES, signatures, SUBJECT), CANDIDATES)


@pytest.mark.parametrize("size", [0, 1, 2, 6])
def test_few_signatures_get_a_usable_calibration(size: int) -> None:
    trained = train(SIGNATURES.head(size), subject=SUBJECT, name="person")
    assert list(calibration_faults(trained, SUBJECT)) == []
    assert trained.comparisons[0].levels[0].m == 0.9
    assert "name: exact: m" in trained.provenance.untrained


@pytest.mark.parametrize("size", [0, 1, 2, 3, 40])
@pytest.mark.parametrize(
    "born", [["1987"], ["1987-03-21"], ["1987", "1987-03-21"], [None]], ids=["a year", "a day", "both", "none"]
)
def test_a_subject_of_equal_dates_gets_a_usable_calibration(size: int, born: list[str | None]) -> None:
    subject = Subject.model_validate(
        {
            "attributes": {"name": "text", "born": "date"},
            "blocking": ["name", "born"],
            "comparison": [{"attribute": "name", "kind": "text"}, {"attribute": "born", "kind": "date"}],
        }
    )
    rows = [(number, "ann", born[number % len(born)]) for number in range(size)]
    signatures = pl.DataFrame(
        rows, schema={"signature_id": pl.Int64, "name": pl.String, "born": pl.String}, orient="row"
    )

    trained = train(signatures, subject=subject, name="person")

    assert list(calibration_faults(trained, subject, name="person")) == []


def test_a_single_comparison_is_calibrated_without_em() -> None:
    own = {
        "attributes": {"name": SUBJECT.attributes["name"]},
        "comparisons": SUBJECT.comparisons[:1],
        "blocking": SUBJECT.blocking[:1],
    }
    trained = train(invented(100, 2), subject=SUBJECT.model_copy(update=own), name="person")
    weights = [level.weight for level in trained.comparisons[0].levels]
    assert weights[0] > 0 > weights[-1]
    assert 0 < trained.c < 2
