from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.errors import ConfigurationError
from matchers.judgements import judged_pairs, judged_records, no_judgements, of_subject, orphans, read_judgements

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


def test_a_pair_judged_both_ways_is_for_people_to_resolve(tmp_path):
    file = write(tmp_path, "tax,1,births,7,same,Ann", "tax,1,births,8,unsure,Ann", "births,7,tax,1,different,Bob")

    with pytest.raises(
        ConfigurationError, match="line 4: births/7 and tax/1 are judged different by Bob, but same by Ann in line 2"
    ):
        read_judgements(file, subjects=["person"])


def test_missing_columns_and_files_are_named(tmp_path):
    with pytest.raises(ConfigurationError, match="the column 'judgement' is missing; did you mean 'judgment'"):
        read_judgements(write(tmp_path, "a,1,b,2,same,Ann", head=HEAD.replace("judgement", "judgment")), subjects=[])
    with pytest.raises(ConfigurationError, match="no such file"):
        read_judgements(tmp_path / "none.csv", subjects=[])


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
    record_signature = pl.DataFrame(
        {"source": ["births", "tax", "tax"], "record_id": ["7", "1", "2"], "role": [""] * 3, "signature_id": [5, 9, 2]}
    )

    assert judged_records(judgements).rows() == [
        ("births", "7", ""),
        ("tax", "1", ""),
        ("tax", "2", ""),
        ("tax", "9", ""),
    ]
    assert judged_pairs(judgements, record_signature).rows() == [(5, 9, "same")]
    assert orphans(judgements, record_signature).rows() == [("tax", "9", "")]


def test_a_judgement_without_subject_stands_for_every_subject(tmp_path):
    file = write(
        tmp_path, "a,1,a,2,same,Ann,person", "a,3,a,4,same,Ann,", "a,5,a,6,same,Ann,firm", head=HEAD + ",subject"
    )

    judgements = read_judgements(file, subjects=["person", "firm"])

    assert of_subject(judgements, subject="person")["record_l"].to_list() == ["1", "3"]
