"""A draft as the text of a project: TOML with remarks, for a person to read and edit."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.errors import ConfigurationError
from engine.settings.project import PROJECT_FILE
from engine.settings.subject import Comparison
from lifetree.suggest.attributes import Attribute, File, Place
from lifetree.suggest.draft import THRESHOLD, Draft, SubjectDraft
from lifetree.suggest.homes import HOME


def project_text(draft: Draft, *, folder: Path) -> str:
    """Return the text of `lifetree.toml` in `folder`, from which the files are reached."""
    count = sum(len(subject.files) for subject in draft.subjects)
    lines = [
        f"# Drafted by `lifetree suggest` from {count} file{'s' * (count > 1)}. Every choice may be edited;",
        "# `lifetree build` of this folder links the records.",
    ]
    for subject in draft.subjects:
        for file in subject.files:
            lines += ["", *_source(file, subject, folder)]
    for subject in draft.subjects:
        lines += ["", *_subject(subject)]
    return "\n".join(lines) + "\n"


def refuse_existing(folder: Path, *, force: bool) -> None:
    """Refuse a folder whose project would be lost, or in which other files would become part of it.

    Raises:
        ConfigurationError: there is a project and `force` is not given, or the folder describes sources already.
    """
    if (folder / PROJECT_FILE).exists() and not force:
        raise ConfigurationError(
            [f"{folder / PROJECT_FILE} is there already"], hint="choose another --output, or replace it with --force"
        )
    described = sorted((folder / "sources").glob("*.toml"))
    if described:
        raise ConfigurationError(
            [f"{described[0]} would become part of the drafted project"], hint="choose another --output"
        )


def write_project(folder: Path, text: str) -> Path:
    """Write the text as the project of a folder, which is made where it is missing, and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / PROJECT_FILE
    file.write_text(text, encoding="utf-8")
    return file


def _source(file: File, subject: SubjectDraft, folder: Path) -> Iterator[str]:
    sample = file.sample
    yield "[[source]]"
    yield f"name = {quoted(sample.name)}"
    yield f"files = {quoted(reached(sample.file, folder))} # {sample.rows:,} rows"
    if sample.facts.delimiter not in {"", ","}:
        yield f"delimiter = {quoted(sample.facts.delimiter)}"
    if sample.facts.encoding not in {"", "utf-8"}:
        yield f"encoding = {quoted(sample.facts.encoding)}"
    if file.key:
        yield f"key = {quoted(file.key)} # another value in every row"
    else:
        yield "# key: no column identifies a row, so the hash of the row does"
    yield ""
    yield "[[source.mention]]"
    yield f"subject = {quoted(subject.name)}"
    yield ""
    yield "[source.mention.fields]"
    for attribute in subject.attributes:
        if place := attribute.places.get(sample.name):
            yield f"{attribute.name} = {_place(place)}"
    left = [(column, why) for source, column, why in subject.left_out if source == sample.name]
    if left:
        yield "# Not used:"
        yield from (f"#   {column}: {why}" for column, why in left)


def _place(place: Place) -> str:
    columns = quoted(place.columns[0]) if len(place.columns) == 1 else _list(place.columns)
    return f"{{ columns = {columns}, date_format = {quoted(place.date_format)} }}" if place.date_format else columns


def _subject(subject: SubjectDraft) -> Iterator[str]:
    at = f"subject.{subject.name}"
    yield f"[{at}]"
    yield f"title = {quoted(subject.name)}"
    if subject.between_sources:
        yield 'pairs = "between_sources" # neither file seems to hold a subject twice'
    yield ""
    yield f"[{at}.attributes]"
    for one in subject.attributes:
        yield f"{one.name} = {{ kind = {quoted(one.kind)}, title = {quoted(one.title)} }}{_remark(one)}"
    for identifier in subject.identifiers:
        yield ""
        yield f"[[{at}.identifier]]"
        yield f"attribute = {quoted(identifier.attribute)}"
        if identifier.contradicted_by:
            yield f"contradicted_by = {_list(identifier.contradicted_by)}"
    yield ""
    total = sum(rule.pairs for rule in subject.rules)
    yield "# Where candidates are found, with the pairs that each rule proposes: "
    yield f"# {total:,.0f} for {subject.records:,} records; a pair that several propose is compared once."
    for rule in subject.rules:
        yield ""
        yield f"[[{at}.blocking]] # {rule.pairs:,.0f} pairs"
        yield f"on = {_list(rule.parts)}"
        yield f"max_block = {rule.max_block}"
    for comparison in subject.comparisons:
        yield ""
        yield from _comparison(comparison, at)
    yield ""
    yield f"[{at}.model]"
    yield f"threshold = {THRESHOLD:g} # log2 of the odds: 16 to 1"
    if subject.training:
        yield f"training = [{', '.join(_list(one) for one in subject.training)}]"


def _remark(attribute: Attribute) -> str:
    if attribute.use == "find":
        shared = ": most of those who share one are other persons" if attribute.role in HOME else ""
        return f" # finds candidates, is not compared{shared}"
    if attribute.form in {"date_text", "date_digits"}:
        return " # as text: some are no days of the calendar, typing errors of true ones"
    return ""


def _comparison(comparison: Comparison, at: str) -> Iterator[str]:
    yield f"[[{at}.comparison]]"
    if comparison.name:
        yield f"name = {quoted(comparison.name)}"
    several = len(comparison.attribute) > 1
    yield f"attribute = {_list(comparison.attribute) if several else quoted(comparison.attribute[0])}"
    yield f"kind = {quoted(comparison.kind)}"
    if comparison.thresholds:
        yield f"thresholds = [{', '.join(f'{one:g}' for one in comparison.thresholds)}]"
    if comparison.term_frequency:
        yield "term_frequency = true"


def reached(file: Path, folder: Path) -> str:
    """Return the path of a file as the project names it: relative where both lie in one place, else whole."""
    whole, home = file.resolve(), folder.resolve()
    near = Path(os.path.commonpath([whole, home])) in {home, home.parent, Path.cwd().resolve()}
    return (Path(os.path.relpath(whole, home)) if near else whole).as_posix()


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(quoted(text) for text in texts)}]"


def quoted(text: str) -> str:
    r"""Return a text as TOML writes it.

    >>> quoted('a "b" \\ c')
    '"a \\"b\\" \\\\ c"'
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(one if one >= " " else f"\\u{ord(one):04x}" for one in escaped) + '"'
