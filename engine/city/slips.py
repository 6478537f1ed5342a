"""Errors of whole rows: delivered twice, or typed to try the system out."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.settings import Catalogue, CitySource, Shape
from engine.city.world.draws import below, chance

TRIAL_NAMES = ("测试", "测试员", "张三", "TEST", "李四")
TRIAL_NUMBER = "330199199001010014"
OTHER_NUMBERS = ("uscc", "permit", "birth_certificate")
TRIAL_MARK = "T"
"""The last character of the row number of a trial."""


def slip(
    rows: pl.DataFrame, texts: pl.DataFrame, *, source: CitySource, shape: Shape, place: int, catalogue: Catalogue,
    seed: int, scale: float,
) -> pl.DataFrame:  # fmt: skip
    """Return the file's rows `texts` with copies and trial rows put in behind the rows that they repeat."""
    rates = {error.kind: catalogue.rate(error, source.errors) * scale for error in catalogue.errors}
    key = (rows["cell"] * 10_000_000 + rows["row"]).to_numpy()
    twice = chance(seed, key, f"duplicate_row {place}", rates["duplicate_row"])
    trial = chance(seed, key, f"test_record {place}", rates["test_record"])
    if not twice.any() and not trial.any():
        return texts
    index = np.repeat(np.arange(rows.height), 1 + twice + trial)
    last = np.r_[index[1:] != index[:-1], True]
    marked = pl.Series(last & trial[index])
    choice = pl.Series(below(seed, key, "trial name", len(TRIAL_NAMES)))[index]
    names = choice.replace_strict(list(range(len(TRIAL_NAMES))), TRIAL_NAMES, return_dtype=pl.String)
    wide = texts[index].with_columns(_trial=marked, _name=names)
    instead: dict[str, pl.Expr] = {}
    for column, (role, field) in shape.parts().items():
        if field == "serial":
            instead[column] = pl.col(column) + TRIAL_MARK
        elif not role and field in ("name", "firm_name"):
            instead[column] = pl.col("_name")
        elif not role and field == "id_no":
            instead[column] = pl.lit(TRIAL_NUMBER)
        elif (role and field in ("name", "id_no", "uscc", "firm_name")) or field in (
            "uscc",
            "permit",
            "birth_certificate",
        ):
            instead[column] = pl.lit(None, pl.String)
    changed = (pl.when("_trial").then(value).otherwise(column).alias(column) for column, value in instead.items())
    return wide.with_columns(changed).select(texts.columns)
