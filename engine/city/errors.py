"""Errors of registrations: a fraction of what departments wrote down differs from what was true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.city.characters import SEPARATORS, exchanged, is_rare, replaced, unstored
from engine.city.lunar import lunar_text
from engine.city.settings import Catalogue, ErrorRate
from engine.city.world.draws import bits, draw

DEFAULT_PHONES = ("13800138000", "13800000000", "13000000000", "无", "0", "11111111111")
REMARKS = ("(本人)", "(代)", "　")
LOG = {
    "registration": pl.Int64,
    "field": pl.String,
    "kind": pl.String,
    "true_value": pl.String,
    "delivered_value": pl.String,
}


class Spoilt(NamedTuple):
    """Registrations as written down, and every error: registration, field, kind, true_value, delivered_value."""

    registrations: pl.DataFrame
    errors: pl.DataFrame


Bits = NDArray[np.uint64]
Kind = Callable[[pl.DataFrame, Bits], pl.Series]


def spoil(registrations: pl.DataFrame, *, catalogue: Catalogue, seed: int, scale: float) -> Spoilt:
    """Return the registrations with errors drawn by their `key`, in the order of the catalogue's errors.

    `registrations` holds `registration`, `key`, `source` (its place), `epoch`, the fields as true and what the kinds
    read. An error befalls a field that is not null; a field may be spoilt twice.
    """
    frame, logs = registrations, [pl.DataFrame(schema=LOG)]
    profiles = [source.errors for source in catalogue.sources.values()]
    places, keys = frame["source"].to_numpy(), frame["key"].to_numpy()
    mended = (frame["epoch"].to_numpy() > 0) & (draw(seed, keys, "corrected") < catalogue.corrected)
    groups = _groups(frame)
    for error in catalogue.errors:
        kind = KINDS.get(error.kind)
        if kind is None or error.field not in frame.columns:
            continue
        rates = np.array([catalogue.rate(error, profile) for profile in profiles]) * scale
        open_to = ~mended & frame[error.field].is_not_null().to_numpy()
        able = np.flatnonzero(open_to & groups[error.befalls] if error.befalls else open_to)
        struck = able[draw(seed, keys[able], error.kind) < rates[places[able]]]
        if struck.size:
            frame, log = _strike(frame, struck, error, kind, bits(seed, keys[struck], f"{error.kind} how"))
            logs.append(log)
    return Spoilt(frame, pl.concat(logs))


def _strike(
    frame: pl.DataFrame, struck: NDArray[np.int64], error: ErrorRate, kind: Kind, how: Bits
) -> tuple[pl.DataFrame, pl.DataFrame]:
    read = [error.field, *(column for column, field in FIELD_OF.items() if field == error.field), "birth_date"]
    victims = frame.select("registration", *(column for column in read if column in frame.columns))[struck]
    before, after = victims[error.field], kind(victims, how)
    changed = before.ne_missing(after)
    log = pl.DataFrame(
        {"registration": victims["registration"], "true_value": before, "delivered_value": after}
    ).filter(changed)
    column = frame[error.field].scatter(struck, after)
    return frame.with_columns(column.alias(error.field)), log.select(
        "registration", field=pl.lit(error.field), kind=pl.lit(error.kind), true_value="true_value",
        delivered_value="delivered_value",
    )  # fmt: skip


def _groups(frame: pl.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """Return for each word of `befalls` who is meant; a registration without such fields is in no group."""
    nobody = np.zeros(frame.height, dtype=np.bool_)
    found: dict[str, Any] = dict.fromkeys(
        ("child", "newborn", "rural_old", "dotted", "long", "rare", "renamed", "old_number"), nobody
    )
    for former in {"earlier_name", "former_firm_name"} & set(frame.columns):
        found["renamed"] = frame[former].is_not_null().to_numpy()
    if "birth_date" not in frame.columns:
        return found
    age = ((frame["day"] - frame["birth_date"]).dt.total_days() / 365.25).fill_null(99).to_numpy()
    name = frame["name"]
    used = name.drop_nulls().unique().str.split("").explode().unique()
    rare = [one for one in used.to_list() if is_rare(one)]
    found.update(
        child=age < 16,
        newborn=(age < 2) & frame["mother_id"].is_not_null().to_numpy(),
        rural_old=(age > 50) & frame["rural"].fill_null(value=False).to_numpy(),
        dotted=name.str.contains("·", literal=True).fill_null(value=False).to_numpy(),
        long=(name.str.len_chars() > 10).fill_null(value=False).to_numpy(),
        rare=name.str.contains_any(pl.Series([rare], dtype=pl.List(pl.String))).fill_null(value=False).to_numpy(),
        old_number=frame["old_number"].is_not_null().to_numpy(),
    )
    return found


def _each(column: str, function: Callable[[str, int], str]) -> Kind:
    def spoilt(frame: pl.DataFrame, how: Bits) -> pl.Series:
        values = frame[column].to_list()
        return pl.Series([function(value, int(one)) for value, one in zip(values, how, strict=True)], dtype=pl.String)

    return spoilt


def _none(_frame: pl.DataFrame, how: Bits) -> pl.Series:
    return pl.Series([None] * how.size, dtype=pl.String)


def _of(column: str) -> Kind:
    """Return the kind of error that writes another column's value; where that is null nothing happens."""

    def spoilt(frame: pl.DataFrame, _how: Bits) -> pl.Series:
        field = FIELD_OF[column]
        return frame.select(pl.coalesce(column, field)).to_series()

    return spoilt


FIELD_OF = {
    "old_number": "id_no",
    "relative_number": "id_no",
    "mother_number": "id_no",
    "other_number": "id_no",
    "previous_number": "id_no",
    "old_address": "address",
    "earlier_name": "name",
    "placeholder": "name",
    "mother_phone": "phone",
    "old_code": "uscc",
    "former_firm_name": "firm_name",
}
"""What each column is written in the place of."""


