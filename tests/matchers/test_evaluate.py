import itertools
import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.tables import CANDIDATES, LINKS
from matchers.evaluation import evaluate, label_records, read_truth
from matchers.evaluation.truth import TRUTH

NOTHING = {"precision": None, "recall": None, "f1": None}


def run(*rows: tuple[str, int, str], source: str = "tax") -> pl.DataFrame:
    return pl.DataFrame(
        [(source, record_id, "", signature, entity) for record_id, signature, entity in rows],
        schema={
            "source": pl.String,
            "record_id": pl.String,
            "role": pl.String,
            "signature_id": pl.Int64,
            "entity_id": pl.String,
        },
        orient="row",
    )


def labels(entities: dict[str, str], *, undecidable: tuple[str, ...] = ()) -> pl.DataFrame:
    rows = [
        (None, record, "", None, entity, record not in undecidable if undecidable else None)
        for record, entity in entities.items()
    ]
    return pl.DataFrame(rows, schema=TRUTH, orient="row")


def candidates(*pairs: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame([(*pair, 0) for pair in pairs], schema=CANDIDATES.schema(), orient="row")


def identifier_links(*pairs: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame([(*pair, 1, "identifier") for pair in pairs], schema=LINKS.schema(), orient="row")


# Truth: p = a b c d, q = e f, r = g. Answer: X = a b c, Y = d e, Z = f, W = g. Signatures: a and b share 1.
RUN = run(("a", 1, "X"), ("b", 1, "X"), ("c", 3, "X"), ("d", 4, "Y"), ("e", 5, "Y"), ("f", 6, "Z"), ("g", 7, "W"))
TRUE = {"a": "p", "b": "p", "c": "p", "d": "p", "e": "q", "f": "q", "g": "r"}


def test_a_worked_example():
    figures = evaluate(
        RUN,
        labels(TRUE),
        subject="person",
        candidates=candidates((1, 3), (4, 5), (5, 6)),
        links=LINKS.empty(),
        threshold=2.5,
    )

    # Pairs: 4 predicted (ab ac bc, de), 7 true (6 of p, ef), 3 in both.
    assert figures["pairwise"] == {"precision": 3 / 4, "recall": 3 / 7, "f1": 6 / 11}
    # Signatures: predicted 1-3, 4-5; true 1-3, 1-4, 3-4, 5-6; both 1-3.
    assert figures["pairwise_signatures"] == {"precision": 1 / 2, "recall": 1 / 4, "f1": 1 / 3}
    # Precision: a b c 1 each, d e 1/2 each, f g 1; recall: a b c 3/4, d 1/4, e f 1/2, g 1.
    assert figures["bcubed"]["precision"] == pytest.approx(6 / 7)
    assert figures["bcubed"]["recall"] == pytest.approx(4.5 / 7)
    assert figures["cluster"] == {"precision": 1 / 4, "recall": 1 / 3, "f1": 2 / 7}
    assert figures["exact_entities"] == 1 / 3
    # Brought together: ab (one signature), ac bc (1-3), ef (5-6); 4-5 is no true pair.
    assert figures["blocking_recall"] == 4 / 7
    assert (figures["entities"], figures["true_entities"], figures["unmatched"], figures["threshold"]) == (4, 3, 0, 2.5)
    assert "raw" not in figures
    json.dumps(figures)


def test_what_hangs_together_by_identifiers_was_brought_together():
    figures = evaluate(
        RUN,
        labels(TRUE),
        subject="person",
        candidates=candidates((1, 3)),
        links=identifier_links((1, 3), (3, 4)),
    )

    assert figures["blocking_recall"] == 6 / 7


def test_records_without_a_label_are_left_out():
    figures = evaluate(
        RUN, labels({"a": "p", "d": "p", "e": "q"}), subject="person", candidates=candidates(), links=LINKS.empty()
    )

    assert figures["pairwise"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert (figures["entities"], figures["true_entities"]) == (2, 2)


def test_undecidable_records_stand_in_the_raw_figures_alone():
    figures = evaluate(
        RUN, labels(TRUE, undecidable=("d",)), subject="person", candidates=candidates(), links=LINKS.empty()
    )

    assert figures["pairwise"] == {"precision": 1.0, "recall": 3 / 4, "f1": 6 / 7}
    assert figures["exact_entities"] == 2 / 3
    assert figures["raw"] == {"pairwise": {"precision": 3 / 4, "recall": 3 / 7, "f1": 6 / 11}, "exact_entities": 1 / 3}


def test_without_a_true_pair_an_answer_without_links_scores_nothing():
    figures = evaluate(
        run(("a", 1, "X"), ("b", 2, "Y")),
        labels({"a": "p", "b": "q"}),
        subject="person",
        candidates=candidates(),
        links=LINKS.empty(),
    )

    assert [figures[name] for name in ("pairwise", "pairwise_signatures", "bcubed", "cluster")] == [NOTHING] * 4
    assert (figures["blocking_recall"], figures["exact_entities"]) == (None, None)


def test_labels_without_a_record_are_counted():
    labelled = label_records(RUN, labels({"a": "p", "z": "p"}), subject="person")

    assert (labelled.records.height, labelled.unmatched) == (1, 1)


def test_a_truth_that_fits_no_record_is_an_error_that_shows_both():
    with pytest.raises(
        InputError,
        match=r"'person': none of 1 labels finds a record \(it names 'z'; the run has 'tax/a'",
    ):
        label_records(RUN, labels({"z": "p"}), subject="person")


def test_a_record_of_two_sources_needs_a_source_in_the_truth():
    both = pl.concat([run(("a", 1, "X")), run(("a", 2, "X"), source="births")])

    with pytest.raises(InputError, match=r"record 'a' stands in several sources \(births, tax\)"):
        label_records(both, labels({"a": "p"}), subject="person")


def test_a_truth_file_leaves_unlabelled_records_out(tmp_path):
    file = tmp_path / "truth.csv"
    file.write_text(
        "source,record_id,role,subject,entity_id,decidable\ntax,1,,person,17,true\ntax,2,,person,-1,true\ntax,3,head,,9,False\ntax,4,,,,\n"
    )

    assert read_truth(file).rows() == [("tax", "3", "head", None, "9", False), ("tax", "1", "", "person", "17", True)]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_entities_written_as_floats_are_whole_numbers(tmp_path, suffix):
    file = tmp_path / f"truth.{suffix}"
    frame = pl.DataFrame({"record_id": ["a", "b", "c"], "entity_id": [3.0, -1.0, None]})
    frame.write_csv(file) if suffix == "csv" else frame.write_parquet(file)

    assert read_truth(file).select("record_id", "entity_id").rows() == [("a", "3")]


def test_without_roles_a_label_is_of_the_only_role_or_the_principal(tmp_path):
    file = tmp_path / "truth.csv"
    file.write_text("record_id,entity_id\na,1\nb,2\n")
    records = pl.concat(
        [
            run(("a", 1, "X")).with_columns(role=pl.lit("driver")),
            run(("b", 2, "Y")),
            run(("b", 3, "Z")).with_columns(role=pl.lit("driver")),
        ]
    )

    labelled = label_records(records, read_truth(file), subject="person")

    assert labelled.records.select("record_id", "role", "truth").rows() == [("a", "driver", "1"), ("b", "", "2")]
    assert labelled.unmatched == 0


@pytest.mark.parametrize("head", ["record_id,entity_id\na,1\n", "source,record_id,entity_id\ntax,a,1\n"])
def test_a_record_of_several_roles_needs_one_in_the_truth(tmp_path, head):
    file = tmp_path / "truth.csv"
    file.write_text(head)
    parts = [run(("a", place, "X")).with_columns(role=pl.lit(role)) for place, role in enumerate(("mother", "father"))]

    with pytest.raises(InputError, match=r"record 'a' bears several roles \(father, mother\); say which in `role`"):
        label_records(pl.concat(parts), read_truth(file), subject="person")


def test_messages_tell_the_role(tmp_path):
    records = run(("a", 1, "X")).with_columns(role=pl.lit("driver"))
    file = tmp_path / "truth.csv"
    file.write_text("source,record_id,role,entity_id\ntax,a,,1\n")

    with pytest.raises(InputError, match=r"it names 'tax/a'; the run has 'tax/a/driver'"):
        label_records(records, read_truth(file), subject="person")


def test_a_short_truth_file_may_name_its_columns(tmp_path):
    file = tmp_path / "truth.csv"
    file.write_text("rec_id,cluster\nb,1\na,1\n")

    truth = read_truth(file, id_column="rec_id", entity_column="cluster")

    assert truth.select("source", "record_id", "entity_id", "decidable").rows() == [
        (None, "a", "1", None),
        (None, "b", "1", None),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("rec_id,entity_id\n1,1\n", "the column 'record_id' is missing; did you mean 'rec_id'"),
        ("record_id,entity_id\n1,1\n1,2\n", "1 records are of more than one entity, such as '1' of 1 and 2"),
        ("", "cannot be read"),
    ],
    ids=["a missing column", "one record of two entities", "an empty file"],
)
def test_faults_of_a_truth_file_are_told(tmp_path, content, message):
    file = tmp_path / "truth.csv"
    file.write_text(content)

    with pytest.raises(InputError, match=message):
        read_truth(file)


@given(st.lists(st.tuples(st.integers(1, 6), st.sampled_from("pqr"), st.sampled_from("XYZ")), min_size=2, max_size=14))
def test_the_figures_equal_those_of_enumerated_pairs(rows):
    entity = {signature: predicted for signature, _, predicted in rows}  # one signature is of one entity
    records = [(str(i), signature, entity[signature]) for i, (signature, _, _) in enumerate(rows)]
    truth = {str(i): true for i, (_, true, _) in enumerate(rows)}
    proposed = [(1, 2), (2, 5), (3, 4), (1, 6)]

    figures = evaluate(
        run(*records),
        labels(truth),
        subject="person",
        candidates=candidates(*proposed),
        links=identifier_links((1, 3), (3, 5)),
    )

    pairs = list(itertools.combinations(records, 2))
    true = [(one, two) for one, two in pairs if truth[one[0]] == truth[two[0]]]
    predicted = [(one, two) for one, two in pairs if one[2] == two[2]]
    hits = [both for both in true if both in predicted]
    assert figures["pairwise"]["precision"] == (len(hits) / len(predicted) if predicted else None)
    assert figures["pairwise"]["recall"] == (len(hits) / len(true) if true else None)
    signatures = [tuple(sorted((one[1], two[1]))) for one, two in true]
    together = [pair for pair in signatures if len(set(pair)) == 1 or set(pair) <= {1, 3, 5} or pair in proposed]
    assert figures["blocking_recall"] == (len(together) / len(true) if true else None)
    if true:
        share = [
            len([r for r in records if r[2] == one[2] and truth[r[0]] == truth[one[0]]])
            / len([r for r in records if r[2] == one[2]])
            for one in records
        ]
        assert figures["bcubed"]["precision"] == pytest.approx(sum(share) / len(share))
        members = [frozenset(r[0] for r in records if r[2] == name) for name in set(entity.values())]
        wanted = [frozenset(r for r in truth if truth[r] == name) for name in set(truth.values())]
        same = len(set(members) & set(wanted))
        assert figures["cluster"]["precision"] == same / len(members)
        assert figures["exact_entities"] == same / len(wanted)
