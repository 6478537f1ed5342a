"""Error rates from a file: the city errs by them, and a file with faults makes no city."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from engine.city.error_file import with_error_file
from engine.city.generate import generate
from engine.city.settings import load_catalogue
from engine.errors import ConfigurationError
from engine.settings.shipped import shipped

SHIPPED = shipped("city", "errors.toml")


def changed(folder: Path, *pairs: tuple[str, str]) -> Path:
    text = SHIPPED.read_text(encoding="utf-8")
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after, 1)
    file = folder / "rates.toml"
    file.write_text(text, encoding="utf-8")
    return file


def faults(file: Path) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        with_error_file(load_catalogue(), file)
    return caught.value.faults


def test_the_shipped_file_changes_nothing() -> None:
    assert with_error_file(load_catalogue(), SHIPPED) == load_catalogue()


def test_the_file_of_the_calibrations_errs_otherwise_in_nearly_every_kind() -> None:
    taught = with_error_file(load_catalogue(), shipped("city", "errors_training.toml"))
    pairs = list(zip(taught.errors, load_catalogue().errors, strict=True))
    same = [one.kind for one, other in pairs if one.rate == other.rate > 0]
    assert same == []
    assert all(one.source for one, _ in pairs)


def test_the_order_of_kinds_in_the_file_does_not_matter(tmp_path: Path) -> None:
    head, *entries = SHIPPED.read_text(encoding="utf-8").partition("[profile.")[0].split("[[error]]")
    profiles = SHIPPED.read_text(encoding="utf-8").partition("[profile.")[2]
    file = tmp_path / "turned.toml"
    turned = "".join(f"[[error]]{entry.partition('#')[0]}" for entry in reversed(entries))
    file.write_text(f"{head}{turned}\n[profile.{profiles}", encoding="utf-8")
    assert with_error_file(load_catalogue(), file) == load_catalogue()


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    file = changed(
        tmp_path,
        ('kind = "digit"', 'kind = "digitt"'),
        ('kind = "lunar"\nfield = "birth"', 'kind = "lunar"\nfield = "name"'),
        ('befalls = "child"', 'befalls = "newborn"'),
        ("[profile.police]", "[profile.polise]"),
    )
    assert faults(file) == (
        "rates.toml: unknown kind 'digitt'; did you mean 'digit'?",
        "rates.toml: kind 'digit' is left out; a rate of 0 makes none",
        "rates.toml: kind 'missing_id_child': befalls is 'child', got 'newborn'",
        "rates.toml: kind 'lunar': field is 'birth', got 'name'",
        "rates.toml: no source has the profile 'polise'; did you mean 'police'?",
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("corrected = 2\n[[error]]\nkind = 'x'", "less than or equal to 1", id="a rate over 1"),
        pytest.param("[[error]]\nkind = 'x'", "'corrected' is missing", id="a key left out"),
        pytest.param("corrected = ", "rates.toml", id="no TOML"),
    ],
)
def test_a_file_of_another_form_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "rates.toml").write_text(text, encoding="utf-8")
    assert any(told in fault for fault in faults(tmp_path / "rates.toml"))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    [fault] = faults(tmp_path / "nowhere.toml")
    assert "No such file" in fault


def test_the_city_errs_by_the_file(tmp_path: Path) -> None:
    file = changed(
        tmp_path, ('kind = "wrong_sex"\nfield = "sex"\nrate = 0.001', 'kind = "wrong_sex"\nfield = "sex"\nrate = 0.5')
    )
    made = {}
    for name, error_file in (("shipped", None), ("other", file)):
        generate(tmp_path / name, persons=1_000, seed=1, months=1, error_file=error_file)
        errors = pl.read_parquet(tmp_path / name / "truth" / "errors.parquet")
        made[name] = errors.filter(pl.col("kind") == "wrong_sex").height
    assert made["other"] > 100 * made["shipped"]
