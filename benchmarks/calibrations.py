"""Which weights does lifetree ship for Chinese persons, legal entities and buildings?

`python -m benchmarks calibrations` writes configs/calibrations, one file per subject of the city's project. They are
trained without labels on a generated city whose seed and error file no test, demo or other suite uses. A change of
comparisons in configs/city/subjects.toml calls for it again.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.datasets import ROOT
from engine.settings import load_project
from lifetree.build import CHECKS, train
from lifetree.city import Asked, make_city
from matchers.models import Calibration, save_calibration

CALIBRATIONS = ROOT / "configs/calibrations"
ERROR_FILE = ROOT / "configs/city/errors_training.toml"
ASKED = Asked(persons=20_000, seed=9_001, error_file=ERROR_FILE)


def main(arguments: list[str]) -> int:
    """Train the shipped calibrations anew."""
    if arguments:
        print("usage: python -m benchmarks calibrations", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        for name, calibration in trained(Path(folder), ASKED).items():
            file = CALIBRATIONS / f"{name}.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            save_calibration(calibration, file)
            print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1e3:,.0f} kB")
    return 0


def trained(folder: Path, asked: Asked) -> dict[str, Calibration]:
    """Return the calibration of each subject of a city, which says on what it was trained."""
    make_city(folder, asked)
    rates = asked.error_file.name if asked.error_file else "errors.toml"
    told = f"generated city of {asked.persons} persons, seed {asked.seed}, errors of configs/city/{rates}"
    return {
        name: one.model_copy(update={"provenance": one.provenance.model_copy(update={"data": told})})
        for name, one in train(load_project(folder, checks=CHECKS)).items()
    }
