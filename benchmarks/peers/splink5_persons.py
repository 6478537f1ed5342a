"""Splink's tutorials on persons."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import splink.comparison_library as cl
from splink import block_on

from benchmarks.peers.splink5_setup import Setup, read_csv


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
        {"febrl3": read_csv(data / "febrl3/febrl3.csv")},
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
        seed=2,
        em_without_term_frequencies=False,
    )


def febrl4(data: Path) -> Setup:
    """Return the detailed model of the tutorial `febrl4`; threshold 0.99 is the tutorial's own."""
    return Setup(
        {name: read_csv(data / f"febrl4/{name}.csv") for name in ("febrl4a", "febrl4b")},
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
        {"fake1000": read_csv(data / "splink_fake_1000/fake1000.csv").with_columns(pl.col("dob").str.to_date())},
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
        seed=5,
    )


def pseudopeople_us(data: Path) -> Setup:
    """Return the comparisons of the tutorial `pseudopeople-acs`, with the number that three of the five files hold.

    The tutorial links two files of 10,000 and 200 rows by single columns; for 60,000 rows its rules are narrowed to
    pairs of columns.
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


PERSONS = (historical_dev, febrl3, febrl4, splink_fake_1000, pseudopeople_us)
