import itertools

import polars as pl
from polars.testing import assert_frame_equal

from matchers.identity import ALPHABET, Identified, entity_ids, found, identify, valid_entity_id

CLUSTERS = pl.DataFrame({"signature_id": [1, 2, 3], "cluster_id": [1, 1, 3], "state": ["whole", "whole", "refined"]})
RECORDS = pl.DataFrame(
    [
        ("tax", "1", "", 1, "2021-05-01", "2020-01-01"),
        ("tax", "2", "", 2, "2021-05-01", "2019-01-01"),
        ("births", "7", "mother", 2, "2019-01-01", None),
        ("births", "8", "", 3, None, None),
        ("births", "9", "", 3, "2022-01-01", None),
    ],
    schema=["source", "record_id", "role", "signature_id", "delivered_at", "recorded_at"],
    orient="row",
)


def first(clusters: pl.DataFrame, records: pl.DataFrame, *, salt: str) -> Identified:
    """Return the entities of a first run."""
    mentions = records.join(clusters, on="signature_id")
    return identify(mentions, found(mentions, salt=salt).founded, ordinal=1)


def test_an_entity_is_founded_by_the_record_that_was_recorded_then_delivered_first():
    entities, record_entity, _, _ = first(CLUSTERS, RECORDS, salt="demo")

    assert entities.drop("entity_id").sort("records").rows() == [
        (2, 1, ["births"], "refined", "births", "9", ""),
        (3, 2, ["births", "tax"], "whole", "births", "7", "mother"),
    ]
    assert record_entity.height == 5
    assert record_entity.select("signature_id", "entity_id").n_unique() == 3
    assert set(record_entity["entity_id"]) == set(entities["entity_id"])
    assert all(valid_entity_id(text) for text in entities["entity_id"])


def test_ids_depend_on_the_salt_and_not_on_the_order_of_rows():
    forth = first(CLUSTERS, RECORDS, salt="demo")
    back = first(CLUSTERS.reverse(), RECORDS.sample(fraction=1, shuffle=True, seed=3), salt="demo")
    other = first(CLUSTERS, RECORDS, salt="town")

    for one, two in zip(forth, back, strict=True):
        assert_frame_equal(one, two)
    assert not set(forth.entities["entity_id"]) & set(other.entities["entity_id"])


def test_a_founding_record_keeps_its_id_when_other_records_join():
    before = first(CLUSTERS.filter(pl.col("signature_id") == 2), RECORDS, salt="demo").entities
    after = first(CLUSTERS, RECORDS, salt="demo").entities

    assert before["entity_id"][0] in after["entity_id"].to_list()


def test_the_check_character_finds_every_wrong_character_and_every_swap():
    text = entity_ids(pl.Series([str(0x0123456789ABCDEFFEDCBA9876543210)]))[0]
    assert valid_entity_id(text)

    for place, letter in itertools.product(range(16), ALPHABET):
        wrong = text[:place] + letter + text[place + 1 :]
        assert valid_entity_id(wrong) == (wrong == text)
    for one, other in itertools.combinations(range(16), 2):
        letters = list(text)
        letters[one], letters[other] = letters[other], letters[one]
        assert valid_entity_id("".join(letters)) == (text[one] == text[other])


def test_ids_are_the_upper_75_bits_in_crockford_base_32():
    number = 0x0123456789ABCDEFFEDCBA9876543210

    text = entity_ids(pl.Series([str(number)]))[0]

    assert sum(ALPHABET.index(letter) << (5 * (14 - place)) for place, letter in enumerate(text[:15])) == number >> 53


def test_other_texts_are_no_ids():
    assert not any(
        valid_entity_id(text)
        for text in ("", "0", "zzzzzzzzzzzzzzzn", "00000000000000000", "I000000000000000", "０" * 16)
    )


def test_an_empty_run_has_no_entities():
    empty = first(CLUSTERS.clear(), RECORDS.clear(), salt="demo")

    assert (empty.entities.height, empty.record_entity.height) == (0, 0)
