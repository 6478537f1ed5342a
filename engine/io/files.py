"""Where a source's files lie, of what format they are, and their bytes, with every failure told as an InputError."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast

import polars as pl
import pyarrow as pa

from engine.errors import InputError
from engine.io.deliveries import deliveries_of
from engine.settings.project import Project
from engine.settings.source import FileFormat, Source
from engine.spelling import nearest
from engine.stream.manifest import taken_files

BLOCK = 8 << 20
"""Bytes read at a time; memory is a small multiple of it, and of the longest line."""

SUFFIXES: dict[str, FileFormat] = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".xlsx": "excel",
}
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
TEXT_FORMATS = ("csv", "tsv", "jsonl")
READ_FAILURES = (OSError, EOFError, pa.ArrowException)


class Fault(NamedTuple):
    """A row that cannot be read: its line, why, and its text as delivered."""

    line: int
    reason: str
    raw: str


class Delivered(NamedTuple):
    """Some rows of a file: `cells`, all its columns as text; `lines`, the line of each row; and the unreadable rows."""

    cells: pl.DataFrame
    lines: pl.Series
    faults: list[Fault]


def source_files(source: Source, project: Project) -> list[Path]:
    """Return the source's files: patterns in the order given, the files of each sorted, each file once.

    Those that `lifetree watch` took follow, then those that `lifetree update` accepted. What else lies in the project's
    own store is no source's.

    Raises:
        InputError: a path or pattern that matches no file, or a file that was taken or accepted and is gone.
        StoreError: what is kept of an accepted file cannot be read.
    """
    found: list[Path] = []
    store = project.path(project.store).resolve()
    taken = [*taken_files(project, source.name), *(one.file for one in deliveries_of(project, source.name))]
    for pattern in source.files:
        path = project.path(pattern)
        matches = [path] if path.exists() else [file for file in _expanded(path) if store not in file.resolve().parents]
        if not matches and not taken:
            raise InputError(f"source {source.name}: no file {path.absolute()}", hint=_whereabouts(path.absolute()))
        found += matches
    return list(dict.fromkeys([*found, *taken]))


def format_of(source: Source, file: Path) -> FileFormat:
    """Return the declared format, else the one that the file's suffix stands for.

    Raises:
        InputError: no format is declared and the suffix is unknown, or the format cannot be compressed.
    """
    suffixes = [suffix.lower() for suffix in file.suffixes]
    packed = bool(suffixes) and suffixes[-1] in COMPRESSIONS
    suffix = suffixes[-2 if packed else -1] if len(suffixes) > packed else ""
    form = source.format or SUFFIXES.get(suffix)
    if form is None:
        raise InputError(
            f"{file}: unknown suffix '{suffix}'; known: {' '.join(SUFFIXES)}, the text formats also with .gz or .zst",
            hint="set `format` of the source",
        )
    if packed and form not in TEXT_FORMATS:
        raise InputError(f"{file}: {form} files are compressed inside", hint="unpack the file")
    return form


def byte_blocks(file: Path) -> Iterator[bytes]:
    """Yield the unpacked bytes of a file in blocks.

    Raises:
        InputError: the file cannot be read, or its compression is damaged or cut short.
    """
    try:
        with _opened(file) as stream:
            while block := stream.read(BLOCK):
                yield block
    except READ_FAILURES as error:
        raise unreadable(file, error) from error


def refuse_unusable(file: Path) -> None:
    """Raise an InputError for a file that is missing, a folder, or of 0 bytes."""
    if not file.exists():
        raise InputError(f"no file {file.absolute()}", hint=_whereabouts(file.absolute()))
    if file.is_dir():
        raise InputError(f"{file} is a folder, not a file", hint=f"name its files, such as `{file}/*.csv`")
    if file.is_file() and file.stat().st_size == 0:
        raise InputError(
            f"{file} is empty (0 bytes)", hint="ask for the delivery again, or take the file out of `files`"
        )


def unreadable(file: Path, error: BaseException) -> InputError:
    """Return the failure of a library to read `file` in the user's words."""
    if isinstance(error, PermissionError):
        return InputError(f"no permission to read {file}", hint="grant the user of this process the right to read it")
    detail = " ".join(str(error).split())[:200] or type(error).__name__
    return InputError(
        f"{file} is damaged or not of its format: {detail}", hint="ask for the delivery again, or set `format`"
    )


def _opened(file: Path) -> IO[bytes]:
    compression = COMPRESSIONS.get(file.suffix.lower())
    return cast("IO[bytes]", pa.input_stream(str(file), compression=compression)) if compression else file.open("rb")


def _expanded(path: Path) -> list[Path]:
    return sorted(map(Path, glob.glob(str(path), recursive=True)))  # noqa: PTH207  # Path.glob takes no absolute pattern


def _whereabouts(path: Path) -> str:
    """Return what lies where `path` was looked for."""
    folder = path.parent
    if not folder.is_dir():
        return "that folder does not exist; paths are relative to the project's folder"
    names = sorted(file.name for file in folder.iterdir())
    if not names:
        return "that folder is empty"
    return f"that folder holds {len(names)} others{nearest(path.name, names[:20])}"
