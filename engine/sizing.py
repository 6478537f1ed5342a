"""How many buckets keep a build within its memory."""

from __future__ import annotations

import os
import re
import resource
from collections.abc import Iterable
from pathlib import Path

from engine.errors import ConfigurationError

EXPANSION = {".gz": 6, ".zst": 6, ".parquet": 5, ".xlsx": 8}
"""How many bytes of text a byte of such a file holds, about."""

WORKING = 16
"""How many times its text a build takes at its peak: 90 MB of CSV, a million rows, took 1.5 GB in one bucket."""

MAX_BUCKETS = 64
"""More buckets than this cost more in small files than they save in memory."""


WORKERS = min(2, os.cpu_count() or 1)
"""Tasks at work at once. Polars shares the processors among them; a single task leaves some idle much of the time."""

LEAST_MEMORY = 200_000_000


def peak_memory_mb() -> int:
    """Return the most memory that this process has held so far, in MB (1e6 bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 // 1_000_000


def memory_bytes(text: str | None) -> int:
    """Return the bytes of a limit such as `4GB`; unset, half of the machine's memory.

    >>> memory_bytes("1.5GB")
    1500000000

    Raises:
        ConfigurationError: the text is no amount of memory.
    """
    if text is None:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    found = re.fullmatch(r"\s*([\d.]+)\s*([KMGT]?)i?B?\s*", text, re.IGNORECASE)
    try:
        amount = int(float(found[1]) * 1000 ** " KMGT".index(found[2].upper() or " ")) if found else 0
    except ValueError as error:
        raise ConfigurationError([f"memory: '{text}' is no amount"], hint="write it as 4GB or 800MB") from error
    if amount < LEAST_MEMORY:
        raise ConfigurationError([f"memory: '{text}' is too little"], hint="a build needs 200MB at least")
    return amount


def buckets_for(files: Iterable[Path], *, memory: str | None) -> int:
    """Return the number of buckets, a power of two from 1 to 64, so that those at work at once fit the memory."""
    text = sum(file.stat().st_size * EXPANSION.get(file.suffix.lower(), 1) for file in files)
    wanted = -(-text * WORKING // max(1, memory_bytes(memory)))
    if wanted > 1:
        wanted *= WORKERS
    return min(MAX_BUCKETS, 1 << (max(1, wanted) - 1).bit_length())
