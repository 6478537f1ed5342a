"""What an increment had answered when it was killed: read back as it was, as far as it is whole."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.increments import halfway
from engine.increments.answers import Changes, passing
from engine.increments.halfway import Answer, Halfway
from engine.increments.sheets import Sheet

MINUS = pl.DataFrame({"id": [1, 2], "of": [["a"], None]}, schema={"id": pl.Int64, "of": pl.List(pl.String)})
NOTE = pl.DataFrame({"signature_id": [7]})
ANSWERS = (
    Answer("sign", "person", {"signatures": (MINUS, MINUS.clear())}, {}),
    Answer("join", "person", {"candidates": passing(NOTE)}, {"touched": NOTE}),
    Answer("own", None, {"owners": (MINUS.clear(), MINUS)}, {}),
)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halfway, "EVERY", 0.0)


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    folder = tmp_path / "a [town], 2024"
    first = Halfway(folder, "run")
    for answer in ANSWERS:
        assert first.again(answer.stage, answer.subject) is None
        first.keep(answer)
    return folder


def told(folder: Path, increment: str = "run") -> list[Answer | None]:
    again = Halfway(folder, increment)
    return [again.again(answer.stage, answer.subject) for answer in ANSWERS]


def changes(answer: Answer | None) -> Changes:
    assert answer is not None
    assert answer.changes is not None
    return answer.changes


def test_answers_are_read_as_they_were(killed: Path) -> None:
    signed, joined, owned = told(killed)

    assert_frame_equal(changes(signed)["signatures"][0], MINUS)
    assert_frame_equal(changes(owned)["owners"][1], MINUS)
    whole = changes(joined)["candidates"]
    assert isinstance(whole, Sheet)
    assert_frame_equal(whole.plus, NOTE)
    assert joined is not None
    assert_frame_equal(joined.notes["touched"], NOTE)


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda file: file.unlink(), id="is gone"),
        pytest.param(lambda file: file.write_bytes(b""), id="is empty"),
        pytest.param(lambda file: file.write_bytes(file.read_bytes()[:-9]), id="is cut short"),
    ],
)
@pytest.mark.parametrize("name", ["candidates.plus.parquet", "touched.note.parquet"])
def test_what_cannot_be_read_is_answered_anew(killed: Path, name: str, harm: object) -> None:
    [file] = killed.rglob(name)
    assert callable(harm)
    harm(file)

    assert [answer is not None for answer in told(killed)] == [True, False, True]

    Halfway(killed, "run").keep(ANSWERS[1])
    assert None not in told(killed)


@pytest.mark.parametrize("text", ["", "null", "[null]", '[{"stage": "sign"}]', "\udcff"])
def test_a_list_that_cannot_be_read_begins_anew(killed: Path, text: str) -> None:
    [file] = killed.rglob("answers.json")
    file.write_bytes(text.encode(errors="surrogateescape"))

    assert told(killed) == [None] * 3


def test_another_increment_deletes_what_this_one_answered(killed: Path) -> None:
    assert told(killed, "other") == [None] * 3
    assert told(killed) == [None] * 3


def test_an_answer_that_names_files_of_the_live_run_is_given_again_by_its_stage(tmp_path: Path) -> None:
    first = Halfway(tmp_path, "run")
    first.keep(Answer("remember", None, {"ledger": Sheet((tmp_path / "ledger.parquet",), (), NOTE, NOTE)}, {}))

    again = Halfway(tmp_path, "run").again("remember", None)

    assert again == Answer("remember", None, None, {})
