"""Splink 5 on the accuracy data: its own tutorial's configuration where it has one, else what its user would write.

Where a tutorial exists (docs/demos/examples of the Splink repository: deduplicate_50k_synthetic, febrl3, febrl4,
accuracy_analysis_from_labels_column, pseudopeople-acs), blocking rules, comparisons, training and threshold are the
tutorial's. The others take Splink's ready-made comparisons, and the threshold that Splink's first example names, 0.95.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import polars as pl
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

THRESHOLD = 0.95


class Setup(NamedTuple):
    """One data set as Splink is given it."""

    frames: dict[str, pl.DataFrame]
    link_type: str
    blocking: list[Any]
    comparisons: list[Any]
    training: list[Any]
    """EM runs once on the pairs of each of these rules."""
    deterministic: list[Any] = []
    recall: float = 0.7
    prior: float | None = None
    """Probability that two random records match; unset: from the deterministic rules and their recall."""
    u_pairs: float = 1e7
    threshold: float = THRESHOLD


class Answer(NamedTuple):
    """`clusters` (source, record_id, cluster), the pairs compared as `edges` (source_l, record_l, source_r, record_r,
    match_weight), and the probability from which they were linked."""

    clusters: pl.DataFrame
    edges: pl.DataFrame
    threshold: float


def link(name: str, data: str, pairs: str | None = None) -> Answer:
    """Return Splink's clusters of the data set `name` in the folder `data`.

    `pairs`: a Parquet file of record pairs (source_l, record_l, source_r, record_r); Splink scores exactly these in
    place of those of its own blocking rules.
    """
    logging.getLogger("splink").setLevel(logging.ERROR)
    setup = SETUPS[name](Path(data))
    api = DuckDBAPI(connection=duckdb.connect())
    tables = [api.register(frame.to_arrow(), dataset_display_name=source) for source, frame in setup.frames.items()]
    linker = Linker(tables, _settings(setup))
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
            source="source_dataset" if several else only, record_id="rec_id", cluster=pl.col("cluster_id").cast(pl.String)
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


def _settings(setup: Setup) -> SettingsCreator:
    known = {} if setup.prior is None else {"probability_two_random_records_match": setup.prior}
    return SettingsCreator(
        link_type=setup.link_type,
        unique_id_column_name="rec_id",
        blocking_rules_to_generate_predictions=setup.blocking,
        comparisons=setup.comparisons,
        retain_matching_columns=False,
        **known,
    )


def _train(linker: Linker, setup: Setup) -> None:
    if setup.prior is None:
        linker.training.estimate_probability_two_random_records_match(setup.deterministic, recall=setup.recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=setup.u_pairs, seed=1)
    for rule in setup.training:
        linker.training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True
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


def _csv(path: Path, separator: str = ",") -> pl.DataFrame:
    return pl.read_csv(path, separator=separator, infer_schema=False)


def historical_dev(data: Path) -> Setup:
    """Return the settings of the tutorial `deduplicate_50k_synthetic`; threshold 0.95 is the tutorial's own."""
    frame = pl.read_parquet(data / "historical_dev/hist.parquet").with_columns(
        first_name_surname_concat=pl.col("first_name") + " " + pl.col("surname")
    )
    return Setup(
        {"hist": frame},
        "dedupe_only",
        [
            block_on("substr(first_name,1,3)", "substr(surname,1,4)"),
            block_on("surname", "dob"),
            block_on("first_name", "dob"),
            block_on("postcode_fake", "first_name"),
            block_on("postcode_fake", "surname"),
            block_on("dob", "birth_place"),
            block_on("substr(postcode_fake,1,3)", "dob"),
            block_on("substr(postcode_fake,1,3)", "first_name"),
            block_on("substr(postcode_fake,1,3)", "surname"),
            block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
        ],
        [
            cl.ForenameSurnameComparison(
                "first_name", "surname", forename_surname_concat_col_name="first_name_surname_concat"
            ),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
        [block_on("first_name", "surname"), block_on("dob")],
        [
            block_on("first_name", "surname", "dob"),
            block_on("substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)"),
            block_on("dob", "postcode_fake"),
        ],
        recall=0.6,
    )


def febrl3(data: Path) -> Setup:
    """Return the settings of the tutorial `febrl3`."""
    return Setup(
        {"febrl3": _csv(data / "febrl3/febrl3.csv")},
        "dedupe_only",
        [block_on(name) for name in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")],
        [
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
        [block_on("date_of_birth"), block_on("postcode")],
        [
            block_on("soc_sec_id"),
            block_on("given_name", "surname", "date_of_birth"),
            "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth",
        ],
        recall=0.9,
        u_pairs=1e6,
    )


def febrl4(data: Path) -> Setup:
    """Return the detailed model of the tutorial `febrl4`; threshold 0.99 is the tutorial's own."""
    return Setup(
        {name: _csv(data / f"febrl4/{name}.csv") for name in ("febrl4a", "febrl4b")},
        "link_only",
        [
            block_on("given_name", "surname"),
            "l.given_name = r.surname and l.surname = r.given_name",
            block_on("date_of_birth"),
            block_on("soc_sec_id"),
            block_on("state", "address_1"),
            block_on("street_number", "address_1"),
            block_on("postcode"),
        ],
        [
            cl.NameComparison("given_name").configure(term_frequency_adjustments=True),
            cl.NameComparison("surname").configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison(
                "date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True
            ),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        ],
        [block_on("date_of_birth"), block_on("postcode")],
        [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")],
        recall=0.8,
        u_pairs=1e6,
        threshold=0.99,
    )


def splink_fake_1000(data: Path) -> Setup:
    """Return the settings of the tutorial `accuracy_analysis_from_labels_column`."""
    near_dob = "levenshtein(r.dob::VARCHAR, l.dob::VARCHAR) <= 1"
    return Setup(
        {"fake1000": _csv(data / "splink_fake_1000/fake1000.csv").with_columns(pl.col("dob").str.to_date())},
        "dedupe_only",
        [block_on(name) for name in ("first_name", "surname", "dob", "email")],
        [
            cl.ForenameSurnameComparison("first_name", "surname"),
            cl.DateOfBirthComparison("dob", input_is_string=False),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
        [block_on("dob"), block_on("email"), block_on("first_name", "surname")],
        [
            f"l.first_name = r.first_name and {near_dob}",
            f"l.surname = r.surname and {near_dob}",
            "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
            "l.email = r.email",
        ],
        u_pairs=1e6,
    )


def pseudopeople_us(data: Path) -> Setup:
    """Return the comparisons of the tutorial `pseudopeople-acs`, with the number that three of the five files hold.

    The tutorial links two files of 10,000 and 200 rows by single columns; its rules are narrowed to pairs of columns for
    60,000 rows.
    """
    names = ["first_name", "middle_initial", "last_name", "date_of_birth", "ssn", "address", "street_name", "sex"]
    return Setup(
        {name: _us_file(data / f"pseudopeople_us/{name}.parquet").select("rec_id", *names) for name in US_FILES},
        "link_and_dedupe",
        [
            block_on("ssn"),
            block_on("first_name", "last_name"),
            block_on("first_name", "date_of_birth"),
            block_on("last_name", "date_of_birth"),
            block_on("first_name", "street_name"),
            block_on("last_name", "street_name"),
            block_on("date_of_birth", "middle_initial", "sex"),
        ],
        [
            cl.NameComparison("first_name", jaro_winkler_thresholds=[0.9]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("middle_initial").configure(term_frequency_adjustments=True),
            cl.NameComparison("last_name", jaro_winkler_thresholds=[0.9]).configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("date_of_birth", [1]),
            cl.DamerauLevenshteinAtThresholds("ssn", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("address").configure(term_frequency_adjustments=True),
            cl.ExactMatch("sex"),
        ],
        [block_on("first_name", "last_name"), block_on("date_of_birth"), block_on("ssn")],
        [block_on("ssn"), block_on("first_name", "last_name", "date_of_birth")],
        recall=0.8,
    )


US_FILES = ("census2020", "census2030", "ssa2030", "t1040_2029", "w2_2029")


def _us_file(path: Path) -> pl.DataFrame:
    """Return one of the five files in common columns: ISO dates, one initial, one address."""
    frame = pl.read_parquet(path)
    frame = frame.rename({name: name.removeprefix("mailing_address_") for name in frame.columns})
    missing = {"ssn", "date_of_birth", "sex", "street_number", "street_name", "middle_initial"} - set(frame.columns)
    initial = pl.col("middle_name").str.slice(0, 1) if "middle_name" in frame.columns else pl.col("middle_initial")
    frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in sorted(missing))
    born = pl.col("date_of_birth")
    return frame.with_columns(
        middle_initial=initial,
        date_of_birth=pl.coalesce(
            born.str.to_date("%m/%d/%Y", strict=False), born.str.to_date("%Y%m%d", strict=False)
        ).cast(pl.String),
        address=pl.concat_str("street_number", "street_name", separator=" "),
    )


def chicago_orgs(data: Path) -> Setup:
    """Return a configuration of ready-made comparisons for early-childhood sites."""
    frame = _csv(data / "chicago_orgs/orgs.csv").select(
        "rec_id",
        name=_plain("Site name"),
        address=_plain("Address"),
        zip=_plain("Zip").str.slice(0, 5),
        phone=_plain("Phone"),
    )
    return Setup(
        {"orgs": frame},
        "dedupe_only",
        [
            block_on("name"),
            block_on("phone"),
            block_on("address"),
            block_on("substr(name,1,5)", "zip"),
            block_on("substr(address,1,6)", "zip"),
        ],
        [
            cl.NameComparison("name"),
            cl.JaroWinklerAtThresholds("address", [0.9, 0.7]),
            cl.ExactMatch("zip").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("phone", [1]).configure(term_frequency_adjustments=True),
        ],
        [block_on("phone"), block_on("name")],
        [block_on("name", "address"), block_on("phone", "address")],
    )


def patstat_nl(data: Path) -> Setup:
    """Return a configuration of ready-made comparisons for patent applicants with coauthors, classes and a place."""
    frame = _csv(data / "patstat_nl/patstat.csv").select(
        "rec_id",
        name=_plain("Name"),
        lat=pl.when(pl.col("Lat") != "0.0").then(pl.col("Lat")).cast(pl.Float64),
        lng=pl.when(pl.col("Lng") != "0.0").then(pl.col("Lng")).cast(pl.Float64),
        coauthors=pl.col("Coauthor").str.split("**"),
        classes=pl.col("Class").str.split("**"),
    )
    return Setup(
        {"patstat": frame},
        "dedupe_only",
        [block_on("name"), block_on("substr(name,1,4)"), block_on("lat", "lng")],
        [
            cl.NameComparison("name"),
            cl.DistanceInKMAtThresholds("lat", "lng", [1, 10, 50]),
            cl.ArrayIntersectAtSizes("coauthors", [3, 1]),
            cl.ArrayIntersectAtSizes("classes", [4, 1]),
        ],
        [block_on("name"), block_on("lat", "lng")],
        [block_on("name")],
        recall=0.3,
    )


def dblp_acm(data: Path) -> Setup:
    """Return a configuration of ready-made comparisons for two bibliographies."""
    return Setup(
        {
            name: _csv(data / f"bibliographic/ccer_D4/{name}.csv", "%").select(
                rec_id="id",
                title=_plain("title"),
                authors=_plain("authors"),
                venue=_plain("venue"),
                year=pl.col("year").str.slice(0, 4),
            )
            for name in ("dblpclean", "acmclean")
        },
        "link_only",
        [
            block_on("title"),
            block_on("authors"),
            block_on("substr(title,1,8)"),
            block_on("substr(authors,1,6)", "year"),
        ],
        [
            cl.JaroWinklerAtThresholds("title", [0.95, 0.88]),
            cl.JaroWinklerAtThresholds("authors", [0.9, 0.7]),
            cl.ExactMatch("venue").configure(term_frequency_adjustments=True),
            cl.ExactMatch("year"),
        ],
        [block_on("title"), block_on("authors")],
        [block_on("title", "year")],
    )


def fodors_zagat(data: Path) -> Setup:
    """Return a configuration of ready-made comparisons for restaurants."""
    frame = _csv(data / "fodors_zagat/rest.csv").select(
        "rec_id", *(_plain(name).alias(name) for name in ("name", "address", "city", "cuisine"))
    )
    return Setup(
        {"rest": frame},
        "dedupe_only",
        [
            block_on("name"),
            block_on("address"),
            block_on("substr(name,1,4)", "city"),
            block_on("substr(address,1,6)", "city"),
        ],
        [
            cl.NameComparison("name"),
            cl.JaroWinklerAtThresholds("address", [0.9, 0.8]),
            cl.JaroWinklerAtThresholds("city", [0.9]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("cuisine").configure(term_frequency_adjustments=True),
        ],
        [block_on("name"), block_on("address")],
        [block_on("name", "address")],
    )


def _plain(name: str) -> pl.Expr:
    text = pl.col(name).str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(text != "").then(text)


SETUPS: dict[str, Callable[[Path], Setup]] = {
    function.__name__: function
    for function in (
        historical_dev, febrl3, febrl4, splink_fake_1000, pseudopeople_us, chicago_orgs, patstat_nl, dblp_acm, fodors_zagat,
    )
}  # fmt: skip
