"""The page of the report: its template filled in; every value is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lifetree.report import curve, waterfall
from lifetree.report.timeline import PLOT
from lifetree.report.words import Words, word


def render(content: Mapping[str, Any], *, template: str = "report.html") -> str:
    """Return the page of `report_content`, or of another template, as one HTML document without outside references."""
    environment = Environment(
        loader=PackageLoader("lifetree.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=_number, signed=_signed, share=_share, both=_both)
    environment.globals.update(w=_word, words=word, plot=PLOT, bridge_plot=waterfall.PLOT)
    environment.globals.update(curve_width=curve.WIDTH, curve_height=curve.HEIGHT)
    return environment.get_template(template).render(content)


def _word(key: str) -> Markup:
    """Return the words under `section.key` in both languages; the page shows one of them."""
    section, _, name = key.partition(".")
    return _both(word(section, name))


def _both(words: Words) -> Markup:
    if words.zh == words.en:
        return Markup("{}").format(words.zh)
    return Markup('<span lang="zh">{}</span><span lang="en">{}</span>').format(words.zh, words.en)


def _number(value: float | None) -> str:
    """Return a number with thousands marked.

    >>> _number(12345), _number(None), _number(12.3456)
    ('12,345', '–', '12.3')
    """
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def _signed(value: int) -> str:
    """Return a change with its sign.

    >>> _signed(3), _signed(-1200), _signed(0)
    ('+3', '−1,200', '0')
    """
    return f"+{value:,}" if value > 0 else f"−{-value:,}" if value else "0"


def _share(value: float | None, digits: int = 2) -> str:
    """Return a share in percent.

    >>> _share(0.99817), _share(None)
    ('99.82 %', '–')
    """
    return "–" if value is None else f"{100 * value:.{digits}f} %"
