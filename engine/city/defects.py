"""Single defects of single rows, made in a file's texts beside the errors of registrations, each known by its kind.

A defect is expressions over a row's texts: whom it can befall and what is written instead. The columns of a row are
called by what stands in them, `[role.]field`; days are ISO 8601, whatever the source's style, and so is what a defect
writes for a day. `_how` has random bits, `_born` and `_died` the true days of the principal, `_cell` the cell.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from engine.city.defect_kinds import DEFECTS, Defect
from engine.city.delivery import roles_of
from engine.city.rendering import in_style
from engine.city.settings import CitySource, DefectRate, Shape, Style
from engine.city.tables import World
from engine.city.world.draws import Flags, Ints, bits, chance

SECOND_MARK = "D"
"""The last character of the row number of a row that a defect has added under a number of its own."""
LOG = dict.fromkeys(
    ("source", "record_id", "role", "subject", "field", "kind", "true_value", "delivered_value"), pl.String
)
DAYS = frozenset(("date", "until", "recorded", "birth", "founded"))


class Struck(NamedTuple):
    """The file's texts with their defects, the place of the row that each is or was made from, and the errors.

    `errors` are as truth/errors.parquet has them; a row whose place is that of the row before it was added.
    """

    texts: pl.DataFrame
    places: Ints
    errors: pl.DataFrame


def strike(
    texts: pl.DataFrame, rows: pl.DataFrame, world: World, *, name: str, source: CitySource, shape: Shape,
    place: int, rates: tuple[DefectRate, ...], seed: int, scale: float,
) -> Struck:  # fmt: skip
    """Return the file's rows `texts` with the defects that `rates` ask for; a row has one at most.

    `rows` are the same rows as facts. What a defect adds stands behind the row that it was made from.
    """
    plain = _plain(texts, rows, world, shape)
    key = (rows["cell"] * 10_000_000 + rows["row"]).to_numpy()
    free = np.ones(rows.height, dtype=np.bool_)
    logs, added = [], []
    for one in rates:
        defect = DEFECTS[one.kind]
        if one.rate == 0 or (one.sources and name not in one.sources) or not defect.concerns(plain.columns):
            continue
        struck = free & chance(seed, key, f"defect {one.kind} {place}", one.rate * scale)
        if not struck.any():
            continue
        how = pl.Series("_how", bits(seed, key, f"defect {one.kind} {place} how"))
        written = _written(plain.with_columns(how), defect, struck)
        if written.is_empty():
            continue
        free[written["_place"].to_numpy()] = False
        logs.append(_log(plain, written, defect, kind=one.kind, name=name, shape=shape))
        if defect.adds:
            added.append(plain[written["_place"].to_numpy()].with_columns(written.get_columns()))
        else:
            plain = _with(plain, written)
    if not logs:
        return Struck(texts, np.arange(texts.height), pl.DataFrame(schema=LOG))
    wide = pl.concat([plain.with_columns(_place=pl.int_range(pl.len())), *added], how="diagonal_relaxed")
    wide = wide.sort("_place", maintain_order=True)
    return Struck(_as_delivered(wide, shape, source.style), wide["_place"].to_numpy(), pl.concat(logs))


def _plain(texts: pl.DataFrame, rows: pl.DataFrame, world: World, shape: Shape) -> pl.DataFrame:
    """Return the texts by what stands in them, days in ISO 8601, with what is known of the principal."""
    named = texts.rename(_called(shape))
    days = [column for column in named.columns if _is_day(column)]
    iso = (
        pl.col(column).str.replace_all(r"\D", "").str.replace(r"^(\d{4})(\d\d)(\d\d)$", "${1}-${2}-${3}")
        for column in days
    )
    known = world.persons.select(
        "person_id", _born=pl.col("birth").dt.to_string("%Y-%m-%d"), _died=pl.col("death").dt.to_string("%Y-%m-%d")
    )
    of = rows.select("person_id").join(known, on="person_id", how="left", maintain_order="left")
    return named.with_columns(*iso, of["_born"], of["_died"], rows["cell"].alias("_cell"))


def _called(shape: Shape) -> dict[str, str]:
    """Return what stands in each column; a field that several columns hold is called by the first."""
    found: dict[str, str] = {}
    for column, (role, field) in shape.parts().items():
        what = f"{role}.{field}" if role else field
        found[column] = what if what not in found.values() else f"_{column}"
    return found


def _is_day(what: str) -> bool:
    return what.rpartition(".")[2] in DAYS


def _written(plain: pl.DataFrame, defect: Defect, struck: Flags) -> pl.DataFrame:
    """Return `_place` of each row that the defect befalls, and what it writes there; the same value is no defect."""
    values = {column: value for column, value in defect.writes.items() if column in plain.columns}
    if defect.clears:
        cleared = (one for one in plain.columns if one.partition(".")[0] == defect.clears and "." in one)
        values |= dict.fromkeys(cleared, pl.lit(None, pl.String))
    main = defect.field
    befallen = pl.col(main).is_not_null() if defect.among is None else defect.among
    told = plain.select(
        pl.int_range(pl.len()).alias("_place"),
        (pl.lit(pl.Series(struck)) & befallen).fill_null(value=False).alias("_struck"),
        pl.col(main).alias("_before"),
        *(value.cast(pl.String).alias(column) for column, value in values.items()),
    )
    changed = pl.lit(value=True) if defect.adds else pl.col("_before").ne_missing(pl.col(main))
    return told.filter("_struck", changed).drop("_struck", "_before")


def _log(
    plain: pl.DataFrame, written: pl.DataFrame, defect: Defect, *, kind: str, name: str, shape: Shape
) -> pl.DataFrame:
    kinds = {role: "person" if of == "person" else "legal_entity" for role, of, _ in roles_of(shape)}
    role, _, field = defect.field.rpartition(".")
    role = role if role in kinds else ""
    before = plain[written["_place"].to_numpy()]
    serial = written["serial"] if "serial" in written.columns else before["serial"]
    return pl.DataFrame({"record_id": serial}).select(
        source=pl.lit(name), record_id="record_id", role=pl.lit(role), subject=pl.lit(kinds[role]),
        field=pl.lit(field), kind=pl.lit(kind), true_value=before[defect.field], delivered_value=written[defect.field],
    )  # fmt: skip


def _with(plain: pl.DataFrame, written: pl.DataFrame) -> pl.DataFrame:
    places = written["_place"]
    return plain.with_columns(
        plain[column].scatter(places, written[column]) for column in written.columns if column != "_place"
    )


def _as_delivered(plain: pl.DataFrame, shape: Shape, style: Style) -> pl.DataFrame:
    return plain.select(
        (in_style(pl.col(what), style) if _is_day(what) else pl.col(what)).alias(column)
        for column, what in _called(shape).items()
    )
