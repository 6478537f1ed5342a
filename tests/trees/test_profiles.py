import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.settings import Subject
from engine.tables import RECORDS
from trees.profiles import profile


def subject(*rules: str, trust: tuple[str, ...] = ()) -> Subject:
    name: dict[str, object] = {"kind": "text", "trust": trust}
    if rules:
        name["survivorship"] = rules
    return Subject.model_validate(
        {"attributes": {"name": name}, "blocking": ["name"], "comparison": [{"attribute": "name"}]}
    )


def records(*rows: tuple[str, str, str | None, str | None]) -> pl.DataFrame:
    frame = pl.DataFrame(
        rows, schema=dict.fromkeys(("source", "record_id", "name", "recorded_at"), pl.String), orient="row"
    )
    return RECORDS.conform(
        frame.with_columns(role=pl.lit(""), business_key=None, delivered_at=pl.lit("2024-01-01"), raw=pl.lit("{}")),
        ("name",),
    )


def one_entity(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select("source", "record_id", "role", signature_id=pl.lit(1), entity_id=pl.lit("E"))


RIVALS = records(
    ("tax", "1", "Ann Lee", "2020-01-01"),
    ("tax", "2", "Ann Lee", "2020-02-01"),
    ("births", "3", "Anne Lee", "2019-01-01"),
    ("school", "4", "A Lee", "2023-01-01"),
)


@pytest.mark.parametrize(
    ("settings", "value", "rule"),
    [
        (subject("trusted", trust=("births", "tax")), "Anne Lee", "trusted"),
        (subject("trusted", "frequent", trust=("school",)), "A Lee", "trusted"),
        (subject("frequent"), "Ann Lee", "frequent"),
        (subject("recent"), "A Lee", "recent"),
        (subject("longest"), "Anne Lee", "longest"),
        (subject("trusted", "frequent"), "Ann Lee", "frequent"),
        (subject("trusted"), "A Lee", "tie"),
    ],
    ids=[
        "the most trusted source", "trust before frequency", "most records", "seen last", "most characters",
        "no source is trusted, so the next rule decides", "no rule decides, so the smallest value",
    ],
)  # fmt: skip
def test_the_rules_apply_in_order(settings, value, rule):
    profiles = profile(RIVALS, one_entity(RIVALS), subject=settings).profiles

    assert profiles.select("value", "rule", "alternatives").rows() == [(value, rule, 2)]


def test_a_rule_decides_when_it_leaves_one_value():
    frame = records(
        ("tax", "1", "Ann Lee", "2020"), ("births", "2", "Anne Lee", "2020"), ("school", "3", "A Lee", "2023")
    )

    profiles = profile(frame, one_entity(frame), subject=subject("trusted", "longest", trust=("none",))).profiles

    assert profiles.select("value", "rule").rows() == [("Anne Lee", "longest")]


def test_a_profile_value_names_the_latest_record_that_bears_it():
    profiles = profile(RIVALS, one_entity(RIVALS), subject=subject("frequent")).profiles

    assert profiles.rows() == [("E", "name", "Ann Lee", "frequent", "tax", "2", "", 2, 1, 2)]


def test_every_value_is_kept_with_its_witnesses():
    frame = records(
        ("tax", "1", "Ann", "2020"),
        ("births", "2", "Ann", None),
        ("tax", "3", "Bob", "2022"),
        ("tax", "4", None, "2022"),
    )

    values = profile(frame, one_entity(frame), subject=subject()).attribute_values

    assert values.rows() == [
        ("E", "name", "Ann", 2, ["births", "tax"], "2020", "2024-01-01", True),
        ("E", "name", "Bob", 1, ["tax"], "2022", "2022", False),
    ]


def test_a_sole_value_survives_because_it_is_the_only_one_and_a_missing_one_has_no_row():
    frame = records(("tax", "1", "Ann", None), ("tax", "2", None, None))
    record_entity = one_entity(frame).with_columns(entity_id=pl.Series(["E", "F"]))

    profiles = profile(frame, record_entity, subject=subject()).profiles

    assert profiles.select("entity_id", "value", "rule", "alternatives").rows() == [("E", "Ann", "only", 0)]


def test_without_entities_there_are_no_profiles():
    profiled = profile(RIVALS.clear(), one_entity(RIVALS).clear(), subject=subject())

    assert (profiled.profiles.height, profiled.attribute_values.height) == (0, 0)


mentions = st.lists(
    st.tuples(
        st.sampled_from(["tax", "births", "school"]),
        st.sampled_from(["E", "F", "G"]),
        st.sampled_from(["Ann", "Anne", "Bo", None]),
        st.sampled_from(["2020", "2021", None]),
    ),
    min_size=1,
    max_size=20,
)


@given(mentions, st.permutations(["trusted", "frequent", "recent", "longest"]))
def test_the_profile_comes_from_a_member_record_whatever_the_order_of_rows(rows, rules):
    frame = records(*((source, str(i), name, at) for i, (source, _, name, at) in enumerate(rows)))
    entities = pl.DataFrame({"record_id": [str(i) for i in range(len(rows))], "entity_id": [row[1] for row in rows]})
    record_entity = one_entity(frame).drop("entity_id").join(entities, on="record_id")
    settings = subject(*rules, trust=("school", "tax"))

    forth = profile(frame, record_entity, subject=settings)
    back = profile(frame.reverse(), record_entity.reverse(), subject=settings)

    borne = forth.profiles.join(frame, on=["source", "record_id", "role"]).join(
        record_entity, on=["source", "record_id", "role"]
    )
    assert borne.height == forth.profiles.height
    assert (borne["value"] == borne["name"]).all()
    assert (borne["entity_id"] == borne["entity_id_right"]).all()
    assert forth.attribute_values.filter("survives").height == forth.profiles.height
    assert_frame_equal(forth.profiles, back.profiles)
    assert_frame_equal(forth.attribute_values, back.attribute_values)
