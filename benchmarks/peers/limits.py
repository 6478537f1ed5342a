"""A command in processes of its own, stopped when it takes more time or memory than it may."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

PROCESSES = Path("/proc")
EVERY = 0.2
"""Seconds between two looks."""

Answer = TypeVar("Answer")


class Taken(NamedTuple):
    """What a command took: wall and processor seconds, peak memory in MB (1e6 bytes), and why it failed, else null."""

    seconds: float
    processor_seconds: float
    peak_memory_mb: float
    failed: str | None


def limited(command: list[str], *, processor_seconds: float, memory_mb: float, environment: dict[str, str]) -> Taken:
    """Run a command until it ends or exceeds a limit; what it prints is kept for the reason of a failure alone.

    Both limits are for all processes of its session together, looked at five times a second: memory is their
    proportional share (PSS). Where /proc does not tell, neither is limited and memory is 0.
    """
    begun = time.perf_counter()
    before = of_children()
    peak, reason = 0.0, None
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command, stdout=said, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        )
        try:
            while reason is None and process.poll() is None:
                time.sleep(EVERY)
                memory, processor = of_session(process.pid)
                peak = max(peak, memory)
                if processor > processor_seconds:
                    reason = f"stopped after {processor_seconds:g} s of processor time"
                elif peak > memory_mb:
                    reason = f"stopped at {peak:.0f} MB"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        said.seek(0)
        text = said.read()
    if reason is None and process.returncode:
        reason = last_line(text) or f"ended with status {process.returncode}"
    return Taken(round(time.perf_counter() - begun, 2), round(of_children() - before, 2), round(peak, 1), reason)


def with_processor_seconds(call: Callable[[], Answer]) -> tuple[Answer, float]:
    """Return the answer of a call and the processor time of the processes that it started and awaited."""
    before = of_children()
    answer = call()
    return answer, round(of_children() - before, 2)


def of_children() -> float:
    """Return the processor seconds of all ended processes that this one has awaited, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def of_session(leader: int) -> tuple[float, float]:
    """Return memory in MB and processor seconds of all processes of a session, 0 where /proc does not tell."""
    kilobytes, ticks = 0, 0
    for status in PROCESSES.glob("[0-9]*/stat"):
        try:
            told = status.read_text().rpartition(")")[2].split()
            if int(told[3]) == leader:
                ticks += sum(map(int, told[11:15]))
                rollup = (status.parent / "smaps_rollup").read_text().splitlines()
                kilobytes += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
        except (OSError, StopIteration):  # it ended meanwhile, or is another user's
            continue
    return kilobytes * 1024 / 1e6, ticks / os.sysconf("SC_CLK_TCK")


def last_line(text: str) -> str:
    r"""Return the last line that says something, cut to 200 characters.

    Examples:
        >>> last_line("Traceback\n  ...\nValueError: no pairs\n\n")
        'ValueError: no pairs'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
