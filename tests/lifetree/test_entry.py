"""The program can be stopped while it is still being loaded, and while it works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STOPPED = "stopped; the same command continues\n"

LOADING = """
import os, signal, sys
from importlib.abc import MetaPathFinder

class Stop(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "{module}":
            os.kill(os.getpid(), signal.{signal})
            for _ in range(1000):
                pass
        return None

sys.meta_path.insert(0, Stop())
from lifetree.entry import main
sys.argv = ["lifetree", "build", "nowhere"]
main()
"""


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
@pytest.mark.parametrize("module", ["lifetree.cli", "engine.settings.project", "lifetree.build"])
def test_a_stop_amid_the_imports_is_told_in_a_sentence(module: str, name: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADING.format(module=module, signal=name)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr, done.stdout) == (code, STOPPED, "")


def test_python_m_and_the_installed_command_begin_at_the_same_place() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lifetree", "--version"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("lifetree, version")
    assert 'lifetree = "lifetree.entry:main"' in (ROOT / "pyproject.toml").read_text()
