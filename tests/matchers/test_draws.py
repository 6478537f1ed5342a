import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.settings import Subject
from engine.tables import CONFLICTS, LINKS, PARTITION_DRAWS, WEIGHT_SCALE
from matchers.clustering import group, part

DRAWS = 2_000


def subject(**model: float) -> Subject:
    return Subject.model_validate(
        {
            "attributes": {"id_no": "text", "name": "text"},
            "blocking": ["name"],
            "comparison": [{"attribute": "name"}],
            "identifier": [{"attribute": "id_no"}],
            "model": {"draws": DRAWS, **model},
        }
    )


def pairs(*rows: tuple[int, int, float]) -> pl.DataFrame:
    scaled = [(left, right, round(bits * WEIGHT_SCALE), "model") for left, right, bits in rows]
    return LINKS.conform(pl.DataFrame(scaled, schema=LINKS.schema(), orient="row"))


def drawn(linked: pl.DataFrame, near: pl.DataFrame, id_no: list[str | None], **model: float) -> pl.DataFrame:
    ids = pl.Series("signature_id", range(len(id_no)), pl.Int64)
    members, of = pl.DataFrame([ids, pl.Series("id_no", id_no, pl.String)]), subject(**model)
    grouped = group(members, linked, CONFLICTS.empty(), subject=of)
    return part(
        members, grouped.kept, grouped.refused, CONFLICTS.empty(), subject=of, near=pl.concat([near, linked])
    ).partition_draws


def share(found: pl.DataFrame, signature: int) -> float:
    return found.filter(pl.col("signature_id") == signature).height / DRAWS


def chance(bits: float) -> float:
    return 1 / (1 + 2**-bits)


@pytest.mark.parametrize("bits", [4.0, 5.0])
def test_an_uncertain_link_falls_as_often_as_its_probability_says(bits):
    found = drawn(pairs((0, 1, bits)), pairs(), [None, None])

    assert share(found, 1) == pytest.approx(1 - chance(bits), abs=0.02)
    assert found["cluster_id"].unique().to_list() == [1]


def test_a_refused_pair_holds_as_often_as_its_probability_says():
    found = drawn(pairs(), pairs((0, 1, 1.0)), [None, None])

    assert share(found, 1) == pytest.approx(2 / 3, abs=0.05)


def test_pairs_between_the_same_two_clusters_are_one_question():
    near = pairs((0, 2, 0.0), (0, 3, 0.0), (1, 2, 0.0), (1, 3, 0.0))

    found = drawn(pairs((0, 1, 30), (2, 3, 30)), near, [None] * 4)

    assert share(found, 2) == share(found, 3) == pytest.approx(0.5, abs=0.05)


def test_certain_links_and_hopeless_pairs_are_not_drawn():
    assert drawn(pairs((0, 1, 8.0)), pairs((1, 2, -8.0)), [None] * 3).is_empty()


def test_the_width_of_doubt_and_the_number_of_draws_are_the_subjects():
    linked = pairs((0, 1, 8.0))

    assert drawn(linked, pairs(), [None, None], doubt=0.001).height > 0
    assert set(drawn(pairs((0, 1, 4.0)), pairs(), [None, None], draws=3)["draw"]) <= {0, 1, 2}
    assert drawn(pairs((0, 1, 4.0)), pairs(), [None, None], draws=0).equals(PARTITION_DRAWS.empty())


def test_no_draw_unites_two_values_of_an_exclusive_identifier():
    found = drawn(pairs((0, 1, 5.0)), pairs((1, 2, 3.0)), ["A", None, "B"])
    together = found.pivot("signature_id", index="draw", values="cluster_id")

    assert found.filter((pl.col("signature_id") == 2) & (pl.col("cluster_id") == 0)).is_empty()
    assert together.height > 0


def test_draws_do_not_depend_on_the_order_of_rows():
    linked, near = pairs((0, 1, 4.0), (1, 2, 5.0), (3, 4, 4.5)), pairs((2, 3, 1.0), (4, 5, 0.0))

    assert_frame_equal(drawn(linked, near, [None] * 6), drawn(linked.reverse(), near.reverse(), [None] * 6))
