"""Splink: EM on levels that our kernels computed, and those kernels as functions for Splink's own `predict`.

DuckDB's string distances count bytes, so Splink never computes a level here: it learns from level columns.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from inspect import Parameter, Signature
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
from duckdb.func import FunctionNullHandling, PythonUDFType
from splink import SettingsCreator
from splink.internals.constants import LEVEL_NOT_OBSERVED_TEXT
from splink.internals.duckdb.database_api import DuckDBAPI
from splink.internals.expectation_maximisation import expectation_maximisation

from engine.settings.subject import Subject
from matchers.comparisons import Comparison, build_comparison, grade
from matchers.models.em import CONVERGENCE, ITERATIONS, LOWEST_M, Session
from matchers.models.splink_json import comparison_settings, sql_name

STRIDE = 5
"""Iterations after which m is floored: Splink raises an error when the m of a level falls below 1e-300."""
VECTORS = "__splink__df_comparison_vectors"

logging.getLogger("splink").setLevel(logging.ERROR)


def expectation(
    levels: pl.DataFrame, *, comparisons: tuple[Comparison, ...], u: Mapping[str, Mapping[int, float]], prior: float
) -> Session:
    """Return m as Splink's EM finds it on pairs' levels, with u held and the prior free.

    `levels` has `level_<label>` of each comparison. Term frequencies are left out, so that EM runs over the patterns of
    levels. One DuckDB thread: the order of floating sums is always the same.
    """
    described: list[Any] = [
        comparison_settings(one, {n: {"u_probability": u[one.label][n]} for n in u[one.label]}) for one in comparisons
    ]
    creator = SettingsCreator(
        "dedupe_only",
        comparisons=described,
        probability_two_random_records_match=prior,
        em_convergence=CONVERGENCE,
        max_iterations=STRIDE,
    )
    settings = creator.get_settings("duckdb")
    patterns = levels.select(pl.col(f"level_{one.label}").alias(f"gamma_{sql_name(one.label)}") for one in comparisons)
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.register("vectors", patterns.sort(patterns.columns).to_arrow(compat_level=pl.CompatLevel.oldest()))
        api = DuckDBAPI(connection)
        vectors = api.table_to_splink_dataframe(VECTORS, "vectors")
        model, iterations, converged = settings.core_model_settings, 0, False
        while not converged and iterations < ITERATIONS:
            try:
                history = expectation_maximisation(
                    db_api=api,
                    training_settings=settings.training_settings,
                    estimate_without_term_frequencies=True,
                    core_model_settings=model,
                    unique_id_input_columns=settings.column_info_settings.unique_id_input_columns,
                    training_fixed_probabilities={"u"},
                    df_comparison_vector_values=vectors,
                )
            except ValueError:  # an m fell to zero within the stride, and Splink refuses it: what was learnt stands
                break
            model, done = _floored(history[-1]), len(history) - 1
            iterations, converged = iterations + done, done < STRIDE
    return Session(_learnt(model, comparisons), model.probability_two_random_records_match, iterations)


def _learnt(model: Any, comparisons: tuple[Comparison, ...]) -> dict[str, dict[int, float | None]]:
    """Return m of each level by comparison; None where the level was never observed."""
    found = {one.output_column_name: one for one in model.comparisons}
    return {
        one.label: {
            level.comparison_vector_value: None
            if level._m_probability == LEVEL_NOT_OBSERVED_TEXT
            else level.m_probability
            for level in found[sql_name(one.label)]._comparison_levels_excluding_null
        }
        for one in comparisons
    }


def _floored(model: Any) -> Any:
    for comparison in model.comparisons:
        for level in comparison._comparison_levels_excluding_null:
            if level._m_probability != LEVEL_NOT_OBSERVED_TEXT:
                level.m_probability = max(level.m_probability, LOWEST_M)
    return model


def register_levels(connection: duckdb.DuckDBPyConnection, subject: Subject) -> None:
    """Add `level_<comparison>` of each comparison to a DuckDB connection: our kernels, for Splink's `predict`."""
    for comparison in map(build_comparison, subject.comparisons):
        columns = [f"{name}{side}" for side in ("_l", "_r") for name in comparison.attributes]
        function: Any = partial(_level_function, comparison, columns)
        parameters = [Parameter(name, Parameter.POSITIONAL_ONLY) for name in columns]
        function.__signature__ = Signature(parameters)  # DuckDB counts the parameters
        connection.create_function(
            f"level_{sql_name(comparison.label)}",
            function,
            ["VARCHAR"] * len(columns),
            "TINYINT",
            type=PythonUDFType.ARROW,
            null_handling=FunctionNullHandling.SPECIAL,
        )


def _level_function(comparison: Comparison, columns: list[str], *sides: pa.Array) -> pa.Array:
    pairs = pl.DataFrame({name: pl.Series(name, side) for name, side in zip(columns, sides, strict=True)})
    return grade(pairs, comparison).to_arrow(compat_level=pl.CompatLevel.oldest())
