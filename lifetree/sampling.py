"""Samples of pairs that people label blind, and what their labels say of a run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from engine.errors import InputError
from engine.settings import Project
from engine.spelling import nearest
from engine.store import Run
from engine.store.decisions import decisions
from engine.tables import PAIR_KEY, RECORD_KEY
from lifetree.reviewing import ENDS
from matchers.judgements import given
from matchers.judgements.force import SIDES
from matchers.judgements.samples import draw, estimated

STRATUM = ("stratum", "stratum_pairs", "stratum_drawn")
COLUMNS = ("subject", *ENDS, *STRATUM)


def drawn(run: Run, *, subject: str, pairs: int, seed: int) -> pl.DataFrame:
    """Return a sample of the compared pairs of a subject, with COLUMNS: of each signature its first record stands."""
    told = draw(run.scan("pairs", subject=subject).select(*PAIR_KEY, "match_weight").collect(), number=pairs, seed=seed)
    ends = pl.concat([told["signature_l"], told["signature_r"]]).unique()
    borne = run.scan("record_signature", subject=subject).select(*RECORD_KEY, "signature_id").collect()
    wanted = borne.filter(pl.col("signature_id").is_in(ends.implode())).sort(RECORD_KEY)
    first = wanted.unique("signature_id", keep="first", maintain_order=True)
    for side, keys in SIDES.items():
        of = first.rename(dict(zip(RECORD_KEY, keys, strict=True)))
        told = told.join(of, left_on=f"signature_{side}", right_on="signature_id", maintain_order="left")
    return told.with_columns(subject=pl.lit(subject)).select(COLUMNS)


def read_sample(file: Path, *, subjects: Iterable[str]) -> pl.DataFrame:
    """Return the sample of a CSV file, with COLUMNS.

    Raises:
        InputError: it cannot be read, lacks a column, or names another subject.
    """
    hint = "`lifetree review PROJECT sample` draws one"
    try:
        told = pl.read_csv(file, infer_schema=False, null_values=[])
        absent = [name for name in COLUMNS if name not in told.columns]
        if absent:
            raise InputError(f"{file} is no sample of pairs: the column '{absent[0]}' is missing", hint=hint)
        sample = told.select(
            pl.col("subject", *ENDS).fill_null(""), pl.col(STRATUM).cast(pl.Int64)
        )  # fmt: skip
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(f"{file} is no sample of pairs: {str(error).partition(chr(10))[0]}", hint=hint) from error
    names = list(subjects)
    for name in sample["subject"].unique().sort():
        if name not in names:
            raise InputError(f"{file}: the project has no subject '{name}'{nearest(name, names)}", hint=hint)
    return sample.select(COLUMNS)


def unlabelled(project: Project, file: Path, *, by: str) -> pl.DataFrame:
    """Return the pairs of a sample that `by` did not label yet, in the order of the file."""
    mine = given(decisions(project.path(project.store)), kind="label").filter(pl.col("decided_by") == by)
    sample = read_sample(file, subjects=project.subjects)
    return sample.join(mine, on=["subject", *ENDS], how="anti", maintain_order="left")


def evaluate_pairs(run: Run, project: Project, file: Path, *, subjects: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return, by subject, what the labels of a sample say of the live run's links; see `estimated`.

    `sample` counts the pairs drawn, with a clear label, unsure, and those on which people disagree. A pair is linked
    when its two records are in one entity of the run.

    Raises:
        InputError: the file is no sample, or none of its pairs has a clear label.
    """
    sample = read_sample(file, subjects=project.subjects).filter(pl.col("subject").is_in(list(subjects)))
    labels = given(decisions(project.path(project.store)), kind="label").select("subject", *ENDS, "judgement")
    words = (
        sample.join(labels, on=["subject", *ENDS]).group_by("subject", *ENDS).agg(pl.col("judgement").unique().sort())
    )
    single = words.filter(pl.col("judgement").list.len() == 1).with_columns(pl.col("judgement").list.first())
    clear = single.filter(pl.col("judgement") != "unsure").with_columns(same=pl.col("judgement") == "same")
    if clear.is_empty():
        raise InputError(
            f"no pair of {file} has a clear label", hint=f"`lifetree review PROJECT ask --sample {file}` asks for them"
        )
    found = {}
    for name in sample["subject"].unique().sort():
        own = pl.col("subject") == name
        placed = _linked(run, sample.join(clear.filter(own), on=["subject", *ENDS]), subject=name)
        counts = {
            "drawn": "pairs",
            "pairs": sample.filter(own).height,
            "labelled": placed.height,
            "unsure": single.filter(own & (pl.col("judgement") == "unsure")).height,
            "disagreed": words.filter(own & (pl.col("judgement").list.len() > 1)).height,
        }
        found[name] = {"sample": counts, "pairs": estimated(placed)}
    return found


def _linked(run: Run, labelled: pl.DataFrame, *, subject: str) -> pl.DataFrame:
    """Return the labelled pairs of which both records are in the run, and whether it has them in one entity."""
    entities = run.scan("record_entity", subject=subject).select(*RECORD_KEY, "entity_id").collect()
    for side, keys in SIDES.items():
        of = entities.rename({"entity_id": f"_{side}"})
        labelled = labelled.join(of, left_on=keys, right_on=list(RECORD_KEY))
    return labelled.with_columns(linked=(pl.col("_l") == pl.col("_r")).fill_null(value=False))
