from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.errors import ConfigurationError
from matchers.judgements import (
    COLUMNS,
    given,
    in_force,
    judged_records,
    lift,
    no_judgements,
    of_subject,
    read_judgements,
)

HEAD = "source_l,record_l,source_r,record_r,judgement,decided_by"


def write(folder: Path, *lines: str, head: str = HEAD) -> Path:
    file = folder / "judgements.csv"
    file.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return file


def test_the_short_form_needs_six_columns(tmp_path):
    judgements = read_judgements(write(tmp_path, "tax,1,births,7,Same,Ann Reader"), subjects=["person"])

    assert judgements.to_dicts() == [
        {
            "source_l": "tax",
            "record_l": "1",
            "role_l": "",
            "source_r": "births",
            "record_r": "7",
            "role_r": "",
            "judgement": "same",
            "decided_by": "Ann Reader",
            "decided_at": None,
            "reason": None,
            "subject": None,
            "values_l": None,
            "values_r": None,
            "judgement_id": "judgements.csv line 2",
        }
    ]


@pytest.mark.parametrize("content", ["", HEAD + "\n"], ids=["an empty file", "a header alone"])
def test_a_file_without_judgements_is_no_fault(tmp_path, content):
    file = tmp_path / "judgements.csv"
    file.write_text(content)

    assert_frame_equal(read_judgements(file, subjects=["person"]), no_judgements())


def test_all_faults_are_told_at_once_with_their_lines(tmp_path):
    file = write(
        tmp_path,
        "tax,1,births,7,sam,Ann,person",
        "",
        "tax,1,births,,same,Ann,person",
        "tax,1,births,8,same,Ann,persn",
        "tax,2,tax,2,same,Ann,person",
        head=HEAD + ",subject",
    )

    with pytest.raises(ConfigurationError) as caught:
        read_judgements(file, subjects=["person"])

    assert caught.value.faults == (
        "judgements.csv: line 2: unknown judgement 'sam'; did you mean 'same'?",
        "judgements.csv: line 4: 'record_r' is empty",
        "judgements.csv: line 5: unknown subject 'persn'; did you mean 'person'?",
        "judgements.csv: line 6: a record is judged against itself (tax/2)",
    )


def test_a_person_who_contradicts_herself_in_the_file_is_told_at_once(tmp_path):
    file = write(tmp_path, "tax,1,births,7,same,Ann", "tax,1,births,8,unsure,Ann", "births,7,tax,1,different,Ann")

    with pytest.raises(
        ConfigurationError, match="line 4: Ann judges births/7 and tax/1 different, but same in line 2; strike one"
    ):
        read_judgements(file, subjects=["person"])


def test_missing_columns_and_files_are_named(tmp_path):
    with pytest.raises(ConfigurationError, match="the column 'judgement' is missing; did you mean 'judgment'"):
        read_judgements(write(tmp_path, "a,1,b,2,same,Ann", head=HEAD.replace("judgement", "judgment")), subjects=[])
    with pytest.raises(ConfigurationError, match="no such file"):
        read_judgements(tmp_path / "none.csv", subjects=[])


SIGNED = {"source": pl.String, "record_id": pl.String, "role": pl.String, "signature_id": pl.Int64, "values": pl.String}


def signed(*rows):
    """Return the signatures of judged records, and of what bears their values."""
    return pl.DataFrame([(source, record, "", *rest) for source, record, *rest in rows], schema=SIGNED, orient="row")


def test_judgements_are_lifted_to_signatures(tmp_path):
    judgements = read_judgements(
        write(
            tmp_path,
            "tax,1,births,7,same,Ann",
            "births,7,tax,1,same,Bob",
            "tax,1,tax,2,unsure,Ann",
            "tax,2,tax,9,different,Ann",
        ),
        subjects=[],
    )

    found = lift(judgements, signed(("births", "7", 5, None), ("tax", "1", 9, None), ("tax", "2", 2, None)))

    assert judged_records(judgements).rows() == [
        ("births", "7", ""),
        ("tax", "1", ""),
        ("tax", "2", ""),
        ("tax", "9", ""),
    ]
    assert found.judged.rows() == [(5, 9, "same")]
    assert found.orphans.rows() == [("tax", "9", "")]
    assert found.disputed.is_empty()
    assert found.moved.is_empty()


