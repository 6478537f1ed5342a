"""Deliveries that are given to a built project: files of its sources, each content once, kept in its store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePath
from typing import NamedTuple, get_args

from engine.errors import ConfigurationError, InputError
from engine.io import Delivery, deliveries_of, inspect_file, source_files
from engine.io.deliveries import keep, place_of
from engine.io.faults import file_faults, time_fault
from engine.io.purging import holding, keep_without
from engine.runners.seals import content_hash
from engine.settings import Project, Source
from engine.settings.fields import delivery_date
from engine.settings.modes import Mode
from engine.spelling import nearest
from engine.store import writing
from engine.store.purges import purged_keys
from engine.stream.inbox import source_of
from engine.stream.manifest import named
from lifetree.stream import file_names


class Accepted(NamedTuple):
    """A file that was given: the delivery that it is; or, of a repeated one, where its source has that content.

    `content` is the hash by which runs know it.
    """

    file: Path
    source: str
    delivery: Delivery | None
    repeats: str | None
    content: str


class _Given(NamedTuple):
    """A file, and the source as it stands for this file: with the mode and the date of the delivery."""

    file: Path
    source: Source
    content: str


def accept(
    project: Project,
    files: Iterable[Path],
    *,
    source: str | None = None,
    mode: str | None = None,
    delivered_at: str | None = None,
) -> list[Accepted]:
    """Keep files as deliveries of the project's sources, and return them in the order given.

    A file is of `source`, else of the one whose `files` its name fits, whose name it bears up to the first dot, or in a
    folder of whose name it lies. `mode` and `delivered_at` hold before those of the source. A content that its source
    has already, from whatever file, is not kept again. All files are looked at before the first is kept.

    Raises:
        ConfigurationError: with everything that keeps a file from being read; then none was accepted.
        InputError: a source has lost a file that it had.
        StoreError: another process writes, or the store cannot be written; files kept until then count.
    """
    date = _date(delivered_at)
    with writing(project.path(project.store)):
        faults: list[str] = []
        given = [one for file in files for one in _given(project, file, source, mode, date, faults.append)]
        if faults:
            raise ConfigurationError(faults, hint="mend the file, the mapping or the options; no file was accepted")
        known = {name: _known(project, name, given) for name in {one.source.name for one in given}}
        return [_accept(project, one, known[one.source.name]) for one in given]


def _date(text: str | None) -> str | None:
    try:
        return None if text is None else str(delivery_date(text))
    except ValueError as error:
        raise ConfigurationError([f"delivered_at: {error}"]) from error


def _given(
    project: Project, file: Path, source: str | None, mode: str | None, date: str | None, fault: Callable[[str], None]
) -> Iterator[_Given]:
    """Yield a file that can be read; say of another what is wrong with it."""
    of = _source(project, file, source) if file.exists() else f"{file}: no such file"
    if isinstance(of, str):
        fault(of)
        return
    own = None if isinstance(of.delivered_at, str) else of.delivery_of(PurePath(file.name))
    settled = of.model_copy(
        update={"mode": mode or of.mode_of(PurePath(file.name)), "delivered_at": date or own or of.delivered_at}
    )
    told = list(_mode_faults(settled, dated=bool(date or own)))
    try:
        content = "" if told else content_hash(file) if file.is_file() else ""
        came = {"mode": str(settled.mode), "delivered_at": str(settled.delivered_at)}
        kept = place_of(project, of.name, content, file.name, **came)
        told += file_faults(settled, inspect_file(settled, file), kept=kept)
    except (InputError, OSError) as error:
        told.append(f"source {of.name}: " + str(error).replace("\n\nHint:", "; hint:"))
    for one in told:
        fault(one if file.name in one else f"{file.name}: {one}")
    if not told:
        yield _Given(file, settled, content)


def _source(project: Project, file: Path, name: str | None) -> Source | str:
    """Return the source of a file, or why it has none."""
    sources, names = {one.name: one for one in project.sources}, file_names(project)
    place = PurePath(file.absolute().parent.name, file.name)
    found = name or source_of(PurePath(file.name), names) or source_of(place, names)
    if found is None:
        return f"{file.name}: of no source, or of several; name it with --source: {', '.join(names)}"
    if found not in sources:
        return f"{file.name}: unknown source '{found}'{nearest(found, sources)}"
    if sources[found].uri:
        return f"{file.name}: source {found} is read from its database, and no file can be delivered for it"
    return sources[found]


def _mode_faults(source: Source, *, dated: bool) -> Iterator[str]:
    """Yield what a delivery lacks to be read in its mode; `dated` is whether it has a date of its own."""
    where = f"source {source.name}"
    if source.mode not in get_args(Mode):
        yield f"{where}: unknown mode '{source.mode}'{nearest(str(source.mode), get_args(Mode))}"
    elif source.mode == "delta" and source.op is None:
        yield f"{where}: a delta says in a column what each row does; name it with `op` in the source"
    if fault := time_fault(source, str(source.mode), dated=dated):
        yield f"{fault}; give the delivery's date with --delivered-at"


def _known(project: Project, source: str, given: Iterable[_Given]) -> dict[str, str]:
    """Return the files of a source that could be one of the given, by content hash: own, taken and accepted ones."""
    [of] = [one for one in project.sources if one.name == source]
    sizes = {one.file.stat().st_size for one in given if one.source.name == source}
    held = [file for file in source_files(of, project) if file.stat().st_size in sizes]
    before = {was: named(project, one.file) for one in deliveries_of(project, source) for was in one.was}
    return before | {content_hash(file): named(project, file) for file in held}


def _accept(project: Project, one: _Given, known: dict[str, str]) -> Accepted:
    """Keep a file that its source does not have, and add it to what is known."""
    name = one.source.name
    if one.content in known:
        return Accepted(one.file, name, None, known[one.content], one.content)
    settled = one.source.settled(one.file)
    mode, date = settled.mode_of(one.file), settled.delivery_of(one.file)
    purged = purged_keys(project.path(project.store)).get(name)
    found = holding(settled, one.file, purged) if purged else None
    if found and found.lines.len():
        was = (one.content,)
        delivery = keep_without(project, settled, one.file, found, mode=mode, delivered_at=date, was=was)
    else:
        delivery = keep(project, one.file, source=name, mode=mode, delivered_at=date, content=one.content)
    known[one.content] = named(project, delivery.file)
    return Accepted(one.file, name, delivery, None, delivery.content_hash)
