"""Buckets and estimates: what fits the memory, and how many rows a file holds."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from engine import sizing
from engine.sizing import LEAST_TEXT, MAX_BUCKETS, WORKERS, bucket_count, machine_memory, memory_bytes, peak_bytes
from lifetree.estimates import needs_of, rows_of


@pytest.mark.parametrize("memory", ["1GB", "2GB", "4GB", "16GB"])
@pytest.mark.parametrize("megabytes", [1, 100, 500, 3_000])
def test_the_least_power_of_two_is_chosen_that_fits_the_memory(tmp_path: Path, megabytes: int, memory: str) -> None:
    file = tmp_path / "rows.csv"
    with file.open("wb") as stream:
        stream.truncate(megabytes * 1_000_000)

    buckets = bucket_count([file], memory=memory)

    size, limit = megabytes * 1_000_000, memory_bytes(memory)
    assert buckets.bit_count() == 1
    most = buckets == MAX_BUCKETS or size / (2 * buckets) < LEAST_TEXT
    assert peak_bytes(size, buckets=buckets) <= limit or most
    assert buckets == 1 or peak_bytes(size, buckets=buckets // 2) > limit


def test_buckets_that_are_given_hold_before_the_memory_up_to_the_most(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a\n1\n", encoding="utf-8")

    assert bucket_count([tmp_path / "rows.csv"], buckets=12, memory="4GB") == 12
    assert bucket_count([tmp_path / "rows.csv"], buckets=1_000) == MAX_BUCKETS


def test_more_buckets_need_less_from_more_than_are_at_work_at_once() -> None:
    needs = [peak_bytes(10**9, buckets=1 << n) for n in range(7)]

    assert needs == sorted(needs, reverse=True)
    assert needs[0] == peak_bytes(10**9, buckets=WORKERS)


def test_the_limit_of_a_container_holds_before_the_memory_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "limited").write_text("500000000\n", encoding="ascii")
    (tmp_path / "free").write_text("max\n", encoding="ascii")
    monkeypatch.setattr(sizing, "LIMITS", (tmp_path / "limited", tmp_path / "free", tmp_path / "none"))

    assert machine_memory() == 500_000_000
    assert memory_bytes(None) == 250_000_000


def test_rows_are_told_by_a_sample_or_by_the_file_itself(tmp_path: Path) -> None:
    text = "id,name\n" + "".join(f"{number:06d},some name\n" for number in range(50_000))
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(text.encode()))
    pl.DataFrame({"id": range(1_234)}).write_parquet(tmp_path / "c.parquet")
    (tmp_path / "d.csv").write_text("", encoding="utf-8")

    assert rows_of(tmp_path / "a.csv") == pytest.approx(50_000, rel=0.01)
    assert rows_of(tmp_path / "b.csv.gz") > 0
    assert rows_of(tmp_path / "c.parquet") == 1_234
    assert rows_of(tmp_path / "d.csv") == 0
    assert needs_of([tmp_path / "a.csv", tmp_path / "c.parquet"], buckets=1).rows == pytest.approx(51_234, rel=0.01)
