"""Kinds are idempotent and never empty; cleansing accounts for every row, whatever the order of rows."""

from __future__ import annotations

from datetime import date
from itertools import starmap

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.cleanse import cleanse, load_rulebook
from engine.cleanse.fields import grade
from engine.io import row_column
from engine.settings import Source, Subject
from engine.values import KINDS
from engine.values.date_signs import date_precision
from engine.values.dates import is_date, parse_date
from engine.values.functions import FUNCTIONS
from engine.values.lunar_dates import lunar_to_solar, solar_to_lunar

TYPED = st.text("0123456789 +-/.,:()xX年月日janfebAO王伟·éß#&'\u3000\u200b０Ａ", max_size=20)
CHINESE = st.text(
    "0123456789民国二〇一十廿闰初正农历年月日万千亿元角￥,.-号弄幢栋单元室省市区县镇路街村组", max_size=16
)
TEXTS = st.lists(st.none() | TYPED | CHINESE | st.text(max_size=12), max_size=12)
PERSON = Subject.model_validate(
    {"attributes": {"name": "name", "born": "date"}, "blocking": ["name"], "comparison": [{"attribute": "name"}]}
)
FIELDS = [{"subject": "person", "fields": {"name": "Name", "born": "Born"}}]
ROWS = st.tuples(
    st.sampled_from("ab"), st.sampled_from(["2024-01-01", "2024-02-01"]), st.sampled_from([None, "2020-01-01", "2021"]),
    st.sampled_from([None, "-", "王伟", "Ann"]), st.sampled_from([None, "1980", "x"]),
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@given(texts=TEXTS)
@settings(max_examples=25)
def test_clean_and_match_are_idempotent_and_never_empty(kind: str, texts: list[str | None]) -> None:
    one = KINDS[kind]
    frame = pl.DataFrame({"x": texts}, schema={"x": pl.String})
    kept = frame.select(one.clean(pl.col("x")))
    matched = kept.select(one.match(pl.col("x")))

    assert_frame_equal(kept.select(one.clean(pl.col("x"))), kept)
    assert_frame_equal(matched.select(one.match(pl.col("x"))), matched)
    assert "" not in kept["x"].to_list() + matched["x"].to_list()


@given(texts=TEXTS)
@settings(max_examples=40)
def test_what_is_read_as_a_date_is_one_text_for_one_date(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"x": texts}, schema={"x": pl.String})
    read = frame.select(parse_date(pl.col("x")))
    told = read.select("x", exact=date_precision(pl.col("x")), sound=is_date(pl.col("x")))

    assert_frame_equal(read.select(parse_date(pl.col("x"))), read)
    assert told.filter(pl.col("sound") != pl.col("exact").is_not_null()).is_empty()


@given(day=st.dates(date(1900, 1, 31), date(2101, 1, 28)))
@settings(max_examples=60)
def test_a_day_goes_to_the_chinese_calendar_and_back_but_for_a_leap_month(day: date) -> None:
    frame = pl.DataFrame({"x": [day.isoformat()]})
    lunar = frame.select(solar_to_lunar(pl.col("x")))
    back = date.fromisoformat(lunar.select(lunar_to_solar(pl.col("x"))).item() or day.isoformat())

    assert (day - back).days in {0, 29, 30}


@pytest.mark.parametrize("function", [name for name in FUNCTIONS if name.startswith("address_")])
@given(texts=TEXTS)
@settings(max_examples=15)
def test_addresses_do_not_depend_on_their_neighbours(function: str, texts: list[str | None]) -> None:
    ask = FUNCTIONS[function]
    together = pl.DataFrame({"x": texts}, schema={"x": pl.String}).select(ask(pl.col("x")))["x"].to_list()
    alone = [pl.DataFrame({"x": [one]}, schema={"x": pl.String}).select(ask(pl.col("x"))).item() for one in texts[:4]]

    assert together[:4] == alone
    assert all(answer is None for answer, text in zip(together, texts, strict=True) if text is None)
    assert "" not in together


@pytest.mark.parametrize("kind", KINDS)
@given(texts=TEXTS)
@settings(max_examples=15)
def test_grading_cleansed_values_changes_nothing_and_finds_only_what_stays_flagged(
    kind: str, texts: list[str | None]
) -> None:
    first = grade(pl.Series(texts, dtype=pl.String), kind=kind, rulebook=load_rulebook())
    again = grade(first.values["value"], kind=kind, rulebook=load_rulebook())

    assert again.values["raw"].to_list() == again.values["value"].to_list()
    assert again.findings.filter(pl.col("action") != "flag").is_empty()


@pytest.mark.parametrize("keyed", [True, False])
@given(drawn=st.lists(ROWS, max_size=12), data=st.data())
@settings(max_examples=40)
def test_accounts_sum_and_results_do_not_depend_on_row_order(
    keyed: bool, drawn: list[tuple[str | None, ...]], data: st.DataObject
) -> None:
    key = {"key": "No"} if keyed else {}
    source = Source.model_validate({"name": "s", "files": "s.csv", "mention": FIELDS, **key})
    names = ["No", "delivered_at", "recorded_at", "Name", "Born"]
    drawn_rows = pl.DataFrame(drawn, schema=dict.fromkeys(names, pl.String), orient="row")
    table = drawn_rows.with_columns(
        drawn_rows.select(pl.col(name).alias(row_column(name)) for name in ("No", "Name", "Born")),
        source=pl.lit("s"),
        record_id="No",
        content_hash=pl.concat_str([pl.col(name).fill_null("~") for name in ("No", "recorded_at", "Name", "Born")]),
        withdraws=pl.lit(value=False),
        file=pl.lit("f"),
        line=pl.int_range(pl.len()),
    )
    shuffled = table[data.draw(st.permutations(range(len(drawn))))].with_columns(line=pl.int_range(pl.len()))

    one, two = (cleanse(rows, source=source, subjects={"person": PERSON}) for rows in (table, shuffled))

    account = one.accounts.row(0, named=True)
    fates = ("kept", "quarantined", "exact_duplicates", "superseded")
    assert account["rows_in"] == len(drawn) == sum(account[fate] for fate in fates)
    assert (one.records["person"].height, one.rejects.height) == (account["kept"], account["quarantined"])
    list(starmap(assert_frame_equal, [
        (one.records["person"], two.records["person"]), (one.findings, two.findings), (one.accounts, two.accounts),
    ]))  # fmt: skip
