"""Seconds and peak memory of one call in a process of its own."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

STATUS, FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Measured(NamedTuple):
    """What the call returned, its wall time, and the peak memory of its process."""

    result: Any
    seconds: float
    peak_memory_mb: float


class Peaks(NamedTuple):
    """Watches a build and notes the most memory, in MB, that was held in each stage and, as `between`, in none.

    The system forgets the peak of the process each time, so that what it tells afterwards is of the last stage alone.
    """

    held: dict[str, float]

    def begin(self, stage: str, tasks: int) -> None:
        """Note what was held since the stage before."""
        del stage, tasks
        self._note("between")

    def advance(self, stage: str, *, rows: int, reused: bool) -> None:
        """Note nothing: a stage is measured as a whole."""

    def end(self, stage: str) -> None:
        """Note what was held in a stage."""
        self._note(stage)

    def _note(self, stage: str) -> None:
        self.held[stage] = max(self.held.get(stage, 0.0), peak_memory_mb())
        if FORGET.exists():
            FORGET.write_text("5")


def measured(function: Callable[..., Any], *args: Any) -> Measured:
    """Return the result of `function(*args)`, called in a fresh process, with its cost.

    Function, arguments and result are pickled. Seconds run from the start of the process to the end of the call, with
    imports.

    Raises:
        RuntimeError: the call failed; its own message is in the text.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    begin = time.perf_counter()
    process = context.Process(target=_call, args=(theirs, function, args))
    process.start()
    theirs.close()
    try:
        result, error, peak = ours.recv()
    except EOFError:
        result, error, peak = None, "the process ended without an answer", 0.0
    seconds = time.perf_counter() - begin
    process.join()
    if error:
        raise RuntimeError(f"{function.__module__}.{function.__name__}{args}: {error}")
    return Measured(result, round(seconds, 2), round(peak, 1))


def _call(answer: Connection, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    try:
        answer.send((function(*args), None, peak_memory_mb()))
    except Exception as error:  # told to the parent, which raises it
        answer.send((None, f"{type(error).__name__}: {error}", 0.0))


def peak_memory_mb() -> float:
    """Return the largest resident memory that this process has had, in MB (1e6 bytes).

    Linux keeps the parent's figure in `ru_maxrss` over an exec, so the process's own is read from /proc where it is.
    """
    if STATUS.exists():
        lines = STATUS.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
