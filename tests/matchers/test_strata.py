"""Strata: pairs within one are weighed by what its own signatures taught, all others by the subject's model."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from engine.errors import ConfigurationError
from engine.settings import load_project
from engine.settings.subject import Subject
from engine.tables import WEIGHT_SCALE
from matchers.explain import waterfall
from matchers.models import calibration_faults, score_candidates, train

PARTS = {
    "attributes": {"name": "text", "born": "text", "street": "text", "kind": "text"},
    "blocking": [["born"], ["name"]],
    "comparison": [{"attribute": "name"}, {"attribute": "born"}, {"attribute": "street"}],
}
PLAIN = Subject.model_validate(PARTS)
SUBJECT = Subject.model_validate({**PARTS, "stratum": [{"name": "newborns", "when": "kind = 'newborn'"}]})


def signatures() -> pl.DataFrame:
    """Return 300 subjects of two signatures each: the names of adults agree, those of newborns seldom do."""
    rows = []
    for number in range(300):
        newborn = number % 2
        for side in range(2):
            changed = newborn and side and number % 10 != 1
            rows.append(
                {
                    "name": f"placeholder {number}" if changed else f"name {number % 90}",
                    "born": f"20{number % 25:02}-01-{number % 28 + 1:02}",
                    "street": f"street {number}",
                    "kind": "newborn" if newborn else "adult",
                }
            )
    return pl.DataFrame(rows).with_row_index("signature_id").with_columns(pl.col("signature_id").cast(pl.Int64))


def test_pairs_of_a_stratum_are_weighed_by_its_own_model() -> None:
    table = signatures()
    calibration = train(table, subject=SUBJECT, name="person")
    pairs = pl.DataFrame({"signature_l": [0, 2, 0], "signature_r": [1, 3, 2]})
    (stratum,) = calibration.strata

    scored = score_candidates(pairs, table, calibration=calibration, subject=SUBJECT, signatures=table.height)
    plain = score_candidates(
        pairs,
        table,
        calibration=calibration.model_copy(update={"strata": ()}),
        subject=PLAIN,
        signatures=table.height,
    )

    assert scored["signature_r"].to_list() == [1, 3, 2]
    changed = (scored["match_weight"] != plain["match_weight"]).to_list()
    assert changed == [False, True, False]
    assert stratum.share == 0.5
    names = {one.label: {level.level: level.m for level in one.levels} for one in stratum.comparisons}["name"]
    assert names[0] > 0.5


def test_the_waterfall_of_a_pair_adds_up_in_its_stratum() -> None:
    table = signatures()
    calibration = train(table, subject=SUBJECT, name="person")
    pair = pl.DataFrame({"signature_l": [2], "signature_r": [3]})

    told = waterfall(
        table.filter(pl.col("signature_id").is_in([2, 3])),
        subject=SUBJECT,
        calibration=calibration,
        signatures=table.height,
    )
    scored = score_candidates(pair, table, calibration=calibration, subject=SUBJECT, signatures=table.height)

    total = told["prior"] + sum(step["weight"] + step["term_frequency"] for step in told["steps"])
    assert total == pytest.approx(told["match_weight"], abs=1e-6)
    assert told["match_weight"] == scored["match_weight"].item() / WEIGHT_SCALE


def test_a_calibration_of_other_strata_does_not_fit() -> None:
    calibration = train(signatures(), subject=PLAIN, name="person")

    assert [fault for fault in calibration_faults(calibration, SUBJECT) if "strata" in fault]


def test_what_is_wrong_with_a_stratum_is_told_before_any_scan(tmp_path: Path) -> None:
    (tmp_path / "lifetree.toml").write_text(
        """
        [[source]]
        name = "civil"
        files = "civil.csv"
        [[source.mention]]
        subject = "person"
        fields = { name = "name", town = "town" }
        [subject.person]
        attributes = { name = "name", town = "text" }
        blocking = ["name"]
        comparison = [{ attribute = "name" }, { attribute = "town" }]
        stratum = [{ name = "a", when = "town" }, { name = "a", when = "nothing = 1" }]
        """
    )

    with pytest.raises(ConfigurationError) as caught:
        load_project(tmp_path)

    told = "\n".join(caught.value.faults)
    assert "stratum 'a' stands twice" in told
    assert "must be true or false" in told
    assert "nothing" in told
