"""Splink 5 on the city's persons: its ready-made comparisons where they fit, SQL on prepared columns for Chinese text.

Blocking rules are those of the city's project without its caps on blocks, which Splink has not. Names and addresses are
graded on prepared forms as lifetree grades them, since DuckDB's distances count bytes. Training is that of Splink's
tutorial `deduplicate_50k_synthetic`: u by random sampling, m by EM on the pairs of each rule in turn. Pairs below the
threshold are dropped as they are scored, and no matching column is kept, which costs Splink the least.
"""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from benchmarks.peers.splink5_setup import THRESHOLD

BLOCKING = (
    ("id_no",),
    ("name", "birth_date"),
    ("name", "phone"),
    ("birth_date", "phone"),
    ("name", "address_digits"),
    ("birth_date", "address_digits"),
    ("birth_date", "sex", "substr(name, 1, 1)"),
    ("name", "birth_year"),
    ("substr(permit, 1, 9)",),
    ("birth_certificate",),
)
TRAINING = (("id_no",), ("name", "birth_date"), ("name", "phone"))
CERTAIN, RECALL = ("id_no", "name"), 0.9
"""Pairs that agree on these match, and are this share of all that do."""
U_PAIRS, SEED = 1e7, 1
LONGEST = 4
"""Characters of a name up to which one other character is found; longer names are cut rather than mistaken."""


class Linked(NamedTuple):
    """Pairs that the rules proposed, and seconds: of training, and of everything after the imports."""

    pairs: int
    train_seconds: float
    seconds: float


def link(table: str, model: str | None, clusters: str) -> Linked:
    """Cluster the rows of a Parquet file and write `unique_id` and `cluster_id` to another.

    `model` is a file that `train` wrote, on other data; without, the model is trained on these rows.
    """
    begun = time.perf_counter()
    linker = _linker(table, json.loads(Path(model).read_text(encoding="utf-8")) if model else None)
    if not model:
        _train(linker)
    trained = time.perf_counter()
    pairs = linker.inference.compute_blocked_pairs_for_predict().as_duckdbpyrelation().shape[0]
    scored = linker.inference.predict(threshold_match_probability=THRESHOLD)
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold_match_probability=THRESHOLD)
    found.as_duckdbpyrelation().select("unique_id, cluster_id").to_parquet(clusters)
    return Linked(pairs, 0.0 if model else round(trained - begun, 2), round(time.perf_counter() - begun, 2))


def train(table: str, model: str) -> None:
    """Train on the rows of a Parquet file and write the model with the number of rows, on which its prior depends."""
    linker = _linker(table, None)
    _train(linker)
    learnt = linker.misc.save_model_to_json()
    Path(model).write_text(json.dumps(learnt | {"rows": _rows(table)}), encoding="utf-8")


def _linker(table: str, model: dict[str, Any] | None) -> Linker:
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET temp_directory = ?", [str(Path(table).parent / "spilt")])
    connection.read_parquet(table).create("city")
    api = DuckDBAPI(connection=connection)
    settings: Any = settings_creator()
    if model:
        rows = model.pop("rows")
        key = "probability_two_random_records_match"
        settings = model | {key: model[key] * (rows - 1) / (_rows(table) - 1)}
    return Linker([api.register("city")], settings, log_level=logging.ERROR)


def _train(linker: Linker) -> None:
    linker.training.estimate_probability_two_random_records_match([block_on(*CERTAIN)], recall=RECALL)
    linker.training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=SEED)
    for rule in TRAINING:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*rule), estimate_without_term_frequencies=True
        )


def settings_creator() -> SettingsCreator:
    """Return Splink's settings for persons of the city."""
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="unique_id",
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in BLOCKING],
        comparisons=[
            _name(),
            cl.DateOfBirthComparison("birth_day", input_is_string=False),
            cl.ExactMatch("sex"),
            cl.LevenshteinAtThresholds("phone", [1]).configure(term_frequency_adjustments=True),
            _address(),
            cl.LevenshteinAtThresholds("id_no", [1, 2]),
            cl.ExactMatch("other_no"),
        ],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )


def _name() -> cl.CustomComparison:
    length = "name_length_l = name_length_r"
    shortest = "least(name_length_l, name_length_r)"
    inside = "(starts_with(name_standard_l, name_standard_r) or starts_with(name_standard_r, name_standard_l))"
    return cl.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            cll.NullLevel("name"),
            cll.ExactMatchLevel("name", term_frequency_adjustments=True),
            cll.CustomLevel("name_standard_l = name_standard_r", "variant characters"),
            cll.CustomLevel("name_reading_l = name_reading_r", "sounds alike"),
            cll.CustomLevel(f"{length} and name_shape_l = name_shape_r", "like shape"),
            cll.CustomLevel(f"(name_unstored_l or name_unstored_r) and {one_other()}", "one character unstored"),
            cll.CustomLevel(f"{shortest} >= {LONGEST} and {inside}", "cut"),
            cll.CustomLevel(f"{shortest} >= 3 and {one_other()}", "one other character"),
            cll.ElseLevel(),
        ],
    )


def one_other() -> str:
    """Return the SQL condition that two names of a length are the same but for one character at most."""
    left, right = "name_standard_l", "name_standard_r"
    alike = " or ".join(
        f"(substr({left}, 1, {n}) = substr({right}, 1, {n}) and substr({left}, {n + 2}) = substr({right}, {n + 2}))"
        for n in range(LONGEST)
    )
    return f"(name_length_l = name_length_r and name_length_l <= {LONGEST} and ({alike}))"


def _address() -> cl.CustomComparison:
    road = "address_road_l = address_road_r"
    return cl.CustomComparison(
        output_column_name="address",
        comparison_levels=[
            cll.NullLevel("address"),
            cll.ExactMatchLevel("address"),
            cll.CustomLevel(
                f"{road} and address_count_l >= 2 and address_numbers_l = address_numbers_r",
                "the same road and numbers",
            ),
            cll.CustomLevel(f"{road} and address_house_l = address_house_r", "the same road and house"),
            cll.CustomLevel(road, "the same road"),
            cll.ElseLevel(),
        ],
    )


def _rows(table: str) -> int:
    return int(duckdb.read_parquet(table).shape[0])
