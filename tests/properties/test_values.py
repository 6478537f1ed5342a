"""Kinds are idempotent and never empty; cleansing accounts for every row, whatever the order of rows."""

from __future__ import annotations

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

TYPED = st.text("0123456789 +-/.,:()xX年月日janfebAO王伟·éß#&'\u3000\u200b０Ａ", max_size=20)
TEXTS = st.lists(st.none() | TYPED | st.text(max_size=12), max_size=12)
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


@pytest.mark.parametrize("kind", KINDS)
@given(texts=TEXTS)
@settings(max_examples=15)
def test_grading_cleansed_values_changes_nothing_and_finds_nothing(kind: str, texts: list[str | None]) -> None:
    first = grade(pl.Series(texts, dtype=pl.String), kind=kind, rulebook=load_rulebook())
    again = grade(first.values["value"], kind=kind, rulebook=load_rulebook())

    assert again.values["raw"].to_list() == again.values["value"].to_list()
    assert again.findings.is_empty()


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
