"""The project's CSV file of judgements."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from engine.errors import ConfigurationError
from engine.settings import Project
from engine.spelling import nearest

WORDS = ("same", "different", "unsure")
REQUIRED = ("source_l", "record_l", "source_r", "record_r", "judgement", "decided_by")
OPTIONAL = ("role_l", "role_r", "decided_at", "reason", "subject", "values_l", "values_r")
COLUMNS = (
    "source_l", "record_l", "role_l", "source_r", "record_r", "role_r", *REQUIRED[4:], *OPTIONAL[2:], "judgement_id",
)  # fmt: skip
"""`values_l` and `values_r` are hashes of what is matched of either record, as it was when they were judged."""

HINT = (
    f"the first line names the columns ({', '.join(REQUIRED)}); a judgement is {', '.join(WORDS[:-1])} or {WORDS[-1]}"
)


def no_judgements() -> pl.DataFrame:
    """Return the judgements of a project that has none."""
    return pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))


def read_judgements(
    file: Path, *, subjects: Collection[str], decided_by: str | None = None, forms: bool = False
) -> pl.DataFrame:
    """Return the judgements of a CSV file, one row per line, with the columns of `COLUMNS`.

    A missing role is the principal `''`; a missing subject stands for every subject. Other columns and empty lines are
    left out. `judgement_id` is file and line. `decided_by` stands in for what is empty there; with `forms` the lines
    without a judgement are left out.

    Raises:
        ConfigurationError: with every fault: a missing file or column, an empty key, an unknown judgement or subject, a
            record judged against itself, a pair that one person judged both same and different.
    """
    if not file.is_file():
        raise ConfigurationError([f"judgements: no such file: {file}"], hint="`judgements` names a CSV file")
    try:
        delivered = pl.read_csv(file, infer_schema=False).rename(str.strip)
    except pl.exceptions.NoDataError:
        return no_judgements()
    except pl.exceptions.PolarsError as error:
        raise ConfigurationError([f"{file.name}: not a CSV file in UTF-8: {error}"], hint=HINT) from error
    if decided_by is not None and "decided_by" not in delivered.columns:
        delivered = delivered.with_columns(decided_by=pl.lit(decided_by))
    missing = [name for name in REQUIRED if name not in delivered.columns]
    if missing:
        faults = [f"{file.name}: the column '{name}' is missing{nearest(name, delivered.columns)}" for name in missing]
        raise ConfigurationError(faults, hint=HINT)
    absent = [pl.lit(None, pl.String).alias(name) for name in OPTIONAL if name not in delivered.columns]
    judgements = delivered.with_columns(absent).select(
        pl.col(name).str.strip_chars().replace("", None) for name in COLUMNS[:-1]
    )
    numbered = (
        judgements.with_row_index("line", offset=2)
        .filter(pl.any_horizontal(pl.col(COLUMNS[:-1]).is_not_null()))
        .with_columns(
            pl.col("role_l", "role_r").fill_null(""),
            pl.col("judgement").str.to_lowercase(),
            pl.col("decided_by").fill_null(pl.lit(decided_by, pl.String)),
        )
        .filter(pl.lit(value=not forms) | pl.col("judgement").is_not_null())
    )
    faults = [f"{file.name}: {fault}" for fault in (*_line_faults(numbered, subjects), *_two_ways(numbered))]
    if faults:
        raise ConfigurationError(faults, hint=HINT)
    place = pl.format("{} line {}", pl.lit(file.name), pl.col("line"))
    return numbered.with_columns(judgement_id=place).select(COLUMNS)


def judgement_faults(project: Project) -> tuple[str, ...]:
    """Return every fault of the project's file of judgements, for `load_project`."""
    if project.judgements is None:
        return ()
    try:
        read_judgements(project.path(project.judgements), subjects=project.subjects)
    except ConfigurationError as error:
        return error.faults
    return ()


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
    """Yield one fault per pair that one person judged both same and different; no order says which they meant."""
    first: dict[tuple[Any, ...], dict[str, int]] = {}
    for row in judgements.iter_rows(named=True):
        line, word = row["line"], row["judgement"]
        if word not in ("same", "different"):
            continue
        said = first.setdefault((row["subject"], row["decided_by"], frozenset((_key(row, "l"), _key(row, "r")))), {})
        if said and word not in said:
            ((other, earlier),) = said.items()
            yield (
                f"line {line}: {row['decided_by']} judges {_shown(row, 'l')} and {_shown(row, 'r')} {word}, "
                f"but {other} in line {earlier}; strike one"
            )
        if not said:
            said[word] = line


def _key(row: dict[str, Any], side: str) -> tuple[str, ...]:
    return (row[f"source_{side}"], row[f"record_{side}"], row[f"role_{side}"])


def _shown(row: dict[str, Any], side: str) -> str:
    return "/".join(str(part) for part in _key(row, side) if part != "")
