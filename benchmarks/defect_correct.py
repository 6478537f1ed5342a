"""Correct rows cleansed: how many of their values are not what was delivered, in its canonical form, afterwards?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.city_files import delivered
from engine.city.generate import generate
from engine.city.project import FIRM_ATTRIBUTES, PERSON_ATTRIBUTES
from engine.city.settings import Shape, load_catalogue
from engine.pipeline import FullFlow
from engine.runners.local import LocalRunner
from engine.settings import load_project
from engine.version import code_version
from lifetree.build import CHECKS
from lifetree.resolve import read_records
from lifetree.stages import stages

EXAMPLES = 10
PLACEHOLDER = r"之[长次大小双]?[子女婴]"
"""A newborn's name that says no more than the mother's: no correct value, and rightly left out (I1)."""


def changed_values(folder: Path, persons: int, seed: int) -> dict[str, Any]:
    """Return rows, values, changed ones with examples, and rows refused, of a city without any error.

    A value has changed when the record holds another one than the file, dates compared by their day in ISO 8601, sexes
    by 1 and 2, names of firms with narrow brackets. The findings are not asked: every value is looked at.
    """
    made = generate(folder, persons=persons, seed=seed, error_scale=0.0)
    project = load_project(folder, checks=CHECKS)
    files = {source.name: [project.path(source.files[0])] for source in project.sources}
    runner = LocalRunner(project.path(project.store) / "checkpoints", code_version(), None)
    tables = read_records(FullFlow(runner, stages(project, buckets=1)), project, files, buckets=1)
    catalogue, values, examples = load_catalogue(), 0, []
    for subject, attributes in (("person", PERSON_ATTRIBUTES), ("legal_entity", FIRM_ATTRIBUTES)):
        records = pl.read_parquet([*tables[f"records.{subject}"].all()])
        for name, source in catalogue.sources.items():
            told = delivered(folder, name, source)
            shape = catalogue.shapes[source.shape]
            if told.is_empty() or shape.subject != subject:
                continue
            compared = _compared(told, records.filter(source=name, role=""), shape, attributes)
            values += compared.height
            examples.append(compared.filter(pl.col("was").ne_missing(pl.col("is"))).with_columns(source=pl.lit(name)))
    changed = pl.concat(examples)
    accounts = pl.read_parquet([*tables["accounts"].all()])
    return {
        "rows": made["rows"], "values": values, "changed": changed.height,
        "refused": int(accounts["quarantined"].sum()),
        "examples": changed.group_by("source", "attribute").head(1).head(EXAMPLES).to_dicts(),
    }  # fmt: skip


def _compared(told: pl.DataFrame, records: pl.DataFrame, shape: Shape, attributes: dict[str, str]) -> pl.DataFrame:
    """Return record_id, attribute, what `was` delivered and what `is` kept, of every value of the principal."""
    held = {field: column for column, (role, field) in shape.parts().items() if not role}
    wanted = {attributes[field]: _plain(pl.col(held[field]), field) for field in attributes if field in held}
    before = told.select(
        pl.col(held["serial"]).cast(pl.String).alias("record_id"), *(e.alias(a) for a, e in wanted.items())
    )
    after = records.select("record_id", *(_kept(pl.col(name), name) for name in wanted))
    was, now = (
        frame.unpivot(index="record_id", variable_name="attribute", value_name=value)
        for frame, value in ((before, "was"), (after, "is"))
    )
    joined = was.drop_nulls("was").join(now, on=["record_id", "attribute"], how="inner")
    return joined.filter(~((pl.col("attribute") == "name") & pl.col("was").str.contains(PLACEHOLDER)))


def _plain(expr: pl.Expr, field: str) -> pl.Expr:
    text = expr.cast(pl.String).replace("", None)
    if field in ("birth", "founded"):
        return text.str.replace_all(r"\D", "").str.replace(r"^(\d{4})(\d\d)(\d\d)$", "${1}-${2}-${3}")
    if field == "sex":
        return text.str.slice(0, 1).replace({"男": "1", "女": "2"})
    return _narrow(text)


def _kept(expr: pl.Expr, attribute: str) -> pl.Expr:
    return expr.str.slice(0, 1).replace({"男": "1", "女": "2"}) if attribute == "sex" else _narrow(expr)


def _narrow(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(["（", "）"], ["(", ")"])
