"""What a build needs of memory, and how many buckets keep it within what it may have."""

from __future__ import annotations

import os
import re
import resource
from collections.abc import Iterable
from pathlib import Path

from engine.errors import ConfigurationError

EXPANSION = {".gz": 6, ".zst": 6, ".parquet": 5, ".xlsx": 8}
"""How many bytes of text a byte of such a file holds, about."""

BASE = 800_000_000
"""The memory of a build of a few records: the libraries, and small tables."""

WORKING = 16
"""How many times their text the buckets at work take at most, beside `BASE`. Where every row is an entity of its own, a
million rows in four buckets took 2.3 GB: 14.5 times the 90 MB of text of the two at work. Stages that would take more
work on slices of their bucket (`engine.slices`)."""

READ = 500_000_000
"""Bytes of text that a build holds while it reads, at most: 10 million rows in 128 buckets took 1.7 GB there, and 50
million no more than the buckets at work."""

MAX_BUCKETS = 128
"""More buckets than this cost more in small files than they save in memory: a table that is re-bucketed is written as
the square of so many files."""

LEAST_TEXT = 4_000_000
"""Bytes of text in a bucket, about, of which the half would save no memory worth more files."""

WORKERS = min(2, os.cpu_count() or 1)
"""Tasks at work at once. Polars shares the processors among them; a single task leaves some idle much of the time."""

LEAST_MEMORY = 200_000_000
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where Linux tells the limit of a container."""


def peak_memory_mb() -> int:
    """Return the most memory that this process has held so far, in MB (1e6 bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 // 1_000_000


def machine_memory() -> int:
    """Return the bytes of the machine's memory, or of its container's where that has less."""
    told = [file.read_text(encoding="ascii").strip() for file in LIMITS if file.is_file()]
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([whole, *(int(one) for one in told if one.isdecimal())])


def memory_bytes(text: str | None) -> int:
    """Return the bytes of a limit such as `4GB`; unset, half of what the machine, or its container, has.

    >>> memory_bytes("1.5GB")
    1500000000

    Raises:
        ConfigurationError: the text is no amount of memory.
    """
    if text is None:
        return machine_memory() // 2
    found = re.fullmatch(r"\s*([\d.]+)\s*([KMGT]?)i?B?\s*", text, re.IGNORECASE)
    try:
        if not found:
            raise ValueError(text)
        amount = int(float(found[1]) * 1000 ** " KMGT".index(found[2].upper() or " "))
    except ValueError as error:
        raise ConfigurationError([f"memory: '{text}' is no amount"], hint="write it as 4GB or 800MB") from error
    if amount < LEAST_MEMORY:
        raise ConfigurationError([f"memory: '{text}' is too little"], hint="a build needs 200MB at least")
    return amount


def text_bytes(files: Iterable[Path]) -> int:
    """Return the bytes of text that files hold, about; compressed ones by `EXPANSION`."""
    return sum(file.stat().st_size * EXPANSION.get(file.suffix.lower(), 1) for file in files)


def peak_bytes(text: int, *, buckets: int) -> int:
    """Return the memory that a build of so much text takes at its peak, about."""
    return BASE + min(text, READ) + WORKING * text * min(WORKERS, buckets) // buckets


def bucket_count(files: Iterable[Path], *, buckets: int | None = None, memory: str | None = None) -> int:
    """Return the number of buckets: that given, 128 at most, else the least power of two that fits the memory.

    Where none fits, the greatest whose buckets hold `LEAST_TEXT` each.
    """
    if buckets:
        return min(buckets, MAX_BUCKETS)
    text, limit = text_bytes(files), memory_bytes(memory)
    powers = [1 << n for n in range(MAX_BUCKETS.bit_length()) if n == 0 or text >> n >= LEAST_TEXT]
    return next((one for one in powers if peak_bytes(text, buckets=one) <= limit), powers[-1])
