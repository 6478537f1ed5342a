"""`lifetree catalog register|publish`: entries of a catalogue one state further."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine.catalogue import State, move, open_catalogue, write_states
from lifetree.cli.catalog_entries import catalogue_argument
from lifetree.cli.frame import FAILED, guarded
from lifetree.cli.output import note

codes_argument = click.argument("codes", nargs=-1, required=True, metavar="CODE...")


@click.command("register")
@catalogue_argument
@codes_argument
@guarded
def register(catalogue: Path, codes: tuple[str, ...]) -> None:
    r"""Register the drafts CODE in CATALOGUE: their stewards answer for them. Exit code 1: one is no draft.

    \b
    Example:
      lifetree catalog register catalogue 1010010001/1
    """
    _moved(catalogue, codes, to="registered")


@click.command("publish")
@catalogue_argument
@codes_argument
@guarded
def publish(catalogue: Path, codes: tuple[str, ...]) -> None:
    r"""Publish the registered entries CODE of CATALOGUE: exports have them. Exit code 1: one is not registered.

    \b
    Example:
      lifetree catalog publish catalogue 1010010001/1 1010010001/2
    """
    _moved(catalogue, codes, to="published")


COMMANDS = (register, publish)


def _moved(folder: Path, codes: tuple[str, ...], *, to: State) -> None:
    """Move the entries and write the catalogue; say how many moved, and why the others did not."""
    found = move(open_catalogue(folder), codes, to=to)
    if found.moved:
        write_states(folder, found.catalogue)
    note(f"{found.moved} entries are now {to}")
    for code, why in found.refused.items():
        note(f"entry {code}: {why}")
    if found.refused:
        sys.exit(FAILED)
