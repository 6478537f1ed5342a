"""Judgements: what people decided about pairs of records, read from the project's CSV file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from engine.errors import ConfigurationError
from engine.settings import Project
from engine.spelling import nearest
from engine.tables import PAIR_KEY, RECORD_KEY

WORDS = ("same", "different", "unsure")
REQUIRED = ("source_l", "record_l", "source_r", "record_r", "judgement", "decided_by")
OPTIONAL = ("role_l", "role_r", "decided_at", "reason", "subject")
COLUMNS = ("source_l", "record_l", "role_l", "source_r", "record_r", "role_r", *REQUIRED[4:], *OPTIONAL[2:])
HINT = (
    f"the first line names the columns ({', '.join(REQUIRED)}); a judgement is {', '.join(WORDS[:-1])} or {WORDS[-1]}"
)


def no_judgements() -> pl.DataFrame:
    """Return the judgements of a project that has none."""
    return pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))


def read_judgements(file: Path, *, subjects: Collection[str]) -> pl.DataFrame:
    """Return the judgements of a CSV file, one row per line, with the columns of `COLUMNS`.

    A missing role is the principal `''`; a missing subject stands for every subject. Other columns and empty lines are
    left out.

    Raises:
        ConfigurationError: with every fault: a missing file or column, an empty key, an unknown judgement or subject, a
            record judged against itself, a pair judged both same and different.
    """
    if not file.is_file():
        raise ConfigurationError([f"judgements: no such file: {file}"], hint="`judgements` names a CSV file")
    try:
        delivered = pl.read_csv(file, infer_schema=False).rename(str.strip)
    except pl.exceptions.NoDataError:
        return no_judgements()
    except pl.exceptions.PolarsError as error:
        raise ConfigurationError([f"{file.name}: not a CSV file in UTF-8: {error}"], hint=HINT) from error
    missing = [name for name in REQUIRED if name not in delivered.columns]
    if missing:
        faults = [f"{file.name}: the column '{name}' is missing{nearest(name, delivered.columns)}" for name in missing]
        raise ConfigurationError(faults, hint=HINT)
    absent = [pl.lit(None, pl.String).alias(name) for name in OPTIONAL if name not in delivered.columns]
    judgements = delivered.with_columns(absent).select(
        pl.col(name).str.strip_chars().replace("", None) for name in COLUMNS
    )
    numbered = (
        judgements.with_row_index("line", offset=2)
        .filter(pl.any_horizontal(pl.col(COLUMNS).is_not_null()))
        .with_columns(pl.col("role_l", "role_r").fill_null(""), pl.col("judgement").str.to_lowercase())
    )
    faults = [f"{file.name}: {fault}" for fault in (*_line_faults(numbered, subjects), *_two_ways(numbered))]
    if faults:
        raise ConfigurationError(faults, hint=HINT)
    return numbered.drop("line")


def judgement_faults(project: Project) -> tuple[str, ...]:
    """Return every fault of the project's file of judgements, for `load_project`."""
    if project.judgements is None:
        return ()
    try:
        read_judgements(project.path(project.judgements), subjects=project.subjects)
    except ConfigurationError as error:
        return error.faults
    return ()


def of_subject(judgements: pl.DataFrame, *, subject: str) -> pl.DataFrame:
    """Return the judgements that name `subject` or none."""
    return judgements.filter(pl.col("subject").is_null() | (pl.col("subject") == subject))


def judged_records(judgements: pl.DataFrame) -> pl.DataFrame:
    """Return the keys of all judged records, each once, sorted; `collapse` gives each a signature of its own."""
    return pl.concat([_side(judgements, "l"), _side(judgements, "r")]).unique().sort(RECORD_KEY)


def judged_pairs(judgements: pl.DataFrame, record_signature: pl.DataFrame) -> pl.DataFrame:
    """Return `signature_l < signature_r` and judgement, same or different, one row per pair, sorted.

    An unsure judgement has no force and is left out; so is one that names a record that does not exist (see `orphans`).
    """
    signatures = record_signature.select(*RECORD_KEY, "signature_id")
    sides = judgements.filter(pl.col("judgement") != "unsure")
    for side in ("l", "r"):
        on = [f"source_{side}", f"record_{side}", f"role_{side}"]
        sides = sides.join(signatures.rename({"signature_id": f"_{side}"}), left_on=on, right_on=list(RECORD_KEY))
    return (
        sides.filter(pl.col("_l") != pl.col("_r"))
        .select(
            pl.min_horizontal("_l", "_r").alias("signature_l"),
            pl.max_horizontal("_l", "_r").alias("signature_r"),
            "judgement",
        )
        .unique()
        .sort(PAIR_KEY)
    )


def orphans(judgements: pl.DataFrame, record_signature: pl.DataFrame) -> pl.DataFrame:
    """Return the keys of judged records that match no record, sorted."""
    return judged_records(judgements).join(record_signature, on=list(RECORD_KEY), how="anti").sort(RECORD_KEY)


def _side(judgements: pl.DataFrame, side: str) -> pl.DataFrame:
    return judgements.select(
        pl.col(f"source_{side}").alias("source"),
        pl.col(f"record_{side}").alias("record_id"),
        pl.col(f"role_{side}").alias("role"),
    )


def _line_faults(judgements: pl.DataFrame, subjects: Collection[str]) -> Iterator[str]:
    for row in judgements.iter_rows(named=True):
        line = row["line"]
        for name in REQUIRED:
            if row[name] is None:
                yield f"line {line}: '{name}' is empty"
        word, subject = row["judgement"], row["subject"]
        if word is not None and word not in WORDS:
            yield f"line {line}: unknown judgement '{word}'{nearest(word, WORDS)}"
        if subject is not None and subject not in subjects:
            yield f"line {line}: unknown subject '{subject}'{nearest(subject, subjects)}"
        if row["record_l"] is not None and _key(row, "l") == _key(row, "r"):
            yield f"line {line}: a record is judged against itself ({_shown(row, 'l')})"


def _two_ways(judgements: pl.DataFrame) -> Iterator[str]:
    """Yield one fault per pair that is judged both same and different; which holds is for people to say."""
    first: dict[frozenset[tuple[str, ...]], dict[str, tuple[int, str]]] = {}
    for row in judgements.iter_rows(named=True):
        line = row["line"]
        if row["judgement"] not in ("same", "different"):
            continue
        said = first.setdefault(frozenset((_key(row, "l"), _key(row, "r"))), {})
        if said and row["judgement"] not in said:
            ((other, (earlier, who)),) = said.items()
            yield (
                f"line {line}: {_shown(row, 'l')} and {_shown(row, 'r')} are judged {row['judgement']}"
                f" by {row['decided_by']}, but {other} by {who} in line {earlier}; strike one"
            )
        if not said:
            said[row["judgement"]] = (line, row["decided_by"])


def _key(row: dict[str, Any], side: str) -> tuple[str, ...]:
    return (row[f"source_{side}"], row[f"record_{side}"], row[f"role_{side}"])


def _shown(row: dict[str, Any], side: str) -> str:
    return "/".join(str(part) for part in _key(row, side) if part != "")
