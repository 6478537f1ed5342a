"""The cases of the blocking suite: parts of five populations, each under a drawn choice of blocking rules.

The labels draw the case (whole entities, and rules whose true recall lies within `RECALLS`) and judge the answer; the
estimate does not see them.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from benchmarks.accuracy import stored_project
from benchmarks.datasets import DATA_SETS, data_folder, truth_of
from engine.settings import Project, Subject, load_project
from engine.store import open_live
from engine.tables import GENERIC_VALUES, LINKS, PAIR_KEY, WEIGHT_SCALE
from lifetree.blocking_loss import identifier_evidence
from matchers.blocking import distinct, join, key, size
from matchers.blocking.looked import Evidence
from matchers.clustering import cluster
from matchers.evaluation import read_truth
from matchers.evaluation.truth import label_records
from matchers.masses import silence
from matchers.models import Calibration, score_candidates

ENTITIES = {"febrl3": 700, "historical_dev": 200, "city": 160, "pseudopeople_us": 600, "splink_fake_1000": 170}
"""Entities of a case, by population; seeds go through them in turn."""

RECALLS = (0.80, 0.999)
CITY = "city"
CITY_PERSONS = 1_000


class Population(NamedTuple):
    """A built project's signatures, what they truly are (signature_id, truth), and the calibration it trained."""

    subject: Subject
    signatures: pl.DataFrame
    truth: pl.DataFrame
    calibration: Calibration


class Case(NamedTuple):
    """A part of a population under some of its rules; `missed` are the true pairs that are neither found nor united."""

    name: str
    subject: Subject
    calibration: Calibration
    evidence: Evidence
    recall: float
    missed: pl.DataFrame


def populations() -> Iterator[tuple[str, Population]]:
    """Yield every population by name, built from nothing."""
    for name in ENTITIES:
        with tempfile.TemporaryDirectory() as place:
            yield name, _population(name, Path(place))


def _population(name: str, folder: Path) -> Population:
    from lifetree.build import build

    project, truth = _city(folder) if name == CITY else _public(name, folder)
    build(project)
    run, subject = open_live(project), next(iter(project.subjects))
    signatures = silence(run.read("signatures", subject=subject), run.read("mass_values", subject=subject))
    labelled = label_records(run.read("record_entity", subject=subject), truth, subject=subject).records
    most = labelled.group_by("signature_id", "truth").agg(records=pl.len()).sort(
        "signature_id", "records", "truth", descending=[False, True, False]
    )  # fmt: skip
    known = most.unique("signature_id", keep="first", maintain_order=True).select("signature_id", "truth")
    calibration = Calibration.model_validate(run.calibration(subject))
    return Population(project.subjects[subject], signatures, known, calibration)


def _public(name: str, folder: Path) -> tuple[Project, pl.DataFrame]:
    (one,) = (one for one in DATA_SETS if one.name == name)
    return stored_project(name, folder / "store"), truth_of(one, data_folder(), folder)


def _city(folder: Path) -> tuple[Project, pl.DataFrame]:
    from lifetree.build import CHECKS
    from lifetree.city import Asked, make_city

    make_city(folder / CITY, Asked(persons=CITY_PERSONS, seed=1))
    return load_project(folder / CITY, checks=CHECKS), read_truth(folder / CITY / "truth/mentions.parquet")


def draw(name: str, population: Population, *, seed: int) -> Case:
    """Return the case of a seed: the first choice of entities and rules with a recall within `RECALLS`."""
    rng = random.Random(f"{name} {seed}")
    entities = population.truth["truth"].unique().sort().to_list()
    rules = population.subject.blocking
    while True:
        drawn = population.truth.filter(pl.col("truth").is_in(rng.sample(entities, min(len(entities), ENTITIES[name]))))
        signatures = population.signatures.join(drawn, on="signature_id", how="semi")
        number = rng.randint(max(1, len(rules) // 3), len(rules))
        chosen = sorted(rng.sample(range(len(rules)), number))
        subject = population.subject.model_copy(update={"blocking": tuple(rules[place] for place in chosen)})
        evidence = _evidence(signatures, subject, population.calibration)
        true = _true_pairs(drawn, evidence)
        recall = float(true["together"].mean())  # type: ignore[arg-type]  # the mean of a Boolean column
        if RECALLS[0] <= recall <= RECALLS[1]:
            missed = true.filter(~pl.col("together")).select(PAIR_KEY)
            return Case(name, subject, population.calibration, evidence, recall, missed)


def _evidence(signatures: pl.DataFrame, subject: Subject, calibration: Calibration) -> Evidence:
    """Return what a build of these signatures knows."""
    told = identifier_evidence(signatures, subject)
    keys = key(signatures, told.united, subject=subject).block_keys
    kept = size(keys, subject=subject).kept_keys
    pairs = distinct(pl.concat([part.candidates for part in join(kept, subject=subject)]))
    scored = score_candidates(
        pairs.select(PAIR_KEY), signatures, calibration=calibration, subject=subject, signatures=signatures.height
    ).select(*PAIR_KEY, "match_weight")
    linked = scored.filter(pl.col("match_weight") >= round(subject.model.threshold * WEIGHT_SCALE))
    links = pl.concat([told.links, LINKS.conform(linked.with_columns(reason=pl.lit("model")))])
    links = links.unique(PAIR_KEY, keep="first", maintain_order=True)
    clusters = cluster(told.members, links, told.conflicts, subject=subject, generic=told.generic)
    generic = GENERIC_VALUES.conform(told.generic)
    return Evidence(signatures, told.members, told.united, scored, links, told.conflicts, generic, clusters)


def _true_pairs(drawn: pl.DataFrame, evidence: Evidence) -> pl.DataFrame:
    """Return the pairs of signatures of one true entity, and whether rules or identifiers brought them `together`."""
    sides = drawn.join(evidence.united, on="signature_id", how="left")
    pairs = sides.join(sides, on="truth", suffix="_r").filter(pl.col("signature_id") < pl.col("signature_id_r"))
    pairs = pairs.rename({"signature_id": "signature_l", "signature_id_r": "signature_r"})
    found = evidence.candidates.select(*PAIR_KEY, found=pl.lit(value=True))
    together = (pl.col("united") == pl.col("united_r")).fill_null(value=False) | pl.col("found").fill_null(value=False)
    return pairs.join(found, on=PAIR_KEY, how="left").select(*PAIR_KEY, together=together)
