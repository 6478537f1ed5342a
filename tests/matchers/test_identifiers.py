import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.settings import Subject
from engine.tables import SIGNATURES
from matchers.clustering import cluster
from matchers.decide import decide
from matchers.identifiers import IDENTIFIER_WEIGHT, stars

NO_JUDGEMENT = pl.DataFrame(schema={"signature_l": pl.Int64, "signature_r": pl.Int64, "judgement": pl.String})
ATTRIBUTES = ("id_no", "name", "birth")


def subject(*contradicted_by: str, **further: object) -> Subject:
    return Subject.model_validate(
        {
            "attributes": dict.fromkeys(ATTRIBUTES, "text"),
            "blocking": ["name"],
            "comparison": [{"attribute": "name"}, {"attribute": "birth"}, {"attribute": "id_no"}],
            "identifier": [{"attribute": "id_no", "contradicted_by": contradicted_by}],
            **further,
        }
    )


def signatures(*rows: tuple[int, int, str | None, str | None, str | None]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["signature_id", "records", *ATTRIBUTES], orient="row").with_columns(
        sources=pl.lit(["tax"]), first_seen=pl.lit(None), last_seen=pl.lit(None)
    )
    return SIGNATURES.conform(frame, ATTRIBUTES)


def test_compatible_signatures_of_one_identifier_form_a_star_around_the_hub_of_most_records():
    frame = signatures(
        (1, 1, "A", "ann", "1980"), (2, 5, "A", "ann", None), (3, 1, "A", None, "1980"), (4, 9, None, "ann", None)
    )

    found = stars(frame, NO_JUDGEMENT, subject=subject("name", "birth"))

    assert found.links.rows() == [(1, 2, IDENTIFIER_WEIGHT, "identifier"), (2, 3, IDENTIFIER_WEIGHT, "identifier")]
    assert found.conflicts.is_empty()


def test_an_identifier_that_two_persons_bear_links_each_of_them_and_shows_the_conflict():
    frame = signatures(
        (1, 3, "A", "ann", "1980"), (2, 1, "A", "ann", "1980"), (3, 2, "A", "bob", "1951"), (4, 1, "A", "bob", None)
    )

    found = stars(frame, NO_JUDGEMENT, subject=subject("name", "birth"))

    assert found.links.select("signature_l", "signature_r").rows() == [(1, 2), (3, 4)]
    assert found.conflicts.rows() == [(1, 3, "contradiction", "id_no", "A")]


@pytest.mark.parametrize(
    ("other", "linked"),
    [
        (("bob", "1980"), False),
        (("ann", "1951"), True),
        (("bob", None), False),
        ((None, "1951"), True),
        ((None, None), True),
    ],
    ids=[
        "first at else",
        "second alone at else",
        "first at else, rest null",
        "a null is no disagreement",
        "nothing known",
    ],
)
def test_what_contradicts_an_identifier(other, linked):
    frame = signatures((1, 1, "A", "ann", "1980"), (2, 1, "A", *other))

    found = stars(frame, NO_JUDGEMENT, subject=subject("name", "birth"))

    assert (found.links.height, found.conflicts.height) == ((1, 0) if linked else (0, 1))


def test_any_two_comparisons_at_else_contradict():
    frame = signatures((1, 1, "A", "ann", "1980"), (2, 1, "A", "bob", "1951"))

    assert stars(frame, NO_JUDGEMENT, subject=subject("id_no", "name", "birth")).conflicts.height == 1


def test_what_fits_two_contradicting_groups_goes_where_it_agrees_more():
    frame = signatures((1, 9, "A", "ann", "1980"), (2, 3, "A", "bob", "1951"), (3, 1, "A", None, "1951"))

    found = stars(frame, NO_JUDGEMENT, subject=subject("name", "birth"))

    assert found.links.select("signature_l", "signature_r").rows() == [(2, 3)]


def test_an_identifier_without_contradicting_comparisons_always_links():
    frame = signatures((1, 1, "A", "ann", "1980"), (2, 1, "A", "bob", "1951"))

    assert stars(frame, NO_JUDGEMENT, subject=subject()).links.height == 1


