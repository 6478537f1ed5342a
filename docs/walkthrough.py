"""Runs the walk-through of README.md as it stands and puts the true output under each command: `make docs`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"```bash\n(?P<commands>.*?)```\n(?:\n```text\n.*?```\n)?", flags=re.DOTALL)
COST = re.compile(r"in [\d.]+ s, [\d,]+ MB")


def refreshed(text: str) -> str:
    """Return the text with the output of every `bash` block that prints something in a `text` block after it.

    The blocks run in order, in one empty folder.

    Raises:
        RuntimeError: a block fails.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        command = folder / "bin" / "lifetree"
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lifetree "$@"\n')
        command.chmod(0o755)
        paths = {"PATH": f"{command.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        (folder / "here").mkdir()
        return BLOCK.sub(lambda found: _block(found["commands"], folder / "here", {**os.environ, **paths}), text)


def without_cost(text: str) -> str:
    """Return the text without seconds and memory, which differ from run to run."""
    return COST.sub("in … s, … MB", text)


def _block(commands: str, folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-e", "-c", commands], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"this block of the walk-through fails:\n{commands}\n{done.stderr}")
    printed = f"\n```text\n{done.stdout.rstrip()}\n```\n" if done.stdout.strip() else ""
    return f"```bash\n{commands}```\n{printed}"


if __name__ == "__main__":
    README.write_text(refreshed(README.read_text(encoding="utf-8")), encoding="utf-8")
