import polars as pl
import pytest

from engine.settings import Subject
from engine.tables import CONFLICTS, GENERIC_VALUES, LINKS, PAIRS, WEIGHT_SCALE
from matchers.evaluation import errors, threshold_curve

SUBJECT = Subject.model_validate(
    {
        "attributes": {"name": "name", "id_no": "identifier"},
        "identifier": [{"attribute": "id_no"}],
        "blocking": ["name"],
        "comparison": [{"attribute": "name"}],
        "model": {"threshold": 4.0},
    }
)


def records(*rows: tuple[int, str | None, str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema={"signature_id": pl.Int64, "entity_id": pl.String, "truth": pl.String}, orient="row"
    )


def pairs(*rows: tuple[int, int, float]) -> pl.DataFrame:
    found = [(left, right, 0, [], round(bits * WEIGHT_SCALE)) for left, right, bits in rows]
    return pl.DataFrame(found, schema=PAIRS.schema(), orient="row")


def links(*rows: tuple[int, int, float, str]) -> pl.DataFrame:
    found = [(left, right, round(bits * WEIGHT_SCALE), reason) for left, right, bits, reason in rows]
    return pl.DataFrame(found, schema=LINKS.schema(), orient="row")


def test_a_false_merge_is_shown_by_its_strongest_link_and_a_miss_by_its_nearest_pair():
    # p = 1 2 3 with 3 apart, q = 4 in the entity of p, r = 5 6 apart and never compared.
    labelled = records(
        (1, "X", "p"), (1, "X", "p"), (2, "X", "p"), (3, "Y", "p"), (4, "X", "q"), (5, "V", "r"), (6, "W", "r")
    )
    compared = pairs((1, 2, 9), (1, 3, -2), (2, 3, 3.5), (1, 4, 5), (2, 4, 7))

    found = errors(labelled, compared, links((1, 2, 9, "model"), (1, 4, 5, "model"), (2, 4, 7, "model")))

    assert found.merges.rows() == [("q", "p", 3, 4, 2, 7 * WEIGHT_SCALE, "model")]
    assert found.misses.rows() == [
        ("p", "p", 3, 3, 2, round(3.5 * WEIGHT_SCALE), None),
        ("r", "r", 1, 6, 5, None, None),
    ]


def test_the_surest_mistakes_come_first():
    labelled = records(
        (1, "X", "p"),
        (2, "X", "q"),
        (3, "Y", "r"),
        (4, "Y", "s"),
        (5, "V", "t"),
        (6, "W", "t"),
        (7, "S", "u"),
        (8, "T", "u"),
    )

    found = errors(labelled, pairs((5, 6, 1), (7, 8, -9)), links((1, 2, 6, "model"), (3, 4, 64, "identifier")))

    assert found.merges["reason"].to_list() == ["identifier", "model"]
    assert found.misses["truth"].to_list() == ["u", "t"]


def test_two_entities_with_the_very_same_values_are_one_signature():
    found = errors(records((1, "X", "p"), (1, "X", "q"), (2, "X", "p")), pairs(), links((1, 2, 8, "model")))

    assert found.merges.rows() == [("q", "p", 2, 1, 1, None, "one signature")]


def test_unresolved_records_are_parts_of_their_own():
    found = errors(records((1, "X", "p"), (2, None, "p"), (3, None, "p")), pairs((1, 2, 2)), links())

    assert found.misses.select("signature", "signature_other", "match_weight").rows() == [
        (2, 1, 2 * WEIGHT_SCALE),
        (3, 1, None),
    ]


def curve(labelled, compared, *, numbers=None, linked=(), conflicts=None, founds=None, drawn=None):
    signatures = sorted(set(labelled["signature_id"]))
    members = pl.DataFrame(
        {
            "signature_id": signatures,
            "sources": [["civil"]] * len(signatures),
            "id_no": [(numbers or {}).get(one) for one in signatures],
            "founds": [one in founds if founds else True for one in signatures],
        },
        schema_overrides={"id_no": pl.String},
    )
    return threshold_curve(
        labelled,
        members,
        links(*linked),
        compared,
        CONFLICTS.empty() if conflicts is None else conflicts,
        subject=SUBJECT,
        generic=GENERIC_VALUES.empty(),
        drawn=drawn,
    )


def at(rows, bits: float):
    return next(row for row in rows if row["threshold"] == bits)


PAIR_OF_EACH = records((1, "X", "p"), (2, "X", "p"), (3, "Y", "q"), (4, "Z", "q"))


def test_a_lower_threshold_finds_more_pairs_and_wrong_ones():
    rows = curve(PAIR_OF_EACH, pairs((1, 2, 9), (3, 4, 2), (2, 3, -3)))

    assert [row["threshold"] for row in rows] == list(range(-11, 20))
    assert {**at(rows, 10.0), "edges": None} == {
        "threshold": 10.0, "precision": None, "recall": 0.0, "f1": 0.0, "links": 0, "edges": None,
    }  # fmt: skip
    assert (at(rows, 4.0)["precision"], at(rows, 4.0)["recall"]) == (1.0, 0.5)
    assert (at(rows, 2.0)["precision"], at(rows, 2.0)["recall"]) == (1.0, 1.0)
    assert (at(rows, -3.0)["precision"], at(rows, -3.0)["recall"]) == (pytest.approx(1 / 3), 1.0)
    assert at(rows, -3.0)["edges"] == {"precision": pytest.approx(2 / 3), "recall": 1.0, "f1": pytest.approx(0.8)}
    assert at(rows, 4.0)["edges"] == {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3)}


def test_links_by_identifiers_stand_at_every_threshold():
    rows = curve(PAIR_OF_EACH, pairs((1, 2, 9)), linked=[(3, 4, 64, "identifier"), (1, 2, 9, "model")])

    assert [at(rows, bits)["recall"] for bits in (19.0, 9.0)] == [0.5, 1.0]


def test_the_constraints_of_the_build_hold_at_every_threshold():
    numbers = {1: "7", 2: "7", 3: "8", 4: "8"}

    rows = curve(PAIR_OF_EACH, pairs((1, 2, 9), (3, 4, 2), (2, 3, 1)), numbers=numbers)

    assert (at(rows, -11.0)["precision"], at(rows, -11.0)["recall"]) == (1.0, 1.0)
    assert at(rows, -11.0)["edges"]["precision"] == pytest.approx(2 / 3)


def test_pairs_in_conflict_are_never_linked():
    apart = pl.DataFrame([(1, 2, "judgement", None, None)], schema=CONFLICTS.schema(), orient="row")

    rows = curve(PAIR_OF_EACH, pairs((1, 2, 9), (3, 4, 9)), conflicts=apart)

    assert at(rows, -11.0)["recall"] == 0.5


def test_a_cluster_that_founds_nothing_is_no_entity():
    rows = curve(PAIR_OF_EACH, pairs((1, 2, 9), (3, 4, 9)), founds={1})

    assert at(rows, 4.0)["recall"] == 0.5


def test_in_a_sample_fellows_without_a_label_are_wrong():
    labelled = records((1, "X", "p"), (2, "X", "p"), (3, "X", None))

    rows = curve(labelled, pairs((1, 2, 9), (2, 3, 5)), drawn="entities")

    assert (at(rows, 9.0)["precision"], at(rows, 5.0)["precision"]) == (1.0, 0.5)
