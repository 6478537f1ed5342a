"""Who counts in small towns: the acceptance cases of a count, written out."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from engine.settings import Count
from engine.tables import EVENTS, REVIEW, SPELLS
from trees.census import bridge, membership, pending_duplicates, vitals
from trees.events import event_types

AS_OF = "2024-12-31"
HOME, A, B, C = "330199009", "330199002", "330199003", "330299004"


def spells(
    *rows: tuple[str, str, str, str | None, str | None], rank: int = 1, recorded_at: str = "2020-01-01"
) -> pl.DataFrame:
    """Return spells: entity, kind, place, first day, day after the last."""
    columns = ("entity_id", "kind", "place", "valid_from", "valid_to")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row").with_row_index("spell_id")
    return SPELLS.conform(
        frame.with_columns(recorded_at=pl.lit(recorded_at), rank=rank, sources=pl.lit(["civil"]), witnesses=1)
    )


def events(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """Return events of one source: entity, type, day."""
    frame = pl.DataFrame(rows, schema=["entity_id", "event_type", "valid_from"], orient="row").with_row_index(
        "event_id"
    )
    missing = {name: pl.lit(None) for name in EVENTS.columns if name not in frame.columns}
    return EVENTS.conform(frame.with_columns(**missing).with_columns(sources=pl.lit(["one"]), witnesses=1))


def counted(
    lived: pl.DataFrame,
    happened: pl.DataFrame | None = None,
    *,
    definition: str = "census",
    as_of: str = AS_OF,
    area: str = "",
    **options: Any,
) -> dict[str, str | None]:
    """Return, by entity, the township in which it counts, or why it does not."""
    count = Count.model_validate({"definition": "CZ_CENSUS", "as_of": as_of, "area": [area] if area else [], **options})
    types = event_types()["person"]
    alive = vitals(EVENTS.empty() if happened is None else happened, as_of=count.as_of, types=types)
    everyone = lived.select("entity_id").unique()
    members = membership(lived, alive, everyone, count=count, predicate=definition)
    return {entity: reason or place for entity, place, _, reason in members.rows()}


MIGRANT = [
    ("m", "hukou", HOME, "1990-01-01", None),
    ("m", "declared", A, "2024-01-01", "2024-05-01"),
    ("m", "declared", B, "2024-05-01", "2024-09-01"),
    ("m", "declared", C, "2024-09-01", None),
]


def test_the_clock_of_a_migrant_runs_from_leaving_the_hukou_not_from_arriving() -> None:
    lived = spells(*MIGRANT)

    assert counted(lived) == {"m": C}
    assert counted(lived, area=C[:6]) == {"m": C}
    assert counted(lived, area=HOME[:6]) == {"m": "moved_out"}
    assert counted(lived, definition="hukou", area=HOME[:6]) == {"m": HOME}
    assert counted(lived, definition="hukou", area=C[:6]) == {"m": "other_definition"}


@pytest.mark.parametrize(
    ("as_of", "where"),
    [
        pytest.param("2024-06-30", HOME, id="away for less than half a year one counts at the hukou"),
        pytest.param("2024-07-01", B, id="half a year to the day is enough"),
        pytest.param("2023-12-31", HOME, id="before leaving one counts at the hukou"),
    ],
)
def test_half_a_year_decides(as_of: str, where: str) -> None:
    sign = events(("m", "MED.VIS", "2023-06-01"))

    assert counted(spells(*MIGRANT), sign, as_of=as_of) == {"m": where}


def test_a_return_home_starts_the_clock_anew() -> None:
    lived = spells(
        ("m", "hukou", HOME, "1990-01-01", None),
        ("m", "declared", A, "2020-01-01", "2021-01-01"),
        ("m", "declared", HOME, "2021-01-01", "2024-10-01"),
        ("m", "declared", B, "2024-10-01", None),
    )

    assert counted(lived) == {"m": HOME}


def test_an_old_absence_does_not_lengthen_a_new_one() -> None:
    lived = spells(
        ("m", "hukou", HOME, "1990-01-01", None),
        ("m", "declared", A, "2010-01-01", "2012-01-01"),
        ("m", "declared", B, "2024-10-01", None),
    )

    assert counted(lived) == {"m": HOME}


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        pytest.param([("p", "declared", A, "2024-12-01", None)], A, id="without hukou one counts where one lives"),
        pytest.param([("p", "hukou", HOME, None, None), ("p", "abroad", "abroad", "2020-01-01", None)], HOME, id="abroad one counts at the hukou"),
        pytest.param([("p", "hukou", HOME, "1990-01-01", "2020-01-01")], "moved_out", id="a cancelled hukou counts nowhere"),
        pytest.param([("p", "hukou", HOME, "1990-01-01", None), ("p", "hukou", A, "2010-01-01", None), ("p", "declared", A, "2024-12-01", None)], A, id="the later of two open hukou holds"),
        pytest.param([("p", "hukou", HOME, "1990-01-01", None), ("p", "hukou", A, "2010-01-01", "2015-01-01")], "moved_out", id="an open hukou is over when a later one began, even if that ended"),
        pytest.param([("p", "hukou", HOME, None, None), ("p", "declared", HOME[:6], "2024-12-01", None)], HOME, id="a county alone does not say that one left the township"),
        pytest.param([("p", "hukou", HOME, None, None), ("p", "declared", A, None, None), ("p", "observed", A[:6] + "777", "2024-10-01", "2024-11-01")], A, id="away since an unknown day is long"),
    ],
)  # fmt: skip
def test_where_one_counts(rows: list[tuple[str, str, str, str | None, str | None]], where: str) -> None:
    assert counted(spells(*rows)) == {"p": where}


def test_a_hukou_without_a_sign_of_life_is_counted_as_hukou_alone() -> None:
    lived = spells(("g", "hukou", HOME, "2018-09-01", None))
    silent, seen = events(("g", "EDU.GRD", "2022-06-30")), events(("g", "MED.VIS", "2023-06-30"))
    paid = events(("g", "RET.PAY", "2024-12-01"))

    assert counted(lived, silent, definition="hukou") == {"g": HOME}
    assert counted(lived, silent) == {"g": "moved_out"}
    assert counted(lived, seen) == {"g": HOME}
    assert counted(lived, paid) == {"g": "moved_out"}
    assert counted(lived, seen, active_months=12) == {"g": "moved_out"}


def test_who_copies_the_place_of_hukou_speaks_only_where_its_register_is_silent() -> None:
    copied = spells(("p", "hukou", HOME, "2016-05-01", None), ("q", "hukou", HOME, "2016-05-01", None), rank=2)
    copied = copied.with_columns(sources=pl.lit(["card", "school"]))
    police = spells(("p", "hukou", A, "1990-01-01", "2015-01-01"))
    lived = pl.concat([copied, police.with_columns(spell_id=pl.lit(9, pl.Int64))])

    assert counted(lived, definition="hukou") == {"p": "moved_out", "q": HOME}
    once = copied.with_columns(sources=pl.lit(["card"]))
    assert counted(once.filter(pl.col("entity_id") == "q"), definition="hukou") == {"q": "other_definition"}


def test_silence_away_from_the_hukou_does_not_bring_one_back() -> None:
    lived = spells(
        ("m", "hukou", HOME, "1990-01-01", None),
        ("m", "inferred", A, "2019-01-01", "2019-07-03"),
        ("m", "inferred", B, "2024-11-01", "2025-05-03"),
    )
    visit = ("m", "inferred", HOME, "2020-01-01", "2020-07-02")
    stayed = spells(*lived.select("entity_id", "kind", "place", "valid_from", "valid_to").rows(), visit)

    assert counted(lived) == {"m": B}
    assert counted(stayed) == {"m": HOME}


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        pytest.param([("p", "abroad", "abroad", "2024-12-01", None)], A, id="a journey is no stay abroad"),
        pytest.param([("p", "abroad", "abroad", "2020-03-01", "2020-03-11")], A, id="one came back"),
        pytest.param([("p", "abroad", "abroad", "2020-03-01", None)], HOME, id="gone, and not seen again"),
        pytest.param([("p", "abroad", "abroad", "2020-03-01", None), ("p", "observed", B, "2024-12-01", "2025-06-02")], B, id="seen since"),
    ],
)  # fmt: skip
def test_abroad(rows: list[tuple[str, str, str, str | None, str | None]], where: str) -> None:
    home = [("p", "hukou", HOME, None, None), ("p", "declared", A, "2010-01-01", None)]
    sign = events(("p", "EXT.CROSS", "2024-12-01"))

    assert counted(spells(*home, *rows, recorded_at="2010-01-01"), sign) == {"p": where}


def test_of_inferred_homes_the_one_with_most_signs_holds() -> None:
    lived = spells(("p", "inferred", A, "2024-01-01", None), ("p", "inferred", B, "2024-06-01", None))
    often = pl.when(pl.col("place") == A).then(5).otherwise(1)

    assert counted(lived) == {"p": B}
    assert counted(lived.with_columns(witnesses=often.cast(pl.Int64))) == {"p": A}


def test_a_home_that_lapsed_holds_while_signs_of_life_go_on() -> None:
    permit = ("m", "declared", A, "2021-01-01", "2022-01-01")
    seen, silent = events(("m", "MED.VIS", "2024-06-01")), events(("m", "MED.VIS", "2022-06-01"))

    assert counted(spells(permit), seen) == {"m": A}
    assert counted(spells(permit), silent) == {"m": "moved_out"}
    assert counted(spells(permit, ("m", "hukou", B, "2023-05-01", None)), seen) == {"m": B}
    assert counted(spells(permit, ("m", "hukou", B, "2010-01-01", "2023-05-01")), seen) == {"m": "other_definition"}
    assert counted(spells(permit, ("m", "declared", B, "2022-01-01", None)), seen) == {"m": B}
    assert counted(spells(("m", "declared", A, "2015-01-01", None)), silent) == {"m": "moved_out"}


def test_a_dead_pensioner_does_not_count_though_pension_and_card_go_on() -> None:
    lived = spells(("d", "hukou", HOME, "1970-01-01", None))
    happened = events(
        ("d", "MED.VIS", "2023-01-10"), ("d", "DTH.CREM", "2023-03-10"), ("d", "MED.VIS", "2023-05-02"),
        *(("d", "RET.PAY", f"2023-{month:02d}") for month in range(1, 13)),
    )  # fmt: skip

    assert counted(lived, happened, as_of="2023-03-09") == {"d": HOME}
    assert counted(lived, happened, as_of="2023-04-01") == {"d": "dead"}
    assert counted(lived, happened, as_of="2023-04-01", definition="hukou") == {"d": "dead"}


def test_one_certified_in_person_after_a_death_that_one_source_tells_is_alive() -> None:
    lived = spells(("w", "hukou", HOME, "1970-01-01", None))
    wrong = [("w", "DTH.CREM", "2023-03-10"), ("w", "RET.CERT", "2023-06-01")]
    twice = events(*wrong).with_columns(
        sources=pl.when(pl.col("event_type") == "DTH.CREM").then(pl.lit(["one", "two"])).otherwise("sources")
    )

    assert counted(lived, events(*wrong)) == {"w": HOME}
    assert counted(lived, twice) == {"w": "dead"}
    assert counted(lived, events(*wrong), as_of="2023-04-01") == {"w": "dead"}


def test_one_born_after_the_day_does_not_count() -> None:
    lived = spells(("c", "hukou", HOME, None, None), ("c", "declared", HOME, None, None))

    assert counted(lived, events(("c", "BIR.CERT", "2025-01-03"))) == {"c": "other_definition"}


def test_an_inferred_home_counts_with_its_probability() -> None:
    lived = spells(("i", "inferred", A, "2024-01-01", None))
    registered = pl.concat([lived, spells(("i", "hukou", HOME, None, None)).with_columns(spell_id=pl.lit(9, pl.Int64))])
    everyone = lived.select("entity_id")
    count = Count.model_validate({"definition": "CZ_CENSUS", "as_of": AS_OF, "certain_inferred": 0.4})
    nothing = vitals(EVENTS.empty(), as_of=count.as_of, types=event_types()["person"])

    (row,) = membership(lived, nothing, everyone, count=count, predicate="census").to_dicts()

    (sure,) = membership(registered, nothing, everyone, count=count, predicate="census").to_dicts()

    assert row == {"entity_id": "i", "place": A, "probability": 0.4, "reason": "other_definition"}
    assert sure == {"entity_id": "i", "place": A, "probability": 1.0, "reason": None}


def test_a_double_hukou_counts_twice_until_someone_decides_and_the_bridge_shows_it() -> None:
    members = pl.DataFrame(
        {"entity_id": ["e1", "e2", "e3"], "reason": [None, None, None]}, schema_overrides={"reason": pl.String}
    )
    owners = pl.DataFrame({"signature_id": [1, 2, 3], "entity_id": ["e1", "e2", "e3"]})
    review = REVIEW.conform(
        pl.DataFrame({"signature_l": [1], "signature_r": [2], "match_weight": [0], "reason": ["model"]})
    )
    keys = pl.DataFrame({"key": ["1", "2"], "entity_id": ["e1", "e2"]})

    pending = pending_duplicates(review, owners, members)
    found = bridge("civil", keys, members, pending)

    assert pending["entity_id"].to_list() == ["e2"]
    assert found.claimed == 2
    assert {step: persons for step, persons in found.steps.items() if persons} == {
        "set_aside": -1, "found_elsewhere": 1, "pending_review": 1,
    }  # fmt: skip
    assert found.agreed == 3
    assert found.claimed + sum(found.steps.values()) - found.steps["pending_review"] == 2


def test_possible_duplicates_are_all_but_one_of_those_that_pairs_connect() -> None:
    pairs = [(1, 4), (2, 4), (3, 9)]
    review = REVIEW.conform(
        pl.DataFrame(pairs, schema=["signature_l", "signature_r"], orient="row").with_columns(
            match_weight=0, reason=pl.lit("model")
        )
    )
    owners = pl.DataFrame({"signature_id": [1, 2, 3, 4, 9], "entity_id": ["a", "b", "c", "d", "z"]})
    listed = pl.DataFrame({"entity_id": ["a", "b", "c", "d"]})

    assert pending_duplicates(review, owners, listed)["entity_id"].to_list() == ["b", "d"]


def test_the_day_is_a_parameter() -> None:
    assert Count.model_validate({"definition": "HUKOU", "as_of": "2024-12-31"}).as_of == date(2024, 12, 31)
