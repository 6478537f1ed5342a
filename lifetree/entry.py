"""Where the program begins: it can be stopped in a sentence from the first moment."""

from __future__ import annotations

import os
import signal
from types import FrameType

STOPPED = "stopped; the same command continues"


def main() -> None:
    """Run the command line; Ctrl-C and SIGTERM end it in a sentence even while it is still being loaded."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    from lifetree.cli import main as commands

    commands(prog_name="lifetree")


def _stop(number: int, _: FrameType | None) -> None:
    """End the process at once: an exception amid an import could be taken for a package that is missing."""
    os.write(2, f"{STOPPED}\n".encode())
    os._exit(128 + number)
