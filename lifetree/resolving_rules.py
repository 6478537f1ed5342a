"""What the rules of rows do with a new record: values that they empty or mend, and what they set aside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from engine.cleanse import Rulebook
from engine.cleanse.mentions import KEPT, Mentioned
from engine.cleanse.row_rules import rule_rows
from engine.settings import Mention
from engine.tables import RECORD_KEY

Values = Mapping[str, str | None]


class Ruled(NamedTuple):
    """The values as the rules leave them; of a record that they set aside, the rule's code and why."""

    values: dict[str, str | None]
    refused: tuple[str, str] | None


def rule_record(delivered: Values, cleansed: Values, key: Values, *, subject: str, rulebook: Rulebook) -> Ruled:
    """Return what `engine.cleanse` makes of a record, of which each value was cleansed by itself.

    The rules look at the attributes that the record names, as at those that a source maps; at no item of a source, and
    at no other mention of a row.
    """
    if not delivered:
        return Ruled({}, None)
    own = {name: pl.Series([value], dtype=pl.String) for name, value in cleansed.items()}
    seen = own | {f"{name}_delivered": pl.Series([value], dtype=pl.String) for name, value in delivered.items()}
    said = {name: pl.Series([key.get(name)], dtype=pl.String) for name in dict.fromkeys((*RECORD_KEY, *KEPT[1:]))}
    row = {"_row": pl.Series([0], dtype=pl.UInt32)}
    mentioned = Mentioned(pl.DataFrame(row | said | own), pl.DataFrame(row).clear(), pl.DataFrame(seen), pl.DataFrame())
    mention = Mention(subject=subject, fields={name: name for name in delivered})
    ruled = rule_rows([mentioned], [mention], rulebook=rulebook)
    records, refused = ruled.mentioned[0].records, ruled.refused
    told = (refused["rule"].item(), refused["reason"].item()) if refused.height else None
    return Ruled({name: records[name].item() for name in delivered}, told)
