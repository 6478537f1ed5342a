"""What an increment holds in memory of the files that it reads: the rows are those of the files, read less often."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from engine.increments import Sheet, among
from engine.increments.shelf import WORTH, DamagedError, Shelf
from engine.runners.seals import seal

ROWS = pl.DataFrame({"key": [1, 2, 3, 2], "text": ["a", "b", "c", "d"]})
NONE = ROWS.clear()


def sealed(folder: Path) -> Path:
    file = folder / "table" / "rows.parquet"
    file.parent.mkdir()
    ROWS.write_parquet(file)
    seal(folder)
    return file


def asked(sheet: Sheet, *keys: int) -> list[str]:
    return sorted(sheet.old(among("key", pl.Series(keys, dtype=pl.Int64)))["text"])


@pytest.mark.parametrize("room", [0, 1_000_000, ROWS.estimated_size(), 1])
def test_whatever_room_there_is_the_rows_are_those_of_the_file(tmp_path: Path, room: int) -> None:
    sheet = Sheet((sealed(tmp_path),), (), NONE, NONE, Shelf(room))

    for _ in range(WORTH + 1):
        assert asked(sheet, 1, 2) == ["a", "b", "d"]
        assert asked(sheet, 2) == ["b", "d"]
        assert asked(sheet, 3, 4) == ["c"]
        assert asked(sheet) == []
        assert sheet.old().height == ROWS.height


def test_rows_that_were_found_are_not_looked_for_again(tmp_path: Path) -> None:
    sheet = Sheet((file := sealed(tmp_path),), (), NONE, NONE, Shelf(1_000_000))
    assert asked(sheet, 1, 2) == ["a", "b", "d"]
    file.unlink()

    assert asked(sheet, 2) == ["b", "d"]
    with pytest.raises(OSError, match="No such file"):
        asked(sheet, 3)


def test_a_file_that_is_not_as_it_was_written_is_named(tmp_path: Path) -> None:
    file = sealed(tmp_path)
    ROWS.head(1).write_parquet(file)

    with pytest.raises(DamagedError, match=r"rows\.parquet is not as it was written"):
        asked(Sheet((file,), (), NONE, NONE, Shelf(1_000_000)), 1)
