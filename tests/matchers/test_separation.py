"""Why two signatures are two entities: one stage each, the one that kept them apart."""

from __future__ import annotations

import polars as pl
import pytest

from engine.settings.subject import Subject
from engine.tables import CONFLICTS, GENERIC_VALUES, LINKS, SIGNATURES
from matchers.explain import separation
from matchers.models import Calibration, train

ATTRIBUTES = ("name", "id_no")
Row = tuple[str, str | None, list[str]]


def subject(pairs: str) -> Subject:
    return Subject.model_validate(
        {
            "attributes": dict.fromkeys(ATTRIBUTES, "text"),
            "blocking": ["name"],
            "comparison": [{"attribute": "name", "kind": "text"}],
            "identifier": [{"attribute": "id_no"}],
            "pairs": pairs,
        }
    )


def calibration(settings: Subject) -> Calibration:
    """Return a calibration under which no pair reaches the threshold."""
    trained = train(signatures(("ann", None, ["tax"])), subject=settings, name="person")
    return trained.model_copy(update={"c": 1e-9})


def signatures(*rows: Row) -> pl.DataFrame:
    frame = pl.DataFrame(
        [(number, 1, *row) for number, row in enumerate(rows)],
        schema={"signature_id": pl.Int64, "records": pl.Int64, "name": pl.String, "id_no": pl.String, "sources": pl.List(pl.String)},
        orient="row",
    ).with_columns(first_seen=pl.lit(None), last_seen=pl.lit(None))  # fmt: skip
    return SIGNATURES.conform(frame, ATTRIBUTES)


def separated(
    left: Row, right: Row, *, pairs: str = "all", generic: tuple[str, ...] = (), linked: bool = False
) -> dict[str, str]:
    settings = subject(pairs)
    common = [(rule, value, 5_000, 12_497_500) for rule, _, value in (one.partition("=") for one in generic)]
    return separation(
        signatures(left, right),
        subject=settings,
        calibration=calibration(settings),
        signatures=10_000,
        generic=GENERIC_VALUES.conform(pl.DataFrame(common, schema=GENERIC_VALUES.columns, orient="row")),
        conflicts=CONFLICTS.empty(),
        links=LINKS.conform(pl.DataFrame([(0, 1, 1, "model")] if linked else [], schema=LINKS.columns, orient="row")),
    )


ANN, BOB = ("ann", "000", ["tax"]), ("bob", "000", ["health"])


@pytest.mark.parametrize(
    ("left", "right", "generic", "stage", "told"),
    [
        pytest.param(ANN, BOB, ("identifier id_no=000",), "junk", "000 (identifier id_no)", id="a generic identifier alone"),
        pytest.param(ANN, ("ann", "000", ["tax"]), ("identifier id_no=000",), "junk", "000", id="a generic identifier, and compared"),
        pytest.param(ANN, ("ann", None, ["tax"]), ("identifier id_no=000", "name=ann"), "junk", "ann (name)", id="a generic name"),
        pytest.param(ANN, ("ann", None, ["tax"]), ("identifier id_no=000",), "weight", "below the threshold", id="only one bears it"),
        pytest.param(ANN, BOB, ("identifier id_no=111",), "not blocked", "no blocking rule", id="another value is generic"),
    ],
)  # fmt: skip
def test_a_generic_identifier_that_both_bear_is_named(
    left: Row, right: Row, generic: tuple[str, ...], stage: str, told: str
) -> None:
    found = separated(left, right, generic=generic)

    assert found["stage"] == stage
    assert told in found["because"]


@pytest.mark.parametrize(
    ("left", "right", "linked", "stage"),
    [
        pytest.param(["tax"], ["tax"], False, "same source", id="one source"),
        pytest.param(["tax"], ["tax"], True, "same source", id="one source, linked by an identifier"),
        pytest.param(["tax"], ["health"], False, "weight", id="two sources"),
        pytest.param(["tax", "health"], ["tax"], False, "weight", id="one of them of both, compared"),
        pytest.param(["tax", "health"], ["tax"], True, "same source", id="one of them of both, linked"),
    ],
)
def test_records_of_one_source_are_told_as_such_where_each_source_holds_a_subject_once(
    left: list[str], right: list[str], linked: bool, stage: str
) -> None:
    sides = ("ann", None, left), ("ann", None, right)

    assert separated(*sides, pairs="between_sources", linked=linked)["stage"] == stage
    assert separated(*sides, pairs="all", linked=linked)["stage"] == ("split" if linked else "weight")
