"""What an increment leaves of a table for the next one: the same rows, in few layers, and nothing that was damaged."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from engine.increments import Sheet, layers
from engine.increments.held import Slot
from engine.increments.layers import slot_after, written
from engine.increments.shelf import DamagedError, Shelf

DAYS = 10
LARGE = 1_000_000


def table(day: int, *, changing: int = 100, rows: int = 1_000) -> pl.DataFrame:
    """Return a table of which the same few rows change each day."""
    key = pl.int_range(rows, eager=True).alias("key")
    return key.to_frame().with_columns(text=pl.when(key < changing).then(pl.lit(f"day {day}")).otherwise(pl.lit("-")))


def after_days(folder: Path, room: int) -> Slot:
    """Return what `DAYS` days leave of the table, each of which went on from the one before."""
    slot = Slot((written(table(0), folder / "base.table", "whole"),))
    for day in range(1, DAYS + 1):
        minus, plus = (one.filter(pl.col("key") < 100) for one in (table(day - 1), table(day)))
        slot = slot_after(Sheet(slot.files, slot.layers, minus, plus, Shelf(room)), folder / f"{day}.table")
    return slot


def rows_of(slot: Slot) -> Counter[str]:
    none = table(0).clear()
    return Counter(map(repr, Sheet(slot.files, slot.layers, none, none, Shelf()).old().rows()))


@pytest.mark.parametrize("small", [0, LARGE], ids=["in layers", "small"])
@pytest.mark.parametrize("room", [0, LARGE])
def test_many_days_leave_the_last_state_in_few_rows(
    tmp_path: Path, room: int, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "SMALL", small)

    slot = after_days(tmp_path, room)

    assert rows_of(slot) == Counter(map(repr, table(DAYS).rows()))
    assert slot.rows() == table(DAYS).height
    assert sum(one.rows() for one in slot.layers) <= table(DAYS).height
    assert len(slot.layers) <= (6 if room == 0 or small == 0 else 0)


def turned(file: Path) -> None:
    """Write other rows into a file as a failing disk does: its length and its time stay."""
    told = file.stat()
    text = file.read_bytes()
    file.write_bytes(text[:100] + bytes([text[100] ^ 1]) + text[101:])
    os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))


@pytest.mark.parametrize("small", [0, LARGE], ids=["a layer is folded", "all is written anew"])
def test_what_a_disk_turned_is_not_written_anew_as_if_it_were_sound(
    tmp_path: Path, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "SMALL", small)
    monkeypatch.setattr(layers, "LAYERS_AT_MOST", LARGE)
    base = Slot((written(table(0), tmp_path / "base.table", "whole"),))
    first = slot_after(Sheet(base.files, (), table(0).head(5), table(1).head(5), Shelf(LARGE)), tmp_path / "1.table")
    turned(first.all()[-1])

    with pytest.raises(DamagedError, match=r"is not as it was written"):
        slot_after(Sheet(*first, table(1).head(5), table(2).head(5), Shelf(LARGE)), tmp_path / "2.table")