def _digit(text: str, how: int) -> str:
    places = [place for place, one in enumerate(text) if one.isdigit()]
    place = places[how % len(places)] if places else 0
    return text[:place] + str((int(text[place]) + 1 + (how >> 8) % 9) % 10) + text[place + 1 :] if places else text


def _swap(text: str, how: int) -> str:
    place = how % (len(text) - 1)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _separator(name: str, how: int) -> str:
    return name.replace("·", SEPARATORS[how % len(SEPARATORS)])


def _padded(name: str, how: int) -> str:
    if how % 4:
        return f"{name[0]} {name[1:]}" if len(name) == 2 else f" {name}"
    return name + REMARKS[(how >> 8) % len(REMARKS)]


def _cut(name: str, how: int) -> str:
    return name[: (8, 10)[how % 2]]


def _day_month(text: str, _how: int) -> str:
    return f"{text[:4]}-{text[8:]}-{text[5:7]}" if len(text) == 10 and int(text[8:]) <= 12 else text


def _birth_digit(text: str, how: int) -> str:
    """Return the date with its last digit of day, month or year another; the result is a date."""
    if len(text) < 10:
        return text
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:])
    step = 1 + (how >> 8) % 3
    if how % 3 == 0:
        return f"{year - step:04d}-{month:02d}-{min(day, 28):02d}"
    if how % 3 == 1:
        return f"{year:04d}-{(month + step - 1) % 9 + 1:02d}-{min(day, 28):02d}"
    return f"{year:04d}-{month:02d}-{(day + step - 1) % 28 + 1:02d}"


def _lunar(frame: pl.DataFrame, _how: Bits) -> pl.Series:
    return lunar_text(frame["birth_date"])


def _sex(text: str, _how: int) -> str:
    return {"1": "2", "2": "1"}.get(text, text)


def _default_phone(_text: str, how: int) -> str:
    return DEFAULT_PHONES[how % len(DEFAULT_PHONES)]


def _brackets(text: str, _how: int) -> str:
    return text.replace("（", "(").replace("）", ")") if "（" in text else text.replace("(", "（").replace(")", "）")


def _short(text: str, how: int) -> str:
    return (
        text.replace("有限责任公司", "有限公司")
        if how % 2
        else text.replace("股份有限公司", "股份公司").replace("有限公司", "公司")
    )


def _free_address(frame: pl.DataFrame, how: Bits) -> pl.Series:
    """Return the address without its beginning, with other words for building and room, or with dashes."""
    kept = pl.Series(how % np.uint64(3))
    plain = frame["address"].str.replace("^.*?市", "")
    bare = plain.zip_with(kept == 0, frame["address"].zip_with(kept == 2, plain.str.replace("^.*?区", "")))
    ways = how // np.uint64(256) % np.uint64(len(WORDINGS))
    places = [np.flatnonzero(ways == way) for way in range(len(WORDINGS))]
    worded = pl.concat(wording(bare.gather(at)) for wording, at in zip(WORDINGS, places, strict=True))
    return worded.gather(np.argsort(np.concatenate(places)))


WORDINGS: tuple[Callable[[pl.Series], pl.Series], ...] = (
    lambda text: text,
    lambda text: text.str.replace_many({"号": "-", "幢": "-", "单元": "-", "室": ""}),
    lambda text: text.str.replace_many({"幢": "栋", "室": ""}),
    lambda text: text.str.replace("幢", "号楼", literal=True),
    lambda text: text.str.replace("号", "號", literal=True),
)
"""How buildings and rooms are worded in an address that was written down freely."""


KINDS: dict[str, Kind] = {
    "missing_id": _none,
    "missing_id_child": _none,
    "old_form": _of("old_number"),
    "digit": _each("id_no", _digit),
    "swap": _each("id_no", _swap),
    "relative_id": _of("relative_number"),
    "mother_id": _of("mother_number"),
    "shared_id": _of("other_number"),
    "previous_row": _of("previous_number"),
    "variant": _each("name", lambda name, how: replaced(name, how, kind="variant")),
    "homophone": _each("name", lambda name, how: replaced(name, how, kind="homophone")),
    "shape": _each("name", lambda name, how: replaced(name, how, kind="shape")),
    "other_character": _each("name", lambda name, how: replaced(name, how, kind="any")),
    "exchanged": _each("name", exchanged),
    "cut": _each("name", _cut),
    "separator": _each("name", _separator),
    "unstored": _each("name", unstored),
    "padded": _each("name", _padded),
    "former_name": _of("earlier_name"),
    "placeholder": _of("placeholder"),
    "lunar": _lunar,
    "day_month": _each("birth", _day_month),
    "birth_digit": _each("birth", _birth_digit),
    "year_only": _each("birth", lambda text, _: text[:4]),
    "default_birth": _each("birth", lambda *_: "1900-01-01"),
    "missing_birth": _none,
    "wrong_sex": _each("sex", _sex),
    "missing_sex": _none,
    "missing_phone": _none,
    "parent_phone": _of("mother_phone"),
    "default_phone": _each("phone", _default_phone),
    "phone_digit": _each("phone", _digit),
    "missing_address": _none,
    "free_address": _free_address,
    "old_division": _of("old_address"),
    "missing_uscc": _none,
    "uscc_digit": _each("uscc", _digit),
    "old_number": _of("old_code"),
    "former_firm_name": _of("former_firm_name"),
    "brackets": _each("firm_name", _brackets),
    "short_firm_name": _each("firm_name", _short),
    "firm_character": _each("firm_name", lambda name, how: replaced(name, how, kind="homophone")),
}
