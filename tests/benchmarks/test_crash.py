"""The suite of crashes: copies that cost what they cost, a disk that becomes full, and what is counted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.crash import Row, share, summed, told, told_total
from benchmarks.crash_disk import copied, copied_to, written

WRITING = "import sys; open(sys.argv[1], 'wb').write(bytes(50_000_000))"


def test_names_of_one_file_stay_so_in_a_copy_and_count_once(tmp_path: Path) -> None:
    (tmp_path / "start").mkdir()
    (tmp_path / "start" / "a").write_bytes(bytes(10_000))
    (tmp_path / "start" / "b").hardlink_to(tmp_path / "start" / "a")

    target = copied(tmp_path / "start", tmp_path / "target")

    assert (target / "a").samefile(target / "b")
    assert not (target / "a").samefile(tmp_path / "start" / "a")
    assert written(target) == written(tmp_path / "start") == 3 * 4_096


def test_a_file_longer_than_the_room_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "start").mkdir()
    (tmp_path / "start" / "a").write_text("a", encoding="utf-8")

    with copied_to(tmp_path / "place", tmp_path / "start", room=1_000_000) as at:
        command = [sys.executable, "-c", WRITING, str(at.folder / "large")]
        done = subprocess.run(command, check=False, capture_output=True, preexec_fn=at.limit)
        assert (at.folder / "a").read_text(encoding="utf-8") == "a"

    assert done.returncode == 1
    assert not (tmp_path / "place").exists()


def test_every_moment_is_counted_and_what_differs_stands_out() -> None:
    whole: Row = {
        "moment": 1, "command": "build", "way": "kill", "after": 0.5, "ended": -9, "stage": "score", "equal": True,
        "reader_whole": True,
    }  # fmt: skip
    other = {**whole, "moment": 2, "equal": False, "reader_whole": False}

    total = summed([whole, other], 1_000)

    assert (total["moments"], total["equal"], total["reader_whole"], total["ended"]) == (2, 1, 1, {"-9": 2})
    assert told(whole).endswith("score: equal, reader whole")
    assert told(other).endswith("DIFFERENT, READER SAW A PART")
    assert "2 moments: 1 equal" in told_total(total)
    assert len({share(number) for number in range(40)}) == 40