def test_a_value_of_too_many_tuples_is_generic_and_neither_links_nor_excludes():
    frame = signatures(*((i, 1, "000", f"name {i}", None) for i in range(5)), (9, 1, "A", "name 9", None))

    found = stars(frame, NO_JUDGEMENT, subject=subject("name"), max_tuples=4)

    assert found.links.is_empty()
    assert found.conflicts.is_empty()
    assert found.generic.rows() == [("identifier id_no", "000", 5, 10)]
    links = pl.DataFrame({"signature_l": [1], "signature_r": [9], "match_weight": [1], "reason": ["model"]})
    clusters = cluster(frame, links, found.conflicts, subject=subject("name"), generic=found.generic)
    assert clusters["cluster_id"].to_list() == [0, 1, 2, 3, 4, 1]


def test_a_value_that_nothing_can_contradict_is_generic_when_too_many_signatures_bear_it():
    frame = signatures(
        *((i, 1, "000", "ann", None) for i in range(5)), (8, 1, "A", "bob", None), (9, 1, "A", None, None)
    )

    found = stars(frame, NO_JUDGEMENT, subject=subject(), max_signatures=4)

    assert found.links.select("signature_l", "signature_r").rows() == [(8, 9)]
    assert found.generic.rows() == [("identifier id_no", "000", 5, 10)]
    assert stars(frame, NO_JUDGEMENT, subject=subject("name"), max_signatures=4).generic.is_empty()


@pytest.mark.parametrize("contradicted_by", [(), ("name", "birth")], ids=["nothing can contradict", "nothing does"])
def test_a_group_beyond_the_size_limit_is_not_linked_rather_than_cut_somewhere(contradicted_by):
    frame = signatures(
        *((i, 1, "000", "ann", None) for i in range(5)), (8, 1, "A", "bob", None), (9, 1, "A", None, None)
    )
    settings = subject(*contradicted_by, max_cluster=4)

    found = stars(frame, NO_JUDGEMENT, subject=settings)

    assert found.links.select("signature_l", "signature_r").rows() == [(8, 9)]
    assert found.generic.rows() == [("identifier id_no", "000", 5, 10)]
    clusters = cluster(frame, found.links, found.conflicts, subject=settings, generic=found.generic)
    assert clusters["cluster_id"].to_list() == [0, 1, 2, 3, 4, 8, 8]


def test_the_stars_do_not_depend_on_the_order_of_rows():
    rows = [
        (i, 1 + i % 3, "AB"[i % 2], ["ann", "bob", None][i % 3], ["1980", "1951", None, "1999"][i % 4])
        for i in range(24)
    ]

    forth = stars(signatures(*rows), NO_JUDGEMENT, subject=subject("name", "birth"))
    back = stars(signatures(*rows).reverse(), NO_JUDGEMENT, subject=subject("name", "birth"))

    for one, other in zip(forth, back, strict=True):
        assert_frame_equal(one, other)


def test_a_judgement_between_two_groups_settles_their_conflict_for_whole_groups():
    frame = signatures(
        (1, 3, "A", "ann", "1980"), (2, 1, "A", "ann", "1980"), (3, 2, "A", "bob", "1951"), (4, 1, "A", "bob", "1951")
    )
    judged = pl.DataFrame({"signature_l": [2], "signature_r": [4], "judgement": ["same"]})
    settings = subject("name", "birth")

    found = stars(frame, judged, subject=settings)
    pairs = pl.DataFrame(schema={"signature_l": pl.Int64, "signature_r": pl.Int64, "match_weight": pl.Int64})
    decided = decide(pairs, stars=found, judged=judged, threshold=0, review=None)

    assert cluster(frame, decided.links, decided.conflicts, subject=settings)["cluster_id"].to_list() == [1, 1, 1, 1]


def test_a_subject_without_identifiers_has_no_stars():
    found = stars(signatures((1, 1, "A", "ann", None)), NO_JUDGEMENT, subject=subject(identifier=[]))

    assert (found.links.height, found.conflicts.height, found.generic.height) == (0, 0, 0)


def test_two_spellings_too_far_from_each_other_stay_with_the_name_that_both_are_near_to():
    frame = signatures((1, 9, "A", "王国强", "1980"), (2, 2, "A", "王国墙", "1980"), (3, 1, "A", "汪国强", "1980"))
    near = subject(
        "name", comparison=[{"attribute": "name", "kind": "text", "thresholds": [0.6]}, {"attribute": "id_no"}]
    )

    found = stars(frame, NO_JUDGEMENT, subject=near)

    assert found.links.select("signature_l", "signature_r").rows() == [(1, 2), (1, 3)]
    assert found.conflicts.is_empty()
