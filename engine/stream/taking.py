"""Micro-batches: files that wait together are cleansed together and committed together, each content once."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from engine.durability import sync
from engine.errors import InputError, StoreError
from engine.io.ingest import Ingested
from engine.runners.seals import content_hash
from engine.settings import Project, Source
from engine.stream.inbox import FAILED, REPEATED, Arrived, set_aside
from engine.stream.intake import Opened, content_of, is_unchanged, open_file, place_of
from engine.stream.manifest import Manifest, commit, named, part_folder, placed, remove_leftovers
from engine.stream.parts import Clean, write_part
from engine.stream.watermark import Mark, advance
from engine.version import code_version

BATCH_ROWS = 100_000
"""Rows after which a micro-batch is committed; a file with more is one of its own, cleansed so many rows at a time."""


class Stream(NamedTuple):
    """A stream that one process writes: where from and to, how, and what was committed so far (it grows).

    `known` is the place of each file that was taken, by source and content hash.
    """

    project: Project
    inbox: Path
    folder: Path
    clean: Clean
    settings: Mapping[str, str]
    tell: Callable[[str], None]
    manifests: list[Manifest]
    known: dict[tuple[str, str], str]
    marks: dict[str, Mark]

    @property
    def sources(self) -> dict[str, Source]:
        """The project's sources by name."""
        return {source.name: source for source in self.project.sources}


def recover(stream: Stream) -> None:
    """Finish what a stopped process left: remove uncommitted parts, and take committed files out of the inbox."""
    remove_leftovers(stream.folder, stream.manifests)
    for file in stream.manifests[-1]["files"] if stream.manifests else ():
        waiting, kept = placed(stream.project, file["name"]), placed(stream.project, file["place"])
        if waiting.is_file() and kept.is_file() and content_hash(waiting) == file["content_hash"]:
            waiting.unlink()


def take(stream: Stream, files: Sequence[Arrived], *, batch_rows: int = BATCH_ROWS) -> None:
    """Take complete files of known sources, in their order, and tell of each micro-batch and of what is set aside.

    A file whose content its source delivered before is moved to `repeated` of the inbox, one that cannot be read as its
    source declares to `failed`. One that changes while it is read is left for the next look.

    Raises:
        StoreError: the store or the inbox cannot be written; the micro-batch under way is not committed.
    """
    try:
        waiting: list[Opened] = []
        for one in _opened(stream, files, batch_rows):
            if len(one.first) > 1:
                _commit(stream, [one])
                continue
            waiting.append(one)
            if sum(_size(opened.first[0]) for opened in waiting) >= batch_rows:
                _commit(stream, waiting)
                waiting = []
        _commit(stream, waiting)
    except OSError as error:
        raise StoreError(
            f"cannot write to {error.filename or stream.folder}: {error.strerror or error}",
            hint="check that the folder is writable and the disk is not full; the same command goes on from here",
        ) from error


def _opened(stream: Stream, files: Sequence[Arrived], chunk_rows: int) -> Iterator[Opened]:
    """Yield the files that can be taken; of equal contents among them the first."""
    pending: dict[tuple[str, str], str] = {}
    for file in files:
        try:
            content = content_of(file)
            if content is None:
                continue
            source, place = stream.sources[file.source or ""], place_of(stream.inbox, file, content)
            if first := stream.known.get((source.name, content)) or pending.get((source.name, content)):
                _repeated(stream, file, first)
                continue
            one = open_file(stream.project, source, file, content=content, place=place, chunk_rows=chunk_rows)
        except InputError as error:
            _failed(stream, file, error)
            continue
        if is_unchanged(file):
            if len(one.first) == 1:  # a big one is committed before the next is looked at, or not taken
                pending[source.name, content] = named(stream.project, place)
            yield one


def _repeated(stream: Stream, file: Arrived, first: str) -> None:
    place = set_aside(stream.inbox, file, REPEATED, f"its content was taken before, as {first}")
    stream.tell(f"repeated delivery: {file.path.name} is {first}; it adds nothing and was moved to {place}")


def _failed(stream: Stream, file: Arrived, error: InputError) -> None:
    if not is_unchanged(file):
        return
    place = set_aside(stream.inbox, file, FAILED, str(error))
    stream.tell(f"not taken, moved to {place}: {str(error).partition(chr(10))[0]}")