def said(*told):
    """Return judgements from `left right judgement person` on the records of one source, all of one subject."""
    rows = [
        ("tax", left, "", "tax", right, "", word, who, None, None, "person", f"v{left}", f"v{right}", f"J{number}")
        for number, (left, right, word, who) in enumerate((one.split() for one in told), start=1)
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def test_a_vanished_key_holds_for_the_one_signature_of_its_values():
    found = lift(said("1 2 same Ann"), signed(("tax", "2", 2, None), ("tax", "2", 2, "v2"), ("tax", "77", 8, "v1")))

    assert found.judged.rows() == [(2, 8, "same")]
    assert found.moved.rows() == [("tax", "1", "", "77")]
    assert found.orphans.is_empty()


def test_a_vanished_key_is_an_orphan_where_two_signatures_bear_its_values():
    bearing = signed(("tax", "2", 2, None), ("tax", "77", 8, "v1"), ("tax", "78", 9, "v1"))

    found = lift(said("1 2 same Ann"), bearing)

    assert found.judged.is_empty()
    assert found.orphans.rows() == [("tax", "1", "")]


def test_another_source_with_the_same_values_takes_no_judgement_over():
    found = lift(said("1 2 same Ann"), signed(("tax", "2", 2, None), ("births", "77", 8, "v1")))

    assert found.orphans.rows() == [("tax", "1", "")]


def test_judgements_that_contradict_each_other_through_moved_keys_have_no_force():
    bearing = signed(("tax", "2", 2, None), ("tax", "3", 3, None), ("tax", "3", 3, "v1"))

    found = lift(said("1 2 same Ann", "3 2 different Bob"), bearing)

    assert found.judged.is_empty()
    assert found.disputed["judgement_id"].to_list() == ["J1", "J2"]


DISPUTES = {
    "one pair both ways": (["a b same Ann", "b a different Bob"], {"J1", "J2"}),
    "a triangle": (["a b same Ann", "b c same Ann", "c a different Bob"], {"J1", "J2", "J3"}),
    "what hangs on it stays": (
        ["a b same Ann", "b c same Ann", "a c different Bob", "c d same Ann"],
        {"J1", "J2", "J3"},
    ),
    "two ways round": (
        ["a b same Ann", "b c same Ann", "a d same Ann", "d c same Ann", "a c different Bob"],
        {"J1", "J2", "J3", "J4", "J5"},
    ),
    "different alone": (["a b different Ann", "b c same Ann"], set()),
    "unsure says nothing": (["a b same Ann", "a b unsure Bob"], set()),
    "two of one mind": (["a b same Ann", "b a same Bob"], set()),
}


@pytest.mark.parametrize(("told", "disputed"), DISPUTES.values(), ids=DISPUTES)
@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_judgements_in_conflict_have_no_force(told, disputed, backwards):
    judgements = said(*told)

    force = in_force(judgements.reverse() if backwards else judgements, subjects=["person"])

    assert set(force.disputed["judgement_id"]) == disputed
    sure = judgements.filter(pl.col("judgement") != "unsure")["judgement_id"]
    assert set(force.judgements["judgement_id"]) == set(sure) - disputed


def test_a_conflict_of_one_subject_is_none_of_another():
    judgements = said("a b same Ann", "a b different Bob").with_columns(subject=pl.Series(["person", None]))

    force = in_force(judgements, subjects=["person", "firm"])

    assert force.disputed["subject"].unique().to_list() == ["person"]
    assert force.judgements.select("subject", "judgement").rows() == [("firm", "different")]


def decision(number, word, *pairs, by="Ann"):
    told = [{"l": ["tax", left, ""], "r": ["tax", right, ""]} for left, right in pairs]
    of = {"decided_by": by, "decided_at": "2024-05-01", "reason": "seen", "subject": "person"}
    return {"decision": f"J{number}", "kind": "judgement", "judgement": word, "pairs": told, **of}


def test_the_last_word_of_a_person_on_a_pair_counts_until_it_is_withdrawn():
    told = [decision(1, "same", ("a", "b"), ("c", "b")), decision(2, "different", ("b", "a"))]
    withdrawal = {"decision": "J3", "kind": "withdrawal", "withdraws": ["J2"]}

    assert given(told).select("judgement_id", "judgement").rows() == [("J1.2", "same"), ("J2", "different")]
    assert given([*told, withdrawal])["judgement_id"].to_list() == ["J1.1", "J1.2"]


def test_a_judgement_without_subject_stands_for_every_subject(tmp_path):
    file = write(
        tmp_path, "a,1,a,2,same,Ann,person", "a,3,a,4,same,Ann,", "a,5,a,6,same,Ann,firm", head=HEAD + ",subject"
    )

    judgements = read_judgements(file, subjects=["person", "firm"])

    assert of_subject(judgements, subject="person")["record_l"].to_list() == ["1", "3"]
