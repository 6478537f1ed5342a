"""Why not: the one stage that kept two entities apart, by the pair of their signatures that came nearest."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.expressions import compile_expression
from engine.settings import Subject
from engine.tables import PAIR_KEY, WEIGHT_SCALE
from matchers.blocking import key
from matchers.cautions import cautioned
from matchers.clustering.exclusive import generic_rule
from matchers.explain.few import Known
from matchers.explain.nearest import Meeting, meeting
from matchers.masses import silence

SETTLED = ("whole", "refined", "unresolved")
"""The states of a cluster that tell of no reason of their own why it was left by itself."""


class Parted(NamedTuple):
    """The stage that kept two entities apart, why, and the pair (a signature of either) at which it did.

    `attributes` are those that the stage turns on, where it turns on some.
    """

    stage: str
    because: str
    pair: tuple[int, int]
    attributes: tuple[str, ...] = ()


class Evidence(NamedTuple):
    """What a run holds of two entities together.

    `one` and `other`: their SIGNATURES, first the one asked for. `links`: LINKS between the two, all refused.
    `conflicts`: CONFLICTS between them, or of an identifier value that the two asked for both bear. `states`: the
    states of their clusters. `bridged`: whether one of the links was cut as a weak bridge.
    `compared`: the pairs between the two that the run compared; unset: worked out from the blocking rules.
    """

    one: pl.DataFrame
    other: pl.DataFrame
    links: pl.DataFrame
    conflicts: pl.DataFrame
    states: tuple[str, ...] = ()
    bridged: bool = False
    compared: pl.DataFrame | None = None


def separation(held: Evidence, *, known: Known, met: Meeting | None = None) -> Parted:
    """Return the stage that kept two entities apart; `met` is their meeting, where it is known.

    One of constraint (a judgement, a contradiction, two different identifiers or a caution), same source (the project
    holds each subject once per source), the state of a cluster that stands alone for a reason of its own (ambiguous),
    split (linked, but their component was refined), junk (what they share is too common to tell anything), not blocked
    (no two of their signatures share what a rule asks for), weight (compared, and below the threshold). The pair is
    that of the heaviest link, else of the heaviest compared pair, else of the heaviest of all.
    """
    asked = (held.one["signature_id"][0], held.other["signature_id"][0])
    if met is None:
        met = meeting(held.one, held.other, known=known, compared=held.compared)
    return (
        _conflict(held, asked, known)
        or _same_source(held, asked, known.subject)
        or (_refused(held, asked, known) if held.links.height else None)
        or _junk(held, met, known)
        or _not_blocked(met)
        or _too_light(met, known)
        or _left_to_a_person(held, met, known)
        or _refused(held, asked, known)
    )


def _conflict(held: Evidence, asked: tuple[int, int], known: Known) -> Parted | None:
    by_label = {comparison.label: comparison.attribute for comparison in known.subject.comparisons}
    contradicting = {
        item.attribute: (*(name for label in item.contradicted_by for name in by_label[label]), item.attribute)
        for item in known.subject.identifiers
    }
    ordered = held.conflicts.sort(pl.col("reason") != "judgement", "attribute", "value", "signature_l", "signature_r")
    for row in ordered.head(1).to_dicts():
        pair = _across(held, row["signature_l"], row["signature_r"]) or asked
        if row["reason"] == "judgement":
            return Parted("constraint", "a judgement says that they are different", pair)
        told = f"both bear {row['attribute']} {row['value']}, but contradict each other otherwise"
        return Parted("constraint", told, pair, contradicting[row["attribute"]])
    return None


def _same_source(held: Evidence, asked: tuple[int, int], subject: Subject) -> Parted | None:
    """Return that signatures of one source are not compared, or that a source in common keeps two linked ones apart."""
    if subject.pairs != "between_sources":
        return None
    one, other = ({source for sources in side["sources"].to_list() for source in sources} for side in held[:2])
    if held.links.height and one & other:
        told = f"they are linked, but both have records of {min(one & other)}, and each source holds a subject once"
    elif one == other and len(one) == 1:
        told = f"both are of {min(one)}; records of one source are not compared in this project"
    else:
        return None
    return Parted("same source", told, asked)


def _refused(held: Evidence, asked: tuple[int, int], known: Known) -> Parted:
    """Return why entities that a link joins are two."""
    heaviest = held.links.sort("match_weight", "signature_l", "signature_r", descending=[True, False, False]).head(1)
    pair = next(
        (_across(held, left, right) for left, right in heaviest.select("signature_l", "signature_r").rows()), None
    )
    for item in known.subject.identifiers:
        common = known.generic.filter(pl.col("blocking_rule") == generic_rule(item))["value"].to_list()
        one, other = (set(silence(side, known.masses)[item.attribute].drop_nulls()) - {*common} for side in held[:2])
        if item.exclusive and one and other and not one & other:
            told = f"they have different values of {item.attribute}: {', '.join(sorted(one | other))}"
            return Parted("constraint", told, pair or asked, (item.attribute,))
    for state in held.states:
        if state not in SETTLED:
            return Parted(state, f"they are linked, but one of them stands by itself, as {state}", pair or asked)
    told = "they are linked, but their component broke a constraint or the size limit and was refined"
    if held.bridged:
        told = "they are linked, but the other pairs of the two groups speak against it, and the bridge was cut"
    return Parted("split", told, pair or asked)


def _across(held: Evidence, left: int, right: int) -> tuple[int, int] | None:
    """Return the two with the first entity's in front, None where they are not one of each."""
    one, other = (set(side["signature_id"]) for side in held[:2])
    return (
        (left, right) if left in one and right in other else (right, left) if right in one and left in other else None
    )


