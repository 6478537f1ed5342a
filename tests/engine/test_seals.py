"""Sealed folders: what was written into since is never taken for what was sealed."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from engine.runners.seals import is_as_sealed, is_whole, seal

HOUR = 3_600 * 10**9


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "table" / "00000.parquet"
    made.parent.mkdir()
    pl.DataFrame({"id": [1, 2]}).write_parquet(made)
    seal(tmp_path)
    return made


def turn_a_bit(file: Path, *, age: int) -> None:
    """Change one byte of a file, and make it so many nanoseconds older than it was."""
    content, time = bytearray(file.read_bytes()), file.stat().st_mtime_ns
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(time, time - age))


def test_a_file_is_as_it_was_sealed_also_as_a_copy_with_another_time(file: Path) -> None:
    assert is_as_sealed(file)
    os.utime(file, ns=(0, file.stat().st_mtime_ns - HOUR))
    assert is_as_sealed(file)
    assert is_whole(file.parents[1])


def test_a_file_that_something_wrote_into_is_not(file: Path) -> None:
    turn_a_bit(file, age=HOUR)

    assert not is_as_sealed(file)
    assert not is_whole(file.parents[1])


def test_what_the_disk_turned_by_itself_is_found_by_reading_everything(file: Path) -> None:
    turn_a_bit(file, age=0)

    assert not is_as_sealed(file, thorough=True)
    assert not is_whole(file.parents[1])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"table/00000.parquet": "ab"}', '{"table/00000.parquet": []}'])
def test_a_seal_that_cannot_be_read_vouches_for_nothing(file: Path, text: str) -> None:
    (file.parents[1] / "seal.json").write_text(text, encoding="utf-8")

    assert not is_as_sealed(file)


def test_a_file_that_is_gone_is_not_as_it_was(file: Path) -> None:
    file.unlink()

    assert not is_as_sealed(file)
    assert not is_whole(file.parents[1])
