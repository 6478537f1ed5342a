"""A few signatures resolved anew: several worlds together as each alone."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine.settings.subject import Subject
from engine.tables import GENERIC_VALUES, MASS_VALUES, SIGNATURES
from matchers.explain import Known, resolve_each, resolve_few
from matchers.models import train
from matchers.realtime import weigher

ATTRIBUTES = ("name", "born", "id_no", "old_no")
JUDGED = {"signature_l": pl.Int64, "signature_r": pl.Int64, "judgement": pl.String}

PERSONS = [
    (10, 3, ["tax"], "ann", "1980", "1", None),
    (20, 1, ["tax", "school"], "ann", "1980", "1", None),
    (30, 1, ["school"], "bo", "1991", "1", None),
    (40, 2, ["clinic"], "bo", "1991", "2", None),
    (50, 1, ["clinic"], "bo", "1991", "3", "2"),
    (60, 1, ["court"], "cy", "1970", "9", None),
    (70, 1, ["court"], "dee", "1975", "9", None),
    (80, 1, ["court"], "bo", "1991", None, None),
]


def signatures(*ids: int) -> pl.DataFrame:
    rows = pl.DataFrame(PERSONS, schema=["signature_id", "records", "sources", *ATTRIBUTES], orient="row")
    seen = rows.with_columns(first_seen=pl.lit(None), last_seen=pl.lit(None))
    return SIGNATURES.conform(seen.filter(pl.col("signature_id").is_in(ids)), ATTRIBUTES)


def known(*, pairs: str = "all", remembers: bool = True) -> Known:
    subject = Subject.model_validate(
        {
            "attributes": dict.fromkeys(ATTRIBUTES, "text"),
            "blocking": ["name", "born"],
            "comparison": [{"attribute": "name", "kind": "text"}, {"attribute": "born", "kind": "exact"}],
            "identifier": [{"attribute": "id_no", "former": "old_no", "exclusive": True, "contradicted_by": ["name"]}],
            "pairs": pairs,
        }
    )
    calibration = train(signatures(*(row[0] for row in PERSONS)), subject=subject, name="person")
    generic = GENERIC_VALUES.conform(
        pl.DataFrame({"blocking_rule": ["identifier id_no"], "value": ["9"], "signatures": [500], "pairs": [124_750]})
    )
    model = calibration.model_copy(update={"c": 4.0})
    weighing = weigher(subject, model, 8) if remembers else None
    return Known(subject, model, 8, generic, MASS_VALUES.empty(), weighing)


def judged(*rows: tuple[int, int, str]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=JUDGED, orient="row")


WORLDS = [(10, 20, 30), (30, 40, 50), (10, 40, 50, 80), (60, 70), (10, 20, 30, 40, 50, 60, 70, 80), (20,)]


@pytest.mark.parametrize("pairs", ["all", "between_sources"])
@pytest.mark.parametrize(
    "decisions",
    [
        pytest.param([], id="nobody judged"),
        pytest.param([(10, 30, "same"), (40, 80, "different")], id="judged the same and different"),
        pytest.param([(10, 99, "same"), (40, 99, "same")], id="judged with a signature that no world holds"),
    ],
)
def test_worlds_resolved_together_are_as_each_is_alone(pairs: str, decisions: list[tuple[int, int, str]]) -> None:
    settings, told = known(pairs=pairs), judged(*decisions)
    worlds = [signatures(*ids) for ids in WORLDS]

    together = resolve_each(worlds, told, known=settings)

    assert len(together) == len(worlds)
    for world, one in zip(worlds, together, strict=True):
        alone = resolve_few(world, told, known=settings)
        for found, expected in zip(one, alone, strict=True):
            assert_frame_equal(found, expected, check_row_order=False)
        assert set(one.clusters["signature_id"]) == set(world["signature_id"])
    by_build = resolve_each(worlds, told, known=known(pairs=pairs, remembers=False))
    for one, same in zip(together, by_build, strict=True):
        for found, expected in zip(one, same, strict=True):
            assert_frame_equal(found, expected, check_row_order=False)


def test_conflicts_tell_the_value_as_it_is_borne() -> None:
    found = resolve_few(signatures(10, 20, 30), judged(), known=known())

    assert found.conflicts.select("reason", "attribute", "value").rows() == [("contradiction", "id_no", "1")]
    assert found.links.select("signature_l", "signature_r", "reason").rows() == [(10, 20, "identifier")]
    assert found.clusters["cluster_id"].n_unique() == 2


def test_a_value_that_is_too_common_links_nobody() -> None:
    assert resolve_few(signatures(60, 70), judged(), known=known()).links.is_empty()