def _junk(held: Evidence, met: Meeting, known: Known) -> Parted | None:
    """Return what is too common of what the two bear, when they share nothing else."""
    asked = (held.one["signature_id"][0], held.other["signature_id"][0])
    generic = [
        f"{borne} ({generic_rule(item)})"
        for item in known.subject.identifiers
        if (borne := held.one[item.attribute][0]) is not None
        and borne == held.other[item.attribute][0]
        and _is_generic(known, generic_rule(item), borne)
    ]
    if generic:
        return Parted("junk", f"what would identify them is too common to link by: {', '.join(generic)}", asked)
    if met.pairs["compared"].any():
        return None
    common = met.shared.filter("generic")
    if common.height:
        first = met.pairs.filter("common").sort("match_weight", descending=True, maintain_order=True).row(0)
        listed = common.filter(one=first[0], other=first[1]).select("value", "rule").unique(maintain_order=True)
        told = ", ".join(f"{value} ({rule})" for value, rule in listed.iter_rows())
        return Parted("junk", f"all that they share is too common to compare on: {told}", (first[0], first[1]))
    return _silenced(held, known)


def _silenced(held: Evidence, known: Known) -> Parted | None:
    """Return the values that both bear and that too many bear, when these alone would have made a pair."""
    void = known.masses.filter(pl.col("action") == "null").select("attribute", "value")
    borne = [
        name
        for name, value in void.iter_rows()
        if name in held.one.columns and all((side[name] == value).any() for side in held[:2])
    ]
    if not borne:
        return None
    spoken = [key(side, subject=known.subject).block_keys for side in (held.one, held.other)]
    met = spoken[0].join(spoken[1], on="block_key", suffix="_r").sort("block_key", "signature_id", "signature_id_r")
    if met.is_empty():
        return None
    row = met.row(0, named=True)
    rule = known.subject.blocking[row["blocking_rule"]].name
    because = f"all that they share is borne by too many to be matched by: {row['value']} (rule '{rule}')"
    return Parted("junk", because, (row["signature_id"], row["signature_id_r"]), tuple(dict.fromkeys(borne)))


def _is_generic(known: Known, rule: str, value: str) -> bool:
    return not known.generic.filter(pl.col("blocking_rule") == rule, pl.col("value") == value).is_empty()


def _not_blocked(met: Meeting) -> Parted | None:
    if met.pairs["compared"].any():
        return None
    one, other = met.pairs.select("one", "other").row(0)
    return Parted("not blocked", "no blocking rule finds a value that both have", (one, other))


def _too_light(met: Meeting, known: Known) -> Parted | None:
    one, other, weight = met.pairs.select("one", "other", "match_weight").row(0)
    bits, threshold = weight / WEIGHT_SCALE, known.subject.model.threshold
    if weight >= round(threshold * WEIGHT_SCALE):
        return None
    return Parted("weight", f"match weight {bits:.2f} is below the threshold {threshold:.2f}", (one, other))


def _left_to_a_person(held: Evidence, met: Meeting, known: Known) -> Parted | None:
    """Return the caution that kept the model from linking the heaviest pair that is heavy enough."""
    enough = pl.col("match_weight") >= round(known.subject.model.threshold * WEIGHT_SCALE)
    heavy = met.pairs.filter("compared", enough).with_columns(
        signature_l=pl.min_horizontal("one", "other"), signature_r=pl.max_horizontal("one", "other")
    )
    sides = [silence(side, known.masses) for side in (held.one, held.other)]
    barred = cautioned(heavy, *sides, subject=known.subject).filter(~pl.col("links"))
    order = ["match_weight", "one", "other"]
    found = heavy.join(barred, on=list(PAIR_KEY)).sort(order, descending=[True, False, False]).head(1)
    for one, other, reason in found.select("one", "other", "reason").iter_rows():
        attributes = _read_by(known.subject, reason)
        return Parted("constraint", f"the caution '{reason}' leaves them to a person", (one, other), attributes)
    return None


def _read_by(subject: Subject, caution: str) -> tuple[str, ...]:
    """Return the attributes on which two must differ for a caution to fit."""
    texts = (text for one in subject.cautions if one.name == caution for text in one.differ)
    columns = subject.identity_attributes()
    return tuple(dict.fromkeys(name for text in texts for name in compile_expression(text, columns=columns).columns))
