"""Addresses and divisions as texts."""

from __future__ import annotations

import polars as pl

from engine.city.tables import City, World

PROVINCE = "海东省"
"""An invented province: its number, 39, is assigned nowhere."""


def address_book(world: World, city: City) -> pl.DataFrame:
    """Return address_id, text, old (with the division's name before a change), rural and division of each address.

    Beside them building_id and the names of the township, of today and before a change.
    """
    known = pl.concat([world.addresses, city.addresses]).unique("address_id", keep="first")
    here = city.townships.sort("valid_from").unique("township", keep="last", maintain_order=True)
    before = (
        city.townships.filter(pl.col("successor").is_not_null())
        .unique("successor", keep="first")
        .select(township="successor", old_name="name", old_district="district_name")
    )
    places = here.select("township", "name", "district_name", "city_name", "district", "rural").join(
        before, on="township", how="left"
    )
    wide = known.join(places, on="township", how="left")
    tail = pl.concat_str(
        [
            pl.when(pl.col("estate").is_null() & pl.col("building").is_null()).then(pl.col("community")),
            pl.col("road"),
            pl.col("number").cast(pl.String) + "号",
            pl.col("estate"),
            pl.col("building").cast(pl.String) + "幢",
            pl.col("unit").cast(pl.String) + "单元",
            pl.col("room") + "室",
        ],
        ignore_nulls=True,
    )
    head = pl.concat_str(
        [pl.lit(PROVINCE), pl.col("city_name"), pl.col("district_name"), pl.col("name")], ignore_nulls=True
    )
    old = pl.concat_str(
        [pl.lit(PROVINCE), pl.col("city_name"), pl.col("old_district"), pl.col("old_name")], ignore_nulls=True
    )
    return wide.select(
        "address_id", text=head + tail, old=pl.when(pl.col("old_name").is_not_null()).then(old + tail), rural="rural",
        division="district", building_id="building_id", township_name="name", old_township_name="old_name",
    )  # fmt: skip


def address_texts(ids: pl.Series, book: pl.DataFrame) -> pl.DataFrame:
    """Return what the book says of each address, in order."""
    return pl.DataFrame({"address_id": ids}).join(book, on="address_id", how="left", maintain_order="left")
