"""Splink 5 on the accuracy data: its own tutorial's configuration where it has one, else what its user would write.

Where a tutorial exists (docs/demos/examples of the Splink repository: deduplicate_50k_synthetic, febrl3, febrl4,
accuracy_analysis_from_labels_column, pseudopeople-acs), blocking rules, comparisons, training and threshold are the
tutorial's. The others take Splink's ready-made comparisons, and the threshold that Splink's first example names, 0.95.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import polars as pl
from splink import DuckDBAPI, Linker, SettingsCreator

from benchmarks.peers.splink5_persons import PERSONS
from benchmarks.peers.splink5_setup import Setup
from benchmarks.peers.splink5_things import THINGS

SETUPS: dict[str, Callable[[Path], Setup]] = {function.__name__: function for function in (*PERSONS, *THINGS)}


class Answer(NamedTuple):
    """What Splink found.

    `clusters` holds source, record_id and cluster; `edges` the pairs compared: source_l, record_l, source_r, record_r
    and match_weight; `threshold` is the probability from which they were linked.
    """

    clusters: pl.DataFrame
    edges: pl.DataFrame
    threshold: float


def link(name: str, data: str, pairs: str | None = None, kept: str | None = None) -> Answer:
    """Return Splink's clusters of the data set `name` in the folder `data`.

    `pairs`: a Parquet file of record pairs (source_l, record_l, source_r, record_r); Splink scores exactly these in
    place of those of its own blocking rules. `kept`: a Parquet file of records (source, record_id); Splink gets no
    others.
    """
    setup = SETUPS[name](Path(data))
    if kept:
        setup = setup._replace(frames=dict(_kept(setup.frames, pl.read_parquet(kept))))
    api = DuckDBAPI(connection=duckdb.connect())
    tables = [api.register(frame.to_arrow(), dataset_display_name=source) for source, frame in setup.frames.items()]
    linker = Linker(tables, _settings(setup), log_level=logging.ERROR)
    _train(linker, setup)
    if pairs:
        linker.table_management.register_blocked_pairs_for_predict(api.register(_blocked(setup, pairs).to_arrow()))
    scored = linker.inference.predict()
    clustered = linker.clustering.cluster_pairwise_predictions_at_threshold(
        scored, threshold_match_probability=setup.threshold
    )
    only = pl.lit(next(iter(setup.frames)))
    edges, clusters = _frame(scored), _frame(clustered)
    several = "source_dataset" in clusters.columns
    return Answer(
        clusters.select(
            source="source_dataset" if several else only,
            record_id="rec_id",
            cluster=pl.col("cluster_id").cast(pl.String),
        ),
        edges.select(
            source_l="source_dataset_l" if several else only,
            record_l="rec_id_l",
            source_r="source_dataset_r" if several else only,
            record_r="rec_id_r",
            match_weight="match_weight",
        ),
        setup.threshold,
    )


def _kept(frames: dict[str, pl.DataFrame], records: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield each source with the records that are kept of it."""
    for source, frame in frames.items():
        of_it = records.filter(pl.col("source") == source).select(rec_id="record_id")
        yield source, frame.join(of_it, on="rec_id", how="semi", maintain_order="left")


def _settings(setup: Setup) -> SettingsCreator:
    return SettingsCreator(
        link_type=setup.link_type,
        unique_id_column_name="rec_id",
        blocking_rules_to_generate_predictions=setup.blocking,
        comparisons=setup.comparisons,
        retain_matching_columns=False,
    )


def _train(linker: Linker, setup: Setup) -> None:
    linker.training.estimate_probability_two_random_records_match(setup.deterministic, recall=setup.recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=setup.u_pairs, seed=setup.seed)
    for rule in setup.training:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=setup.em_without_term_frequencies
        )


def _blocked(setup: Setup, pairs: str) -> pl.DataFrame:
    """Return the record pairs as Splink keeps blocked pairs: the smaller key left, with the source where it links."""

    def key(side: str) -> pl.Expr:
        record = pl.col(f"record_{side}")
        return record if setup.link_type == "dedupe_only" else pl.col(f"source_{side}") + "-__-" + record

    left, right = key("l"), key("r")
    return pl.read_parquet(pairs).select(
        match_key=pl.lit("0"), join_key_l=pl.min_horizontal(left, right), join_key_r=pl.max_horizontal(left, right)
    )


def _frame(table: Any) -> pl.DataFrame:
    frame = pl.from_arrow(table.as_pyarrow_table())
    assert isinstance(frame, pl.DataFrame)
    return frame
