"""Values that too many bear are the same however signatures lie in buckets."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from engine.settings import Subject
from engine.tables import MASS_VALUES
from matchers.masses import MassTest, bear, count_bearing, count_values, gather, silence, weigh_values

SUBJECT = Subject.model_validate(
    {
        "attributes": {"name": "name", "phone": "phone", "born": "date"},
        "blocking": ["phone"],
        "comparison": [{"attribute": "name"}],
    }
)
LIMITS = {"phone": (2.0, "null"), "name": (3.0, "flag")}
TESTS = tuple(
    MassTest(attribute=name, kind=name, rule="A7", when="births > limit", limit=limit, action=action)  # type: ignore[arg-type]
    for name, (limit, action) in LIMITS.items()
)
SHARE = 0.3
SHARES = tuple(
    MassTest(attribute=name, kind=name, rule="A7", when=when, limit=limit, action="null")
    for name, limit, when in (
        ("phone", SHARE, "signatures > limit * bearing"),
        ("phone", 9.0, "signatures > limit"),
        ("name", SHARE, "signatures > limit * bearing"),
    )
)


def masses(signatures: pl.DataFrame, buckets: int, tests: tuple[MassTest, ...] = TESTS) -> pl.DataFrame:
    """Return the masses of signatures that are dealt to buckets by their column `bucket`."""
    dealt = [signatures.filter(pl.col("bucket") % buckets == bucket) for bucket in range(buckets)]
    counts = pl.concat([count_values(part, tests=tests, buckets=buckets) for part in dealt])
    bearing = pl.concat([count_bearing(part, tests=tests) for part in dealt])
    candidates = gather(counts, bearing, tests=tests, buckets=buckets).candidates
    bearers = pl.concat([bear(part, candidates, subject=SUBJECT) for part in dealt])
    return weigh_values(bearers, tests=tests, name="person")


def expected(signatures: pl.DataFrame) -> set[tuple[str, str, int]]:
    """Return the masses counted plainly."""
    found = set()
    for name, (limit, _) in LIMITS.items():
        for value in set(signatures[name].drop_nulls()):
            births = signatures.filter(pl.col(name) == value)["born"].drop_nulls().n_unique()
            if births > limit:
                found.add((name, value, births))
    return found


texts = st.one_of(st.none(), st.sampled_from("abcd"))
signatures = st.lists(
    st.tuples(texts, texts, st.one_of(st.none(), st.sampled_from("123456")), st.integers(0, 99)), max_size=40
)


@given(signatures, st.integers(1, 9))
def test_masses_do_not_depend_on_buckets(rows: list[tuple[str | None, ...]], buckets: int) -> None:
    schema = {"name": pl.String, "phone": pl.String, "born": pl.String, "bucket": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_row_index("signature_id")

    found = masses(frame, buckets)

    assert set(found.select("attribute", "value", "births").rows()) == expected(frame)
    assert found.equals(masses(frame.reverse(), 1))


@given(signatures, st.integers(1, 9))
def test_a_share_is_of_all_that_bear_any_value(rows: list[tuple[str | None, ...]], buckets: int) -> None:
    schema = {"name": pl.String, "phone": pl.String, "born": pl.String, "bucket": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_row_index("signature_id")
    limits = {name: SHARE * frame[name].count() for name in ("name", "phone")}
    counts = {name: frame[name].drop_nulls().value_counts().rows() for name in limits}

    found = masses(frame, buckets, SHARES)

    many = {
        (name, value, count) for name in limits for value, count in counts[name] if count > max(1, min(limits[name], 9))
    }
    assert set(found.select("attribute", "value", "signatures").rows()) == {
        (name, value, count) for name, value, count in many if name == "phone" or count > limits[name]
    }


@given(signatures)
def test_what_is_silenced_is_only_what_the_table_says(rows: list[tuple[str | None, ...]]) -> None:
    schema = {"name": pl.String, "phone": pl.String, "born": pl.String, "bucket": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_row_index("signature_id")
    found = masses(frame, 3)
    void = set(found.filter(pl.col("action") == "null")["value"])

    silent = silence(frame, found)

    assert silent.drop("phone").equals(frame.drop("phone"))
    assert silent["phone"].to_list() == [None if phone in void else phone for phone in frame["phone"]]
    assert silence(frame, MASS_VALUES.empty()).equals(frame)
