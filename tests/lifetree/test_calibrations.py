"""Shipped calibrations: they fit the city's subjects, a build takes them by a word, and a misfit is told."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import lifetree.build
from engine.errors import ConfigurationError
from engine.settings import Subject
from engine.settings.shipped import shipped, shipped_calibration
from lifetree.cli import main
from matchers.models import calibration_faults, load_calibration

EXAMPLE = shipped("example")
SUBJECTS = tomllib.loads(shipped("city", "subjects.toml").read_text(encoding="utf-8"))["subject"]


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_shipped_calibration_fits_the_city(name: str) -> None:
    calibration = load_calibration(shipped_calibration(name))
    assert list(calibration_faults(calibration, Subject.model_validate(SUBJECTS[name]), name=name)) == []


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_shipped_calibration_says_what_it_was_trained_on(name: str) -> None:
    told = load_calibration(shipped_calibration(name)).provenance
    assert "seed 9001" in told.data
    assert "errors_training.toml" in told.data


def test_a_subject_without_a_shipped_calibration_is_told_with_those_that_have_one() -> None:
    with pytest.raises(ConfigurationError, match=r"subject 'ship'; there are those of building, legal_entity, person"):
        shipped_calibration("ship")


def test_the_word_stands_for_the_shipped_file(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    monkeypatch.setattr(lifetree.build, "build", lambda *_, **given: seen.update(given) or {"accounts": {}})
    CliRunner().invoke(main, ["build", str(EXAMPLE), "--calibration", "person=shipped", "--format", "json"])
    assert seen["calibration"] == {"person": shipped_calibration("person")}


def test_a_shipped_calibration_that_does_not_fit_is_told_before_anything_is_read(tmp_path: Path) -> None:
    for file in EXAMPLE.rglob("*"):
        if file.is_file() and "store" not in file.parts:
            copy = tmp_path / file.relative_to(EXAMPLE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    result = CliRunner().invoke(main, ["build", str(tmp_path), "--calibration", "person=shipped"])
    assert result.exit_code == 1
    assert "subject person: calibration has the comparisons name, birth_date" in result.stderr
    assert "`lifetree train` makes a calibration that fits the project" in result.stderr
    assert not (tmp_path / "store").exists()
