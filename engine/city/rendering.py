"""A source's rows as its file has them: its columns, codes, dates and numbers, all text."""

from __future__ import annotations

import polars as pl

from engine.city.delivery import Delivery, roles_of
from engine.city.places import address_texts
from engine.city.registrations import valid_at
from engine.city.settings import CitySource, Shape, Style
from engine.city.tables import City, World
from engine.city.world.draws import below

DATES: dict[Style, str] = {"gbt": "%Y%m%d", "plain": "%Y-%m-%d", "chinese": "%Y年%m月%d日", "slashed": "%Y/%m/%d"}
SEXES: dict[Style, dict[str, str]] = {
    "gbt": {"1": "1", "2": "2"},
    "plain": {"1": "男", "2": "女"},
    "chinese": {"1": "男性", "2": "女性"},
    "slashed": {"1": "男", "2": "女"},
}
ISO = r"^(\d{4})-(\d\d)-(\d\d)$"
ROW_DATES = ("date", "until", "recorded")


def serial(place: int, cell: pl.Expr, row: pl.Expr) -> pl.Expr:
    """Return `serial_number` as text."""
    return serial_number(place, cell, row).cast(pl.String)


def serial_number(place: int, cell: pl.Expr, row: pl.Expr) -> pl.Expr:
    """Return the department's number of a row: source, cell, row of the cell."""
    return (place + 101) * 10**12 + cell * 10**6 + row


def render(
    delivery: Delivery, world: World, city: City, *, name: str, source: CitySource, shape: Shape, place: int, seed: int
) -> pl.DataFrame:
    """Return the file's columns of one source, all String, rows in the order of the delivery."""
    rows = delivery.rows[name]
    subjects = {
        role: (delivery.persons if kind == "person" else delivery.firms, rows[f"registration_{role}"])
        for role, kind, _ in roles_of(shape)
    }
    columns = []
    for column, (role, field) in shape.parts().items():
        wanted = "name" if field == "text_name" else field
        wanted = "household_id" if field == "household" else wanted
        written = subjects[role][0]
        if field == "hukou_township":
            value = _hukou_townships(written[["person_id", "day"]][subjects[role][1]], world)
        elif field == "registration":
            value = _own_number(rows[_columns(shape)[role]], place, seed=seed)
        elif role or (wanted in written.columns and (wanted not in rows.columns or field == "household")):
            value = _styled(written[wanted].gather(subjects[role][1]), wanted, source.style)
        else:
            value = _of_row(
                rows,
                field,
                source=source,
                shape=shape,
                place=place,
                world=world,
                city=city,
                addresses=delivery.addresses,
            )
        columns.append(value.cast(pl.String).alias(column))
    return pl.DataFrame(columns)


def _hukou_townships(asked: pl.DataFrame, world: World) -> pl.Series:
    """Return the township of hukou of each person on the day on which it was written down."""
    hukou = world.stays.filter((pl.col("kind") == "hukou") & (pl.col("reason") != "duplicate"))
    return valid_at(hukou, asked, key="person_id", columns=["township"]).to_series()


def _names(world: World, city: City) -> pl.DataFrame:
    latest = world.firm_names.sort("valid_from").unique("firm_id", keep="last", maintain_order=True)
    return pl.concat([latest.select("firm_id", "name"), city.institutions.select("firm_id", "name")])


def _styled(values: pl.Series, field: str, style: Style) -> pl.Series:
    frame, column = values.to_frame(field), pl.col(field)
    if field == "sex":
        return frame.select(column.replace_strict(SEXES[style], default=None, return_dtype=pl.String)).to_series()
    if field in ("birth", "founded"):
        return frame.select(in_style(column, style)).to_series()
    if field == "household_id":
        return frame.select(column.cast(pl.String).str.zfill(9)).to_series()
    return values


def in_style(day: pl.Expr, style: Style) -> pl.Expr:
    """Return days of ISO 8601, and years alone, as a source writes them; other texts stay as they are."""
    forms = {
        "gbt": day.str.replace(ISO, "${1}${2}${3}"),
        "slashed": day.str.replace(ISO, "${1}/${2}/${3}"),
        "chinese": day.str.replace(ISO, "${1}年${2}月${3}日").str.replace(r"^(\d{4})$", "${1}年"),
    }
    return forms.get(style, day)


def _columns(shape: Shape) -> dict[str, str]:
    return {role: column for role, _, column in roles_of(shape)}


def _own_number(subjects: pl.Series, place: int, *, seed: int) -> pl.Series:
    """Return the department's own number of each subject; null for none."""
    number = pl.Series(below(seed, subjects.fill_null(0).to_numpy() * 128 + place, "registration", 10**10))
    text = (number + (place + 101) * 10**10).cast(pl.String)
    return (
        pl.DataFrame({"id": subjects, "text": text})
        .select(pl.when(pl.col("id").is_not_null()).then("text"))
        .to_series()
    )


def _of_row(  # noqa: PLR0911  # one return for each field
    rows: pl.DataFrame, field: str, *, source: CitySource, shape: Shape, place: int, world: World, city: City,
    addresses: pl.DataFrame,
) -> pl.Series:  # fmt: skip
    if field == "serial":
        return rows.select(serial_number(place, pl.col("cell"), pl.col("row"))).to_series()
    if field in ROW_DATES:
        return rows[field].dt.to_string(DATES[source.style])
    if field == "amount":
        return rows.select(
            (pl.col("amount") // 100).cast(pl.String) + "." + (pl.col("amount") % 100).cast(pl.String).str.zfill(2)
        ).to_series()
    if field == "code":
        return rows.select(
            pl.col("code").replace_strict(department_codes(shape), default=None, return_dtype=pl.String)
        ).to_series()
    if field == "office":
        return rows.select("firm_id").join(_names(world, city), on="firm_id", how="left", maintain_order="left")["name"]
    if field == "office_township":
        places = pl.concat([one.select("firm_id", "township") for one in (world.firms, city.institutions)])
        places = places.unique("firm_id", keep="first", maintain_order=True)
        return rows.select("firm_id").join(places, on="firm_id", how="left", maintain_order="left")["township"]
    if field == "unit":
        return address_texts(rows["address_id"], addresses)["text"]
    if field == "blank":
        return pl.Series([None] * rows.height, dtype=pl.String)
    if field in rows.columns:
        return rows[field]
    firms = world.firms.unique("firm_id")
    if field in firms.columns:
        return rows.select("firm_id").join(
            firms.select("firm_id", field), on="firm_id", how="left", maintain_order="left"
        )[field]
    return pl.Series([None] * rows.height, dtype=pl.String)


def department_codes(shape: Shape) -> dict[str, str]:
    """Return the department's own code of each event code: its place among the shape's, in two digits."""
    return {code: f"{place:02d}" for place, code in enumerate(shape.codes, start=1)}
