import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.settings import Subject
from engine.tables import CONFLICTS, LINKS
from matchers.clustering import cluster, components, in_regions


def subject(*, exclusive: bool = True, max_cluster: int = 1_000) -> Subject:
    return Subject.model_validate(
        {
            "attributes": {"id_no": "text", "name": "text"},
            "blocking": ["name"],
            "comparison": [{"attribute": "name"}],
            "identifier": [{"attribute": "id_no", "exclusive": exclusive}],
            "max_cluster": max_cluster,
        }
    )


def signatures(*id_no: str | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"signature_id": range(len(id_no)), "id_no": id_no}, schema={"signature_id": pl.Int64, "id_no": pl.String}
    )


def links(*rows: tuple[int, int, int, str]) -> pl.DataFrame:
    return LINKS.conform(pl.DataFrame(rows, schema=LINKS.schema(), orient="row"))


def conflicts(*rows: tuple[int, int, str]) -> pl.DataFrame:
    return pl.DataFrame([(*row, None, None) for row in rows], schema=CONFLICTS.schema(), orient="row")


def ids(frame: pl.DataFrame) -> list[int]:
    return frame["cluster_id"].to_list()


def test_linked_signatures_share_a_cluster_named_after_the_smallest_and_the_others_stand_alone():
    found = cluster(
        signatures(*[None] * 5), links((3, 4, 1, "model"), (1, 3, 1, "model")), conflicts(), subject=subject()
    )

    assert_frame_equal(
        found, pl.DataFrame({"signature_id": [0, 1, 2, 3, 4], "cluster_id": [0, 1, 2, 1, 1], "state": ["whole"] * 5})
    )


def test_without_links_every_signature_stands_alone():
    assert ids(cluster(signatures(None, "A"), links(), conflicts(), subject=subject())) == [0, 1]


def test_signature_ids_of_the_whole_64_bit_range_are_kept():
    edge = pl.DataFrame({"signature_l": [-(2**63), 5], "signature_r": [2**63 - 1, -(2**63)]})

    assert components(edge).rows() == [(-(2**63), -(2**63)), (5, -(2**63)), (2**63 - 1, -(2**63))]


def test_a_conflict_cuts_the_chain_at_its_weakest_link():
    chain = links((0, 1, 9, "model"), (1, 2, 3, "model"), (2, 3, 7, "model"), (4, 5, 1, "model"))

    found = cluster(signatures(*[None] * 6), chain, conflicts((0, 3, "judgement")), subject=subject())

    assert found.rows() == [
        (0, 0, "refined"), (1, 0, "refined"), (2, 2, "refined"), (3, 2, "refined"), (4, 4, "whole"), (5, 4, "whole"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("exclusive", "expected"), [(True, [0, 0, 2]), (False, [0, 0, 0])], ids=["exclusive", "not exclusive"]
)
def test_two_values_of_an_exclusive_identifier_stay_apart(exclusive, expected):
    found = cluster(
        signatures("A", None, "B"),
        links((0, 1, 9, "model"), (1, 2, 3, "model")),
        conflicts(),
        subject=subject(exclusive=exclusive),
    )

    assert ids(found) == expected


def test_a_judgement_joins_two_values_and_both_then_fit_the_cluster():
    found = cluster(
        signatures("A", "B", "A", "B", "C"),
        links((0, 1, 99, "judgement"), (0, 2, 50, "identifier"), (1, 3, 50, "identifier"), (3, 4, 9, "model")),
        conflicts(),
        subject=subject(),
    )

    assert ids(found) == [0, 0, 0, 0, 4]


def test_a_judgement_of_different_outweighs_a_chain_of_judgements_of_same():
    found = cluster(
        signatures(None, None, None),
        links((0, 1, 99, "judgement"), (1, 2, 99, "judgement")),
        conflicts((0, 2, "judgement")),
        subject=subject(),
    )

    assert ids(found) == [0, 0, 2]


def test_identifiers_are_kept_before_heavier_links_of_the_model():
    found = cluster(
        signatures(None, None, None),
        links((0, 1, 64, "identifier"), (1, 2, 99, "model")),
        conflicts((0, 2, "contradiction")),
        subject=subject(),
    )

    assert ids(found) == [0, 0, 2]


def test_a_cluster_that_keeps_all_its_links_under_the_constraints_is_whole():
    found = cluster(signatures("A", "B"), links((0, 1, 99, "judgement")), conflicts(), subject=subject())

    assert found["state"].to_list() == ["whole", "whole"]


def test_a_component_over_the_limit_is_split_and_one_at_the_limit_is_not():
    chain = [(i, i + 1, 10 - i, "model") for i in range(3)]

    assert ids(cluster(signatures(*[None] * 4), links(*chain), conflicts(), subject=subject(max_cluster=4))) == [
        0,
        0,
        0,
        0,
    ]
    assert ids(cluster(signatures(*[None] * 4), links(*chain), conflicts(), subject=subject(max_cluster=3))) == [
        0,
        0,
        0,
        3,
    ]


def test_regions_are_whole_components_of_all_pairs_and_hold_every_row_once():
    ids = [number << 32 for number in range(900)]
    one = pl.DataFrame({"signature_l": ids[:600:2], "signature_r": ids[1:600:2]})
    other = pl.DataFrame({"signature_l": ids[1:601:4], "signature_r": ids[2:602:4]})
    frames = {"one": one, "other": other, "alone": pl.DataFrame({"signature_id": ids})}

    cut = list(in_regions(frames, rows=100))

    component = dict(components(pl.concat([one, other])).iter_rows())
    held = [{component.get(number, number) for number in part["alone"]["signature_id"]} for part in cut]
    assert len(cut) == 9
    assert sum(map(len, held)) == len(set().union(*held))
    for name, frame in frames.items():
        assert_frame_equal(pl.concat(part[name] for part in cut), frame, check_row_order=False)
        first = frame.columns[0]
        assert all({component.get(n, n) for n in part[name][first]} <= own for part, own in zip(cut, held, strict=True))


def test_regions_without_any_pair_hold_every_signature_once():
    frames = {
        "links": links().select("signature_l", "signature_r"),
        "alone": pl.DataFrame({"signature_id": range(900)}),
    }

    cut = list(in_regions(frames, linked={"members": frames["alone"]}, rows=100))

    assert len(cut) == 9
    assert sorted(number for part in cut for number in part["alone"]["signature_id"]) == list(range(900))
    assert sum(part["members"].height for part in cut) == 0
