"""Writes docs/reference from the settings classes, the tables, the registries and the commands: `make docs`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from engine.tables import TABLES
from lifetree import catalogue
from lifetree.cli import main

REFERENCE = Path(__file__).parent / "reference"
NOTICE = "<!-- written by `make docs`; edit the source instead -->"

SECTION_HINTS = {
    "[project]": "Beside the keys of `[project]`, `source` and `subject` are the tables below.",
    "[[source]]": "In `lifetree.toml` one `[[source]]` each; in `sources/NAME.toml` the same keys at the top.",
    "[[source.mention]]": "In `sources/NAME.toml`: `[[mention]]`.",
    "[[source.event]]": "In `sources/NAME.toml`: `[[event]]`.",
    "[[source.relation]]": "In `sources/NAME.toml`: `[[relation]]`.",
    "[[source.spell]]": "In `sources/NAME.toml`: `[[spell]]`.",
    "[[count]]": "`lifetree count` counts them when nothing else is asked for.",
    "[source.mention.fields]": 'One key per attribute; `born = "DOB"` is short for `born = {columns = ["DOB"]}`.',
    "[subject.NAME.attributes]": 'One key per attribute; `surname = "name"` is short for `surname = {kind = "name"}`.',
}


def pages() -> dict[str, str]:
    """Return the text of every page of the reference by file name."""
    parts = {
        "project.md": _project(),
        "tables.md": _tables(),
        "commands.md": _commands(),
        "catalogue.md": _catalogue(),
    }
    return {name: "\n".join([NOTICE, "", *lines]).rstrip() + "\n" for name, lines in parts.items()}


def _project() -> Iterator[str]:
    yield "# The project file"
    yield ""
    yield "A project is a folder with `lifetree.toml` and, if you like, one file per source in `sources/`. An"
    yield "unknown key is an error, answered with the nearest known one; all errors are told at once."
    rows = catalogue.settings()
    for section in catalogue.SECTIONS:
        yield f"\n## `{section}`\n"
        if section in SECTION_HINTS:
            yield f"{SECTION_HINTS[section]}\n"
        own = [row for row in rows if row["table"] == section]
        yield from _table(["key", "type", "default", "meaning"], [
            [f"`{row['key']}`", row["type"], _code(row["default"]), row["description"]] for row in own
        ])  # fmt: skip


def _tables() -> Iterator[str]:
    yield "# The tables of a run"
    yield ""
    yield "Each is Parquet in the store, sorted by its key (**bold**). Attributes are texts; missing is null; weights"
    yield "are whole numbers of 1e-9 bit. A table marked with + has the subject's attributes as further columns."
    meanings = catalogue.table_meanings()
    for name, table in TABLES.items():
        yield f"\n## {name}{' +' if table.attributes else ''}\n"
        if name in meanings:
            yield f"{meanings[name]}\n"
        columns = [
            [f"**{column}**" if column in table.key else column, str(kind)] for column, kind in table.columns.items()
        ]
        yield from _table(["column", "type"], columns)


def _commands() -> Iterator[str]:
    yield "# The commands"
    yield ""
    yield "Data goes to stdout, progress and errors to stderr. Exit code 0: done, 1: failed, 2: misuse, 130: stopped by"
    yield "Ctrl-C, 143: stopped by SIGTERM."
    yield "`--format json` is for programs; its keys are fixed."
    for path, command in commands():
        above = click.Context(main, info_name="lifetree", **main.context_settings)
        name = path.removeprefix("lifetree ")
        context = click.Context(command, info_name=name, parent=above, terminal_width=100, max_content_width=100)
        yield f"\n## {path}\n\n```text\n{command.get_help(context)}\n```"


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield the full name of every command that does something, with the command."""
    groups: list[tuple[str, click.Group]] = [("lifetree", main)]
    for path, group in groups:
        for name, command in group.commands.items():
            if isinstance(command, click.Group):
                own = [
                    one.make_metavar(click.Context(command))
                    for one in command.params
                    if isinstance(one, click.Argument)
                ]
                groups.append((" ".join((path, name, *own)), command))
            else:
                yield f"{path} {name}", command


def _catalogue() -> Iterator[str]:
    yield "# Kinds, comparisons, functions, rules, events, relations, constraints, definitions"
    listed = {
        "Kinds of value": catalogue.kinds(),
        "Comparisons": catalogue.comparisons(),
        "Functions of expressions": catalogue.functions(),
        "Cleansing rules": catalogue.rules(),
        "Types of event": catalogue.events(),
        "Types of relation": catalogue.relations(),
        "Constraints": catalogue.constraints(),
        "Definitions of a count": catalogue.counts(),
    }
    for title, rows in listed.items():
        yield f"\n## {title}\n"
        yield from _table(list(rows[0]), [[_words(value) for value in row.values()] for row in rows])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_cell(cell) for cell in row)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _code(text: str) -> str:
    return text if text in {"required", "unset", "its own defaults"} else f"`{text}`"


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


if __name__ == "__main__":
    REFERENCE.mkdir(exist_ok=True)
    for name, text in pages().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
