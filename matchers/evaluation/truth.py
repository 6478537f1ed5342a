"""Truth: which records are known to be of one entity."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl

from engine.errors import InputError
from engine.io.delimited import DELIMITERS
from engine.spelling import nearest
from engine.tables import RECORD_KEY

TRUTH = pl.Schema(
    {
        "source": pl.String,
        "record_id": pl.String,
        "role": pl.String,
        "subject": pl.String,
        "entity_id": pl.String,
        "decidable": pl.Boolean,
    }
)
"""A null source stands for the only source with that record, a null role for the record's principal or only role, a
null subject for the only subject; `decidable` is null where the truth does not say."""

UNLABELLED = ("", "-1")
_NO = ("false", "f", "no", "n", "0")
_HINT = (
    "a truth file has the columns record_id and entity_id, and source when records of several sources share a record_id"
)


class Labelled(NamedTuple):
    """The records of a run that the truth labels, and the number of labels without a record.

    `records` holds RECORD_KEY, signature_id, entity_id, truth and decidable.
    """

    records: pl.DataFrame
    unmatched: int


def read_truth(file: Path, *, id_column: str = "record_id", entity_column: str = "entity_id") -> pl.DataFrame:
    """Return the labels of a CSV or Parquet file as `TRUTH`; records of entity -1 or none are left out.

    Without a column `role` no role is told; an empty one is the principal. Where all entities are whole numbers with
    decimals (17.0), as floats are written, they are taken without.

    Raises:
        InputError: no such file, a missing column, or a record that is said to be of two entities.
    """
    read = read_table(file, "truth file")
    for name in (id_column, entity_column):
        if name not in read.columns:
            raise InputError(f"{file.name}: the column '{name}' is missing{nearest(name, read.columns)}", hint=_HINT)
    named = {"record_id": id_column, "entity_id": entity_column}
    columns = {name: named.get(name, name) for name in TRUTH}
    texts = read.select(
        (pl.col(column).cast(pl.String).str.strip_chars() if column in read.columns else pl.lit(None, pl.String)).alias(
            name
        )
        for name, column in columns.items()
    )
    texts = texts.with_columns(without_decimals(texts["entity_id"]))
    labels = texts.filter(pl.col("entity_id").is_not_null() & ~pl.col("entity_id").is_in(UNLABELLED)).with_columns(
        pl.col("source", "subject").replace("", None),
        *([pl.col("role").fill_null("")] if "role" in read.columns else []),
        decidable=~pl.col("decidable").str.to_lowercase().is_in(_NO),
    )
    return _one_entity_each(labels.unique().sort("subject", *RECORD_KEY, "entity_id"), file)


def read_table(file: Path, kind: str) -> pl.DataFrame:
    """Return a CSV (all columns as text) or Parquet file; `kind` is what messages call it.

    Raises:
        InputError: no such file, one that cannot be read, or one that is delimited by something else than commas.
    """
    if not file.is_file():
        raise InputError(f"no such {kind}: {file}")
    try:
        read = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise InputError(
            f"{file.name}: cannot be read: {error}", hint=f"a {kind} is CSV in UTF-8 or Parquet"
        ) from error
    if len(read.columns) == 1 and (held := [one for one in DELIMITERS if one in read.columns[0]]):
        raise InputError(
            f"{file.name}: one column '{read.columns[0]}', which looks delimited by {held[0]!r}",
            hint=f"a {kind} is delimited by commas",
        )
    return read


def without_decimals(entities: pl.Series) -> pl.Series:
    """Return entities as text, whole numbers that were written as floats (17.0) without their decimals."""
    whole = entities.str.contains(r"^-?\d+\.0+$") | (entities == "")
    return entities.str.replace(r"\.0+$", "") if whole.all() else entities


def label_records(record_entity: pl.DataFrame, truth: pl.DataFrame, *, subject: str) -> Labelled:
    """Return the records of RECORD_ENTITY that the truth of `subject` labels.

    Raises:
        InputError: no label finds a record, one without a source finds records of several sources, or one without a
            role finds a record with several.
    """
    labels = truth.filter(pl.col("subject").is_null() | (pl.col("subject") == subject)).select(
        *RECORD_KEY, "decidable", truth="entity_id", _label=pl.int_range(pl.len())
    )
    records = record_entity.select(*RECORD_KEY, "signature_id", "entity_id")
    found = _found(labels, records)
    fault = _fault(found, labels, records)
    if fault:
        raise InputError(f"truth of subject '{subject}': {fault}", hint=_HINT)
    return Labelled(
        found.select(*RECORD_KEY, "signature_id", "entity_id", "truth", "decidable"), labels.height - found.height
    )


def _found(labels: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Return the records of each label, by as much of the key as it tells."""
    alone = (pl.len().over("source", "record_id") == 1) | (pl.col("role") == "")
    parts = []
    for untold in ((), ("source",), ("role",), ("source", "role")):
        told = [name for name in RECORD_KEY if name not in untold]
        own = labels.filter(
            *(pl.col(name).is_null() for name in untold), *(pl.col(name).is_not_null() for name in told)
        )
        parts.append(own.drop(untold).join(records.filter(alone) if "role" in untold else records, on=told))
    return pl.concat(parts, how="diagonal").sort(RECORD_KEY)


def _fault(found: pl.DataFrame, labels: pl.DataFrame, records: pl.DataFrame) -> str | None:
    """Return what makes the labels unfit for these records."""
    several = found.filter(pl.len().over("_label") > 1)
    if several.height:
        record = several["record_id"][0]
        sources = several.filter(pl.col("_label") == several["_label"][0])["source"]
        return f"record '{record}' stands in several sources ({', '.join(sources)})"
    roleless = labels.filter(pl.col("role").is_null()).join(found, on="_label", how="anti")
    anywhere = roleless.filter(pl.col("source").is_null())
    unclear = [
        records.join(anywhere, on="record_id", how="semi"),
        records.join(roleless, on=["source", "record_id"], how="semi"),
    ]
    if any(frame.height for frame in unclear):
        first = pl.concat(unclear).sort(RECORD_KEY).filter(pl.col("record_id") == pl.col("record_id").first())
        return f"record '{first['record_id'][0]}' bears several roles ({', '.join(first['role'])}); say which in `role`"
    twice = found.filter(pl.len().over(RECORD_KEY) > 1)
    if twice.height:
        return f"record {_some(twice.head(1))} is labelled twice, with its source or role and without"
    if found.is_empty():
        return f"none of {labels.height} labels finds a record (it names {_some(labels)}; the run has {_some(records)})"
    return None


def _some(frame: pl.DataFrame) -> str:
    rows = frame.select(RECORD_KEY).head(3).rows()
    return ", ".join(repr("/".join(filter(None, row))) for row in rows) or "none"


def _one_entity_each(labels: pl.DataFrame, file: Path) -> pl.DataFrame:
    twice = labels.filter(pl.len().over("subject", *RECORD_KEY) > 1)
    if twice.height:
        entities = " and ".join(twice["entity_id"].head(2))
        raise InputError(
            f"{file.name}: {twice['record_id'].n_unique()} records are of more than one entity,"
            f" such as {_some(twice.head(1))} of {entities}",
            hint=_HINT,
        )
    return labels
