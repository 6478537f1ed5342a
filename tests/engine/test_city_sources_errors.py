"""Errors of registrations: how each kind spoils a value, how often, and what is written of it."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from engine.city.characters import exchanged, is_rare, replaced, unstored
from engine.city.errors import KINDS, spoil
from engine.city.lunar import lunar_text
from engine.city.settings import load_catalogue
from engine.values import KINDS as VALUES


def people(count: int) -> pl.DataFrame:
    rows = {"registration": range(count), "key": [1_000 + 7 * place for place in range(count)]}
    return pl.DataFrame(rows, schema=dict.fromkeys(rows, pl.Int64)).with_columns(
        source=pl.lit(0, pl.Int64), epoch=pl.lit(0, pl.Int64), name=pl.lit("王建国"),
        id_no=pl.lit("390102196209276909"), birth=pl.lit("1962-09-27"), sex=pl.lit("1"), phone=pl.lit("18912345678"),
        address=pl.lit("海东省澜州市澜西区清田街道学院大道600号阳光华庭4幢2单元1803室"), day=pl.lit(date(2020, 1, 1)),
        birth_date=pl.lit(date(1962, 9, 27)), mother_id=pl.lit(None, pl.Int64), rural=pl.lit(value=True),
        earlier_name=pl.lit(None, pl.String), old_number=pl.lit(None, pl.String), placeholder=pl.lit(None, pl.String),
        relative_number=pl.lit("39010219630101002X"), mother_number=pl.lit(None, pl.String),
        other_number=pl.lit("39010219550101002X"), previous_number=pl.lit(None, pl.String),
        mother_phone=pl.lit(None, pl.String), old_address=pl.lit(None, pl.String),
    )  # fmt: skip


def test_every_kind_of_the_rates_is_known_or_is_of_whole_rows() -> None:
    unknown = {error.kind for error in load_catalogue().errors if error.field != "row"} - set(KINDS)

    assert not unknown


def test_scale_nothing_delivers_the_truth() -> None:
    spoilt = spoil(people(500), catalogue=load_catalogue(), seed=1, scale=0.0)

    assert spoilt.errors.is_empty()
    assert spoilt.registrations.equals(people(500))


def test_the_log_holds_what_was_true_and_what_was_delivered() -> None:
    spoilt = spoil(people(20_000), catalogue=load_catalogue(), seed=1, scale=3.0)

    last = spoilt.errors.filter(pl.col("field") == "id_no").unique("registration", keep="last", maintain_order=True)
    found = spoilt.registrations.join(last, on="registration")
    assert last.height > 50
    assert found["id_no"].equals(found["delivered_value"].rename("id_no"))
    assert (spoilt.errors["true_value"].ne_missing(spoilt.errors["delivered_value"])).all()


def test_twice_the_scale_makes_about_twice_the_errors() -> None:
    once, twice = (
        spoil(people(30_000), catalogue=load_catalogue(), seed=1, scale=scale).errors.filter(
            pl.col("kind") == "variant"
        ).height
        for scale in (1.0, 2.0)
    )  # fmt: skip

    assert 1.6 < twice / once < 2.4


def test_single_typing_errors_of_numbers_never_pass_the_checksum() -> None:
    frame = spoil(people(20_000), catalogue=load_catalogue(), seed=2, scale=5.0).errors
    typed = frame.filter(pl.col("kind").is_in(["digit", "swap"]) & (pl.col("true_value") == "390102196209276909"))
    valid = VALUES["resident_id"].valid

    assert valid is not None
    assert typed.height > 20
    assert not typed.select(valid(pl.col("delivered_value"))).to_series().any()


@pytest.mark.parametrize(
    ("kind", "name"), [("homophone", "王伟"), ("shape", "王昌"), ("variant", "刘伟"), ("any", "刘伟")]
)
def test_a_mistaken_character_leaves_the_rest_of_the_name(kind: str, name: str) -> None:
    other = replaced(name, 12345, kind=kind)

    assert len(other) == len(name)
    assert sum(a != b for a, b in zip(name, other, strict=True)) == 1


def test_names_exchanged_and_unstored() -> None:
    assert exchanged("王建国", 0) == "王国建"
    assert is_rare("王䶮")
    assert not is_rare("阿卜杜拉·买买提")
    assert unstored("王䶮", 0) == "王?"
    assert unstored("王䶮", 2 << 12) == "王YAN"


@pytest.mark.parametrize(
    ("common", "chinese"),
    [(date(1965, 3, 12), "1965-02-10"), (date(2000, 2, 5), "2000-01-01"), (date(1990, 1, 26), "1989-12-30")],
    ids=["domain case 19", "new year 2000", "eve of 1990"],
)
def test_dates_of_the_chinese_calendar(common: date, chinese: str) -> None:
    assert lunar_text(pl.Series([common])).to_list() == [chinese]
