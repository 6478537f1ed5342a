"""Decisions are added and never altered; what was half written is none."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.store.decisions import append_decisions, decided, decisions, decisions_file, read_decisions


def test_decisions_are_numbered_by_their_place(tmp_path: Path) -> None:
    assert decisions(tmp_path) == []
    assert append_decisions(tmp_path, [{"by": "周"}, {"by": "Ann"}]) == ["J1", "J2"]
    assert append_decisions(tmp_path, []) == []
    assert append_decisions(tmp_path, [{"by": "Bob"}]) == ["J3"]

    assert [(one["decision"], one["by"]) for one in decisions(tmp_path)] == [("J1", "周"), ("J2", "Ann"), ("J3", "Bob")]


def test_what_was_heard_does_not_change_when_more_is_decided(tmp_path: Path) -> None:
    append_decisions(tmp_path, [{"by": "Ann"}])
    length = decided(tmp_path)
    append_decisions(tmp_path, [{"by": "Bob"}])

    assert read_decisions(decisions_file(tmp_path), length=length) == [{"decision": "J1", "by": "Ann"}]


def test_a_line_without_its_end_is_no_decision_and_is_written_over(tmp_path: Path) -> None:
    append_decisions(tmp_path, [{"by": "Ann"}])
    with decisions_file(tmp_path).open("ab") as stream:
        stream.write(b'{"by": "Bo')

    assert [one["by"] for one in decisions(tmp_path)] == ["Ann"]
    assert append_decisions(tmp_path, [{"by": "Cid"}]) == ["J2"]
    assert [one["by"] for one in decisions(tmp_path)] == ["Ann", "Cid"]


def test_a_line_that_was_altered_is_told(tmp_path: Path) -> None:
    append_decisions(tmp_path, [{"by": "Ann"}, {"by": "Bob"}])
    file = decisions_file(tmp_path)
    file.write_text(file.read_text().replace('"Bob"}', '"Bob"'))

    with pytest.raises(StoreError, match="line 2: the decision is damaged"):
        decisions(tmp_path)


def test_many_who_decide_at_once_lose_nothing(tmp_path: Path) -> None:
    people = [threading.Thread(target=append_decisions, args=(tmp_path, [{"by": n}])) for n in range(20)]
    for one in people:
        one.start()
    for one in people:
        one.join()

    assert sorted(one["by"] for one in decisions(tmp_path)) == list(range(20))


def test_a_full_disk_leaves_no_half_decision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append_decisions(tmp_path, [{"by": "Ann"}])

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("engine.store.decisions.os.fsync", full)
        with pytest.raises(StoreError, match="the decision was not kept"):
            append_decisions(tmp_path, [{"by": "Bob"}])
    assert [one["by"] for one in decisions(tmp_path)] == ["Ann"]
