"""`lifetree catalog`: what there is to write in a project, what a run holds, and the entries of a catalogue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from lifetree import catalogue
from lifetree.catalogue import Row
from lifetree.cli.catalog_entries import COMMANDS
from lifetree.cli.catalog_states import COMMANDS as STATE_COMMANDS
from lifetree.cli.codes import codes, divisions
from lifetree.cli.frame import format_option, guarded
from lifetree.cli.output import Format, print_rows


@click.group()
def catalog() -> None:
    r"""List what a project can say and what a run holds; keep a catalogue of resources.

    \b
    Example:
      lifetree catalog comparisons
      lifetree catalog settings --format json
    """


def _listing(name: str, rows: Callable[[], list[Row]], told: str) -> click.Command:
    @guarded
    def run(form: Format) -> None:
        print_rows(rows(), form, wrap=True)

    help_text = f"{told}\n\n\b\nExample:\n  lifetree catalog {name}\n  lifetree catalog {name} --format csv"
    return click.Command(name, callback=run, params=_params(), help=help_text)


def _params() -> list[click.Parameter]:
    holder = click.command()(format_option(lambda: None))
    return holder.params


for command in (
    _listing("rules", catalogue.rules, "List the cleansing rules, by category."),
    _listing("comparisons", catalogue.comparisons, "List the kinds of comparison and their thresholds."),
    _listing("kinds", catalogue.kinds, "List the kinds of value that an attribute can be of."),
    _listing("functions", catalogue.functions, "List the functions that expressions may call."),
    _listing("events", catalogue.events, "List the types of event, by subject and branch of life."),
    _listing("relations", catalogue.relations, "List the types of tie between two entities."),
    _listing("constraints", catalogue.constraints, "List what cannot be, or is unlikely, in a life."),
    _listing("definitions", catalogue.counts, "List the definitions of a count."),
    _listing("tables", catalogue.table_columns, "List the tables of a run and their columns."),
    _listing("settings", catalogue.settings, "List the keys of a project file, with types and defaults."),
):
    catalog.add_command(command)

for entries_command in (*COMMANDS, *STATE_COMMANDS):
    catalog.add_command(entries_command)

for code_command in (divisions, codes):
    catalog.add_command(code_command)


@catalog.command()
@click.argument("project", type=click.Path(path_type=Path), metavar="[PROJECT]", required=False)
@format_option
@guarded
def sources(project: Path | None, form: Format) -> None:
    r"""List the sources of PROJECT; without one, of the shipped example.

    \b
    Example:
      lifetree catalog sources demo
    """
    from engine.settings import load_project
    from engine.settings.shipped import shipped

    print_rows(catalogue.sources(load_project(project or shipped("example"))), form, wrap=True)
