"""`lifetree explain number`: what a number says."""

from __future__ import annotations

from datetime import date, datetime

import click

from engine.values.number_schemes import EXPLAINED
from lifetree.cli.explained import given_values, print_explanations
from lifetree.cli.frame import format_option, guarded
from lifetree.cli.output import Format


@click.command()
@click.argument("numbers", nargs=-1, required=True, metavar="NUMBER...")
@click.option("--as", "kind", type=click.Choice(EXPLAINED), help="The kind of number it is; else its form tells.")
@click.option("--column", metavar="TITLE", help="Title of the column it stands in: tells persons from organisations.")
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Births after it are wrong; else today."
)
@format_option
@guarded
def number(
    numbers: tuple[str, ...], kind: str | None, column: str | None, as_of: datetime | None, form: Format
) -> None:
    r"""Tell what numbers of persons and firms say.

    Told are the kind, whether it is valid or else why not, the birth date, sex and division of a person, the registrar,
    category and organisation code of a firm. `-` reads the numbers from stdin, one a line.

    A division that is unknown or was not in force at birth is a note: numbers are given late, and keep old codes.

    \b
    Example:
      lifetree explain number 11010519491231002X 91350100M000100Y43
      lifetree explain number 110108000000016 --column 注册号 --format json
      cut -d, -f3 staff.csv | lifetree explain number - --as resident_id --format csv
    """
    from lifetree.numbers import explanations, in_sentences

    given = given_values(numbers)
    day = as_of.date() if as_of else date.today()
    rows = explanations(given, as_of=day, kind=kind, column=column)
    print_explanations(rows, form, sentences=in_sentences)
