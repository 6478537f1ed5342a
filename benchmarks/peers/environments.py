"""The virtual environment of a peer: pinned, made once, outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from benchmarks.peers.limits import last_line

VARIABLE = "LIFETREE_PEERS"
REQUIREMENTS = Path(__file__).parent / "requirements"
INSTALLED = "installed.txt"
"""The requirements that an environment was made with, written when it is whole."""


class NotInstalledError(RuntimeError):
    """The packages of a peer cannot be installed here; the text is what pip said last."""


def folder() -> Path:
    """Return where environments lie: the folder that the variable names, else one in the system's temporary folder."""
    return Path(os.environ.get(VARIABLE) or Path(tempfile.gettempdir()) / "lifetree-peers")


def place(system: str, requirements: str) -> Path:
    """Return the folder of an environment: another for other requirements or another Python.

    Examples:
        >>> a, b = (place("dedupe", text).name for text in ("dedupe==3.0.2", "dedupe==3.0.3"))
        >>> a.startswith("dedupe-"), a == b
        (True, False)
    """
    told = sha256(f"{sys.version}\n{requirements}".encode()).hexdigest()
    return folder() / f"{system}-{told[:12]}"


def python_of(system: str) -> Path:
    """Return the interpreter of the environment of a peer, which is made where it is not there yet.

    Raises:
        NotInstalledError: pip fails.
    """
    requirements = REQUIREMENTS / f"{system}.txt"
    where = place(system, requirements.read_text(encoding="utf-8"))
    python = where / "bin" / "python"
    if not (where / INSTALLED).is_file():
        _run([sys.executable, "-m", "venv", "--clear", str(where)])
        _run([str(python), "-m", "pip", "install", "--quiet", "-r", str(requirements)])
        (where / INSTALLED).write_text(requirements.read_text(encoding="utf-8"), encoding="utf-8")
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstalledError(f"not installable: {last_line(done.stderr or done.stdout)}")
