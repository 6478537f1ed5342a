"""How far a change reaches in each stage: by which column of each input its groups are told apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from engine.increments import Borne, Looked, Rule, Sheet, among, with_keys
from engine.runners.tasks import Task
from engine.tables import PAIR_KEY, RECORD_KEY
from matchers.judgements import of_subject, sought_values
from matchers.signatures import value_hashes


def bearing(masses: pl.DataFrame, sheets: Mapping[str, Sheet]) -> pl.Series:
    """Return the signatures that bear, before or after, a value that began or ceased to be one of too many.

    `masses` are the rows of MASS_VALUES that were taken and added; a value with another count alone is in both.
    """
    sheet = sheets["signatures"]
    found = [pl.Series("signature_id", [], pl.Int64)]
    turned = masses.group_by("attribute", "value", "rule", "action").len().filter(pl.col("len") % 2 == 1)
    for attribute in turned["attribute"].unique().sort():
        pick = among(attribute, turned.filter(pl.col("attribute") == attribute)["value"])
        old = sheet.old(pick)
        found += [old["signature_id"], sheet.after(old, pick)["signature_id"]]
    return pl.concat(found).unique()


def _sign(task: Task) -> Rule:
    """Return the rule of `sign`: a judgement reaches the records that it names, and those that bear their values."""
    name, subject = task.arguments["name"], task.arguments["subject"]

    def judged(delta: pl.DataFrame, sheets: Mapping[str, Sheet]) -> pl.Series:
        sought = sought_values(of_subject(delta, subject=name))
        pick = with_keys(sought.select("source", "role").unique())
        asked = pl.concat([sheets["records"].old(pick), sheets["records"].plus])
        bearing = value_hashes(asked, subject=subject).join(sought, on=sought.columns, how="semi")
        return pl.concat([delta["record_l"], delta["record_r"], bearing["record_id"]])

    return Rule({"records": "record_id"}, told={"judgements": judged})


def _star(task: Task) -> Rule:
    attribute = task.arguments["identifier"].attribute
    return Rule({"signatures": attribute}, told={"judged": Looked(PAIR_KEY, "signatures", "signature_id")})


def _told(*, own: str = "owners") -> Rule:
    return Rule({"told": "record_id", own: "record_id"})


_HAPPENED, _LIVED = ("entity_id", "event_type"), ("entity_id", "kind", "place")
_ABOUT = Borne("placed", ("entity_id",))
_OF_ENTITY = dict.fromkeys(("placed", "profiles", "events", "witnesses", "shared"), "entity_id")

_RULES: dict[str, Rule] = {
    "survey": Rule(whole=True),
    "account": Rule(whole=True),
    "hear": Rule(whole=True),
    "judge": Rule(whole=True),
    "tell": Rule({"record_signature": "signature_id", "signatures": "signature_id"}, told={"masses": bearing}),
    "spread": Rule({"signatures": "signature_id"}, told={"masses": bearing}),
    "key": Rule({"signatures": "signature_id", "united": "signature_id"}, told={"masses": bearing}),
    "size": Rule({"block_keys": "block_key"}, sums={"rule_pairs": ("pairs", "blocks")}),
    "tally": Rule(whole=True),
    "limit": Rule(whole=True),
    "mention": Rule({"record_signature": "signature_id", "clusters": "signature_id"}),
    "found": Rule({"mentions": "cluster_id"}),
    "place": Rule({"records": "record_id", "record_entity": "record_id"}),
    "profile": Rule(
        {"placed": "entity_id", "record_entity": "entity_id"},
        kept=dict.fromkeys(("profiles", "attribute_values"), Borne("record_entity", ("entity_id",))),
    ),
    "own": Rule({"record_entity": "record_id"}),
    "witness": _told(),
    "events": Rule(
        {"heard": "entity_id"}, ("event_type",), kept=dict.fromkeys(("events", "witnesses"), Borne("heard", _HAPPENED))
    ),
    "tie": _told(),
    "relations": Rule({"ties": "entity_from"}, ("entity_to", "relation_type")),
    "stay": _told(),
    "spells": Rule({"stays": "entity_id"}, ("kind", "place"), kept={"spells": Borne("stays", _LIVED)}),
    "bear": Rule(dict.fromkeys(("placed", "profiles", "attribute_values"), "entity_id"), kept={"borne": _ABOUT}),
    "share": Rule({"borne": "value_key"}),
    "look": Rule(
        _OF_ENTITY,
        kept={"facts": _ABOUT, **dict.fromkeys(("findings", "unnumbered"), Borne("placed", RECORD_KEY))},
    ),
    "trace": _told(),
    "knot": Rule(whole=True),
    "face": Rule(
        {"named": "named_entity", "claims": "own_entity", "facts": "entity_id"},
        looked={"unnumbered": Looked(("record_id",), "named", "record_id")},
    ),
    "weigh": Rule(
        {"faced": "own_entity", "claimed": "own_entity", "facts": "entity_id"},
        told={"cycles": Looked(("entity_from", "entity_to"), "facts", "entity_id")},
    ),
}

RULES: dict[str, Callable[[Task], Rule]] = {
    "sign": _sign,
    "star": _star,
    **{name: lambda _, rule=rule: rule for name, rule in _RULES.items()},  # type: ignore[misc]
}
"""By stage; those that are not here have a way of their own (`lifetree.increments.ways`)."""
