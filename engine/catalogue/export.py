"""A catalogue as a file that can be imported again: CSV with a row per item, or JSON lines with an entry each."""

from __future__ import annotations

import json

import polars as pl

from engine.catalogue.entry import CYCLE_WORDS, OPEN_WORDS, SHARING_WORDS
from engine.catalogue.headings import HEADINGS, ITEM_COLUMNS
from engine.catalogue.tables import Catalogue

ITEM_NAMES = dict(zip(("name", "data_type", "length"), ITEM_COLUMNS, strict=True))
WORDS = {
    "update_cycle": {key.value: words[0] for key, words in CYCLE_WORDS.items()},
    "sharing_type": {key.value: words[0] for key, words in SHARING_WORDS.items()},
}


def as_rows(catalogue: Catalogue, *, chinese: bool) -> pl.DataFrame:
    """Return a row per item with the metadata of its entry; with `chinese`, headings and values of the guide."""
    items = catalogue.items.rename(ITEM_NAMES)
    frame = catalogue.entries.drop("items", "state").join(items, on="code", how="left").sort("code", "position")
    frame = _worded(frame, chinese=chinese).select(name for name in HEADINGS if name != "items")
    return frame.rename({name: HEADINGS[name][0] for name in frame.columns}) if chinese else frame


def as_json_lines(catalogue: Catalogue, *, chinese: bool) -> str:
    """Return a line per entry with its items as a list of objects; what is empty is left out."""
    item_names = {name: HEADINGS[column][0] if chinese else name for name, column in ITEM_NAMES.items()}
    items: dict[str, list[dict[str, str]]] = {}
    for row in catalogue.items.iter_rows(named=True):
        item = {item_names[name]: row[name] for name in ITEM_NAMES if row[name] is not None}
        items.setdefault(row["code"], []).append(item)
    lines: list[str] = []
    for row in _worded(catalogue.entries.drop("items", "state"), chinese=chinese).iter_rows(named=True):
        whole = {**row, "items": items.get(row["code"], [])}
        named = {
            HEADINGS[name][0] if chinese else name: whole[name] for name in HEADINGS if whole.get(name) is not None
        }
        lines.append(json.dumps(named, ensure_ascii=False))
    return "".join(f"{line}\n" for line in lines)


def _worded(frame: pl.DataFrame, *, chinese: bool) -> pl.DataFrame:
    place = 0 if chinese else 2
    said = pl.when("open").then(pl.lit(OPEN_WORDS[True][place])).otherwise(pl.lit(OPEN_WORDS[False][place]))
    frame = frame.with_columns(open=said)
    return frame.with_columns(pl.col(name).replace(words) for name, words in WORDS.items()) if chinese else frame
