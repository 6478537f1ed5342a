import polars as pl
import pytest

from engine.settings import Subject
from engine.tables import CONFLICTS, GENERIC_VALUES, LINKS, PAIR_KEY, PAIRS, WEIGHT_SCALE
from matchers.cautions import cautioned
from matchers.decide import decide
from matchers.identifiers import Stars
from matchers.scoring import accept

TWINS = {
    "name": "possible twins",
    "agree": ["born", "substr(name, 1, 1)"],
    "agree_any": ["phone", "street"],
    "differ": ["name"],
}
HOME = {"name": "one household", "agree": ["street"], "links": True}


def subject(*cautions: dict) -> Subject:
    return Subject.model_validate(
        {
            "attributes": {"name": "text", "born": "text", "phone": "text", "street": "text"},
            "blocking": ["born"],
            "comparison": [{"attribute": "name"}],
            "caution": cautions,
        }
    )


PEOPLE = pl.DataFrame(
    [
        (1, "王子轩", "2015-03-12", "1", None),
        (2, "王子昂", "2015-03-12", "1", None),
        (3, "王子昂", "2015-03-12", None, "x"),
        (4, "李子轩", "2015-03-12", "1", "x"),
        (5, "王子轩", "2015-03-12", "1", None),
    ],
    schema=["signature_id", "name", "born", "phone", "street"],
    orient="row",
)


def pairs(*rows: tuple[int, int, float]) -> pl.DataFrame:
    of = [(left, right, 0, [], round(bits * WEIGHT_SCALE)) for left, right, bits in rows]
    return pl.DataFrame(of, schema=PAIRS.schema(), orient="row")


def decided(scored: pl.DataFrame, *cautions: dict, judged: str | None = None, stars: pl.DataFrame | None = None):
    taken = accept(scored, PEOPLE, PEOPLE, subject=subject(*cautions))
    said = [(1, 2, judged)] if judged else []
    return decide(
        taken.accepted,
        stars=Stars(LINKS.empty() if stars is None else stars, CONFLICTS.empty(), GENERIC_VALUES.empty()),
        judged=pl.DataFrame(
            said, schema={"signature_l": pl.Int64, "signature_r": pl.Int64, "judgement": pl.String}, orient="row"
        ),
        threshold=4.0,
        review=None,
        cautioned=taken.cautioned,
    )


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [
        pytest.param(1, 2, True, id="another given name and one phone"),
        pytest.param(1, 3, False, id="neither phone nor street known of both"),
        pytest.param(1, 4, False, id="another surname"),
        pytest.param(1, 5, False, id="the same name"),
    ],
)
def test_a_caution_fits_what_agrees_and_differs_as_it_says(one, other, fits):
    found = cautioned(pairs((one, other, 9)), PEOPLE, PEOPLE, subject=subject(TWINS))

    assert found.rows() == ([(one, other, "possible twins", False)] if fits else [])


def test_possible_twins_are_not_linked_by_the_model_but_put_to_review():
    found = decided(pairs((1, 2, 9), (1, 5, 9)), TWINS)

    assert found.links.select(PAIR_KEY).rows() == [(1, 5)]
    assert found.review.select(*PAIR_KEY, "reason").rows() == [(1, 2, "possible twins")]


def test_judgements_and_identifiers_stand_above_a_caution():
    star = LINKS.conform(pl.DataFrame([(1, 2, 64, "identifier")], schema=LINKS.schema(), orient="row"))

    assert decided(pairs((1, 2, 9)), TWINS, judged="same").links["reason"].to_list() == ["judgement"]
    assert decided(pairs((1, 2, 9)), TWINS, stars=star).links["reason"].to_list() == ["identifier"]
    assert decided(pairs((1, 2, 9)), TWINS, judged="different").review.is_empty()


def test_a_household_raises_a_pair_to_review_and_never_links_it():
    found = decided(pairs((3, 4, -3), (1, 2, -3)), HOME)

    assert found.links.is_empty()
    assert found.review.select(*PAIR_KEY, "reason").rows() == [(3, 4, "one household")]


def test_a_caution_that_admits_links_leaves_those_above_the_threshold():
    assert decided(pairs((3, 4, 9)), HOME).links.select(PAIR_KEY).rows() == [(3, 4)]


def test_the_first_caution_that_fits_is_named():
    same = HOME | {"name": "again"}

    assert decided(pairs((3, 4, 1)), HOME, same).review["reason"].to_list() == ["one household"]
