from itertools import combinations

import polars as pl
import pytest

from engine.settings import Subject
from engine.tables import CONFLICTS, LINKS, PAIR_KEY, WEIGHT_SCALE
from matchers.clustering import group, part
from matchers.clustering.probes import probes

BIT = WEIGHT_SCALE


def subject(**model: float) -> Subject:
    return Subject.model_validate(
        {
            "attributes": {"id_no": "text", "name": "text"},
            "blocking": ["name"],
            "comparison": [{"attribute": "name"}],
            "identifier": [{"attribute": "id_no"}],
            "model": {"draws": 0, **model},
        }
    )


def members(number: int) -> pl.DataFrame:
    none = pl.lit(None, pl.String)
    return pl.DataFrame({"signature_id": range(number)}).select(pl.col("signature_id").cast(pl.Int64), id_no=none)


def links(*rows: tuple[int, int, float, str]) -> pl.DataFrame:
    scaled = [(left, right, round(bits * BIT), reason) for left, right, bits, reason in rows]
    return LINKS.conform(pl.DataFrame(scaled, schema=LINKS.schema(), orient="row"))


def clique(nodes: range, bits: float = 9.0) -> list[tuple[int, int, float, str]]:
    return [(left, right, bits, "model") for left, right in combinations(nodes, 2)]


def clusters(linked: pl.DataFrame, others: float, *, number: int, **model: float) -> tuple[list[int], pl.DataFrame]:
    """Return the cluster of each signature and the review, where every pair that is no link weighs `others` bits."""
    of = subject(**model)
    grouped = group(members(number), linked, CONFLICTS.empty(), subject=of)
    weights = linked.select(*PAIR_KEY, "match_weight")
    probed = grouped.probes.join(weights, on=list(PAIR_KEY), how="left").with_columns(
        pl.col("match_weight").fill_null(round(others * BIT))
    )
    found = part(members(number), grouped.kept, grouped.refused, CONFLICTS.empty(), subject=of, probed=probed)
    return found.clusters["cluster_id"].to_list(), found.review


BRIDGED = links(*clique(range(3)), *clique(range(3, 6)), (2, 3, 4.5, "model"))


def test_a_weak_bridge_between_two_strong_groups_is_cut_and_goes_to_review():
    found, review = clusters(BRIDGED, -10, number=6)

    assert found == [0, 0, 0, 3, 3, 3]
    assert review.select(*PAIR_KEY, "reason").rows() == [(2, 3, "bridge")]


@pytest.mark.parametrize(
    ("linked", "others"),
    [
        pytest.param(BRIDGED, -4, id="the pairs across say little"),
        pytest.param(links(*clique(range(5)), (4, 5, 4.5, "model")), -10, id="one side is a single signature"),
        pytest.param(
            links(*clique(range(3), 3.0), *clique(range(3, 6)), (2, 3, 4.5, "model")), -10, id="one side is weak"
        ),
        pytest.param(
            links(*clique(range(3)), *clique(range(3, 6)), (2, 3, 64, "identifier")), -10, id="an identifier ties them"
        ),
        pytest.param(links(*clique(range(6))), -10, id="every pair is linked"),
    ],
)
def test_other_components_stay_whole(linked, others):
    found, review = clusters(linked, others, number=6)

    assert found == [0] * 6
    assert review.is_empty()


def test_bridges_are_kept_where_the_subject_says_so():
    assert clusters(BRIDGED, -10, number=6, split=-1000)[0] == [0] * 6


def test_only_components_that_two_groups_could_hold_are_weighed():
    small = links((0, 1, 9, "model"), (1, 2, 9, "model"), *clique(range(3, 8)))

    assert group(members(8), small, CONFLICTS.empty(), subject=subject()).probes.is_empty()


def test_of_a_large_component_a_sample_is_weighed():
    chain = links(*((i, i + 1, 9, "model") for i in range(99)))

    assert probes(chain).height == 4_950
    assert probes(chain, most=500).height == 500
    assert probes(chain, most=500).unique().height == 500


def test_ten_thousand_signatures_that_junk_ties_together_leave_other_clusters_as_they_are():
    junk, sound = 10_000, 40
    of = subject()
    people = [(i, i + 1, 9, "model") for i in range(0, sound, 2)]
    chained = [(sound + i, sound + i + 1, 5, "model") for i in range(junk - 1)]
    number = sound + junk

    clean = group(members(number), links(*people), CONFLICTS.empty(), subject=of)
    spoilt = group(members(number), links(*people, *chained), CONFLICTS.empty(), subject=of)
    before, after = (
        part(members(number), one.kept, one.refused, CONFLICTS.empty(), subject=of).clusters for one in (clean, spoilt)
    )

    assert after.head(sound).equals(before.head(sound))
    assert after["cluster_id"].value_counts()["count"].max() <= of.max_cluster
