import polars as pl

from engine.tables import CONFLICTS, GENERIC_VALUES, LINKS, PAIRS, WEIGHT_SCALE
from matchers.decide import JUDGEMENT_WEIGHT, decide
from matchers.identifiers import IDENTIFIER_WEIGHT, Stars

BIT = WEIGHT_SCALE


def pairs(*rows: tuple[int, int, int]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["signature_l", "signature_r", "match_weight"], orient="row")
    return PAIRS.conform(frame.with_columns(blocking_rule=pl.lit(0), levels=pl.lit([1])))


def judged(*rows: tuple[int, int, str]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema={"signature_l": pl.Int64, "signature_r": pl.Int64, "judgement": pl.String}, orient="row"
    )


def stars(links: tuple[tuple[int, int], ...] = (), conflicts: tuple[tuple[int, int], ...] = ()) -> Stars:
    return Stars(
        pl.DataFrame([(*pair, IDENTIFIER_WEIGHT, "identifier") for pair in links], schema=LINKS.schema(), orient="row"),
        pl.DataFrame(
            [(*pair, "contradiction", "id_no", "A") for pair in conflicts], schema=CONFLICTS.schema(), orient="row"
        ),
        GENERIC_VALUES.empty(),
    )


def test_a_pair_at_the_threshold_is_linked_and_one_below_goes_to_review():
    decided = decide(
        pairs((1, 2, 5 * BIT), (1, 3, 5 * BIT - 1), (1, 4, 2 * BIT), (1, 5, 2 * BIT - 1)),
        stars=stars(),
        judged=judged(),
        threshold=5.0,
        review=2.0,
    )

    assert decided.links.rows() == [(1, 2, 5 * BIT, "model")]
    assert decided.review.rows() == [(1, 3, 5 * BIT - 1, "model"), (1, 4, 2 * BIT, "model")]


def test_without_a_review_threshold_nothing_is_put_to_review():
    decided = decide(pairs((1, 2, -BIT)), stars=stars(), judged=judged(), threshold=0.0, review=None)

    assert decided.review.is_empty()


def test_a_pair_is_linked_once_for_its_highest_reason():
    decided = decide(
        pairs((1, 2, 9 * BIT), (3, 4, 9 * BIT), (5, 6, -9 * BIT)),
        stars=stars(links=((1, 2), (3, 4))),
        judged=judged((1, 2, "same"), (5, 6, "same")),
        threshold=0.0,
        review=-20.0,
    )

    assert decided.links.rows() == [
        (1, 2, JUDGEMENT_WEIGHT, "judgement"),
        (3, 4, IDENTIFIER_WEIGHT, "identifier"),
        (5, 6, JUDGEMENT_WEIGHT, "judgement"),
    ]
    assert decided.review.is_empty()


def test_a_pair_judged_different_is_a_conflict_and_never_a_link_or_a_question():
    decided = decide(
        pairs((1, 2, 9 * BIT), (3, 4, -BIT)),
        stars=stars(links=((1, 2),)),
        judged=judged((1, 2, "different"), (3, 4, "different")),
        threshold=0.0,
        review=-5.0,
    )

    assert decided.links.is_empty()
    assert decided.review.is_empty()
    assert decided.conflicts.rows() == [(1, 2, "judgement", None, None), (3, 4, "judgement", None, None)]


def test_a_contradicted_pair_stays_apart_unless_it_was_judged_same():
    decided = decide(
        pairs((1, 2, 9 * BIT), (3, 4, 9 * BIT)),
        stars=stars(conflicts=((1, 2), (3, 4))),
        judged=judged((3, 4, "same")),
        threshold=0.0,
        review=None,
    )

    assert decided.links.rows() == [(3, 4, JUDGEMENT_WEIGHT, "judgement")]
    assert decided.conflicts.rows() == [(1, 2, "contradiction", "id_no", "A")]