def _commit(stream: Stream, files: Sequence[Opened]) -> None:
    """Cleanse and commit one micro-batch of files, or of a big file; nothing is left when that fails."""
    if not files:
        return
    began = time.monotonic()
    number = stream.manifests[-1]["number"] + 1 if stream.manifests else 1
    folder = part_folder(stream.folder, number)
    try:
        folder.mkdir(parents=True)
        cleansed = _cleansed(stream, files, folder)
        if len(files) == 1 and not is_unchanged(files[0].file):
            shutil.rmtree(folder)
            return
        sync(folder)
        sync(folder.parent)
        for one in files:
            _keep(one)
    except InputError as error:  # damaged further in: only a big file is read on here, and it is alone
        shutil.rmtree(folder, ignore_errors=True)
        _failed(stream, files[0].file, error)
        return
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    manifest = _manifest(stream, number, files, cleansed)
    commit(stream.folder, manifest)
    stream.manifests.append(manifest)
    stream.known.update({(one.source.name, one.content_hash): named(stream.project, one.place) for one in files})
    stream.marks.update(cleansed.marks)
    for one in files:
        one.file.path.unlink(missing_ok=True)
    stream.tell(_told(manifest, time.monotonic() - began))


class _Cleansed(NamedTuple):
    """What a manifest says of the parts; rows and unread ones by file; the marks before and after."""

    parts: list[dict[str, Any]]
    counts: dict[Path, tuple[int, int]]
    before: dict[str, Mark]
    marks: dict[str, Mark]


def _cleansed(stream: Stream, files: Sequence[Opened], folder: Path) -> _Cleansed:
    before = {one.source.name: stream.marks.get(one.source.name, Mark(None, 0)) for one in files}
    marks, parts = dict(before), []
    counts = {one.place: (0, 0) for one in files}
    for place, chunks in enumerate(_parts(files)):
        for one, chunk in chunks:
            rows, unread = counts[one.place]
            counts[one.place] = (rows + _size(chunk), unread + chunk.rejects.height)
            name = one.source.name
            marks[name] = advance(
                marks[name], chunk.rows, source=one.source, arrived=one.file.arrived, before=before[name].watermark
            )
        parts.append(write_part(folder, place, _grouped(chunks), sources=stream.sources, clean=stream.clean))
    return _Cleansed(parts, counts, before, marks)


def _parts(files: Sequence[Opened]) -> Iterator[list[tuple[Opened, Ingested]]]:
    """Yield what is cleansed together: all small files, or one chunk after the other of a big one."""
    if len(files) == 1:
        yield from ([(files[0], chunk)] for chunk in chain(files[0].first, files[0].rest))
    else:
        yield [(one, one.first[0]) for one in files]


def _grouped(chunks: Sequence[tuple[Opened, Ingested]]) -> dict[str, Ingested]:
    names = dict.fromkeys(one.source.name for one, _ in chunks)
    of = {name: [chunk for one, chunk in chunks if one.source.name == name] for name in names}
    return {
        name: Ingested(pl.concat([one.rows for one in several]), pl.concat([one.rejects for one in several]))
        for name, several in of.items()
    }


def _size(chunk: Ingested) -> int:
    return chunk.rows.height + chunk.rejects.height


def _keep(one: Opened) -> None:
    """Give the file a second name where it is kept, durably; the first goes when the micro-batch is committed."""
    one.place.parent.mkdir(parents=True, exist_ok=True)
    one.place.unlink(missing_ok=True)
    try:
        os.link(one.file.path, one.place)
    except OSError:  # another file system, or one without hard links
        shutil.copy2(one.file.path, one.place)
    sync(one.place)
    sync(one.place.parent)


def _manifest(stream: Stream, number: int, files: Sequence[Opened], cleansed: _Cleansed) -> Manifest:
    return {
        "number": number,
        "code": code_version(),
        "settings": {name: stream.settings[name] for name in cleansed.marks},
        "files": [
            {
                "source": one.source.name,
                "name": named(stream.project, one.file.path),
                "place": named(stream.project, one.place),
                "content_hash": one.content_hash,
                "bytes": one.file.size,
                "rows": cleansed.counts[one.place][0],
                "unread": cleansed.counts[one.place][1],
                "arrived": round(one.file.arrived, 3),
            }
            for one in files
        ],
        "sources": {
            name: {"watermark": mark.watermark, "late": mark.late - cleansed.before[name].late}
            for name, mark in cleansed.marks.items()
        },
        "parts": cleansed.parts,
        "committed": round(time.time(), 3),
    }


def _told(manifest: Manifest, seconds: float) -> str:
    files = manifest["files"]
    rows, late = sum(one["rows"] for one in files), sum(one["late"] for one in manifest["sources"].values())
    waited = max(manifest["committed"] - one["arrived"] for one in files)
    return (
        f"batch {manifest['number']}: {rows:,} rows of {len(files):,} file{'s' * (len(files) != 1)} in {seconds:.1f} s"
        + f", {late:,} late" * bool(late)
        + f", at most {waited:.1f} s after arrival"
    )
