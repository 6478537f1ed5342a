"""`lifetree explain name`: what a name says."""

from __future__ import annotations

import click

from lifetree.cli.explained import given_values, print_explanations
from lifetree.cli.frame import format_option, guarded
from lifetree.cli.output import Format


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--company", is_flag=True, help="They are names of companies and other legal entities.")
@format_option
@guarded
def name(names: tuple[str, ...], company: bool, form: Format) -> None:
    r"""Tell what names of persons or companies say.

    Of a person: the form that is kept, its shape, surname, given name, pinyin and every reading, the form that is
    compared. Of a company: division, trade name, trade, organisational form, branch, and the keys of its short names.
    `-` reads the names from stdin, one a line.

    \b
    Example:
      lifetree explain name 欧阳娜娜 "张 伟(本人)"
      lifetree explain name --company "华为（杭州）技术有限公司"
      cut -d, -f2 staff.csv | lifetree explain name - --format csv
    """
    from lifetree.names import name_explanations, name_in_sentences

    given = given_values(names)
    rows = name_explanations(given, company=company)
    print_explanations(rows, form, sentences=name_in_sentences)
