import polars as pl
import pytest

from engine.settings import Subject
from engine.tables import CONFLICTS, LINKS, PAIR_KEY, RECORD_SIGNATURE, WEIGHT_SCALE
from matchers.clustering import group, part
from matchers.identity import found as founded
from matchers.identity import identify

SUBJECT = Subject.model_validate(
    {
        "attributes": {"id_no": "text", "name": "text"},
        "blocking": ["name"],
        "comparison": [{"attribute": "name"}],
        "identifier": [{"attribute": "id_no"}],
    }
)


def links(*rows: tuple[int, int, float]) -> pl.DataFrame:
    scaled = [(left, right, round(bits * WEIGHT_SCALE), "model") for left, right, bits in rows]
    return LINKS.conform(pl.DataFrame(scaled, schema=LINKS.schema(), orient="row"))


def parted(id_no: list[str | None], *rows: tuple[int, int, float]):
    ids = pl.Series("signature_id", range(len(id_no)), pl.Int64)
    members = pl.DataFrame([ids, pl.Series("id_no", id_no, pl.String)])
    grouped = group(members, links(*rows), CONFLICTS.empty(), subject=SUBJECT)
    return part(members, grouped.kept, grouped.refused, CONFLICTS.empty(), subject=SUBJECT)


def test_a_record_that_fits_two_persons_equally_joins_neither_and_both_are_named():
    found = parted(["A", "B", None], (0, 2, 9), (1, 2, 9))

    assert found.clusters.rows() == [(0, 0, "refined"), (1, 1, "refined"), (2, 2, "ambiguous")]
    assert found.review.select(*PAIR_KEY, "reason").rows() == [(0, 2, "ambiguous"), (1, 2, "ambiguous")]


@pytest.mark.parametrize(("other", "cluster"), [(7.0, 2), (5.0, 0)], ids=["2 bits less", "4 bits less"])
def test_the_odds_between_two_persons_must_be_those_that_a_link_needs(other, cluster):
    found = parted(["A", "B", None], (0, 2, 9), (1, 2, other))

    assert found.clusters["cluster_id"].to_list() == [0, 1, cluster]


def test_records_that_hang_together_are_ambiguous_together():
    found = parted(["A", "B", None, None], (0, 2, 9), (1, 3, 9), (2, 3, 20))

    assert found.clusters.rows() == [(0, 0, "refined"), (1, 1, "refined"), (2, 2, "ambiguous"), (3, 2, "ambiguous")]


def test_one_candidate_is_no_tie():
    found = parted(["A", "A", None], (0, 1, 9), (0, 2, 9), (1, 2, 9))

    assert found.clusters["state"].to_list() == ["whole"] * 3
    assert found.review.is_empty()


def test_an_ambiguous_record_is_no_entity():
    found = parted(["A", "B", None], (0, 2, 9), (1, 2, 9))
    keys = [("s", str(i), "", None, None, i) for i in range(3)]
    borne = pl.DataFrame(keys, schema=RECORD_SIGNATURE.schema(), orient="row")

    mentions = borne.join(found.clusters, on="signature_id")
    named = identify(mentions, founded(mentions, salt="x").founded, ordinal=1)

    assert named.entities.height == 2
    assert named.record_entity["entity_id"].is_null().to_list() == [False, False, True]
