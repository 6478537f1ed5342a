"""Strong identifiers: signatures that share one are linked by stars, one per compatible group.

Within one identifier value the distinct tuples of the attributes that can contradict it are compared pairwise and
grouped so that none is contradicted by most of its group. Each group gets a star: its hub is linked to every other
signature of the group. Hubs of different groups stand in conflict, so that copied and shared identifiers are seen and
not fused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from engine.settings import Comparison, Identifier, Subject
from engine.tables import CONFLICTS, GENERIC_VALUES, LINKS, PAIR_KEY, WEIGHT_SCALE
from matchers.clustering.components import components
from matchers.clustering.exclusive import generic_rule
from matchers.clustering.groups import compatible_groups
from matchers.comparisons import compare_candidates

IDENTIFIER_WEIGHT = 64 * WEIGHT_SCALE
"""The weight that stands in a link by identifier: 64 bits, more than agreement on a person's other attributes gives."""

MAX_TUPLES = 200
"""An identifier value with more distinct tuples is generic; 200 tuples are 19,900 comparisons."""

MAX_SIGNATURES = 200
"""An identifier value that nothing can contradict is generic when more signatures bear it."""


class Stars(NamedTuple):
    """LINKS and CONFLICTS by identifiers, and the values that are too common to be one (GENERIC_VALUES)."""

    links: pl.DataFrame
    conflicts: pl.DataFrame
    generic: pl.DataFrame


def stars(
    signatures: pl.DataFrame,
    judged: pl.DataFrame,
    *,
    subject: Subject,
    max_tuples: int = MAX_TUPLES,
    max_signatures: int = MAX_SIGNATURES,
) -> Stars:
    """Return the links and conflicts of every identifier of the subject; each value that makes a link tells it once.

    A value is generic, and makes neither, when it has more than `max_tuples` tuples, when the identifier has no
    `contradicted_by` and more than `max_signatures` signatures bear the value, or when a group has more signatures than
    the subject's `max_cluster`: of links that weigh the same, none is cut before another.

    A pair contradicts when the first comparison of `contradicted_by` is at else, or any two are; nulls never do. Two
    groups of one value are not in conflict when `judged` (signature_l, signature_r, judgement) unites a pair of theirs.
    `signatures` must hold all `bearers` of each identifier value. Cost: quadratic in the distinct tuples of
    one value, up to `max_tuples`.
    """
    caps = {"max_tuples": max_tuples, "max_signatures": max_signatures}
    found = [_of_identifier(signatures, judged, one, subject=subject, **caps) for one in subject.identifiers]
    return Stars(
        LINKS.conform(pl.concat([LINKS.empty(), *(one.links for one in found)])),
        CONFLICTS.conform(pl.concat([CONFLICTS.empty(), *(one.conflicts for one in found)])),
        GENERIC_VALUES.conform(pl.concat([GENERIC_VALUES.empty(), *(one.generic for one in found)])),
    )


def bearers(signatures: pl.DataFrame, identifier: Identifier) -> pl.DataFrame:
    """Return the signatures with the identifier; one that tells its `former` value comes again as a bearer of that.

    So a change that a department delivered ties the bearers of both values, unless they contradict each other.
    """
    own = signatures.filter(pl.col(identifier.attribute).is_not_null())
    if identifier.former is None:
        return own
    former = pl.col(identifier.former)
    changed = signatures.filter(former.is_not_null() & former.ne_missing(pl.col(identifier.attribute)))
    return pl.concat([own, changed.with_columns(former.alias(identifier.attribute))])


def _of_identifier(
    signatures: pl.DataFrame,
    judged: pl.DataFrame,
    identifier: Identifier,
    *,
    subject: Subject,
    max_tuples: int,
    max_signatures: int,
) -> Stars:
    by_label = {comparison.label: comparison for comparison in subject.comparisons}
    comparisons = tuple(by_label[label] for label in identifier.contradicted_by)
    attributes = {f" {name}": name for comparison in comparisons for name in comparison.attribute}
    bearers = signatures.select("signature_id", "records", _value=pl.col(identifier.attribute), **attributes).filter(
        pl.col("_value").is_not_null() & (pl.len().over("_value") > 1)
    )
    tuples = _tuples(bearers, attributes)
    common = pl.len().over("_value") > max_tuples if comparisons else pl.col("signatures") > max_signatures
    compared = tuples.filter(~common)
    aliases = _aliases(signatures, identifier, [*attributes.values()])
    grouped = compared.join(_groups(compared, attributes, comparisons, aliases), on="tuple")
    large = grouped.filter(pl.col("signatures").sum().over("group") > subject.max_cluster).select("_value")
    kept = grouped.join(large, on="_value", how="anti")
    generic = _generic(tuples.join(kept, on="_value", how="anti"), rule=generic_rule(identifier))
    members = bearers.join(
        kept.select("_value", *attributes, "group"), on=["_value", *attributes], nulls_equal=True
    ).select("_value", "signature_id", hub=_hub().over("group"))
    return Stars(_star_links(members), _hub_conflicts(members, judged, attribute=identifier.attribute), generic)


def _hub() -> pl.Expr:
    """Return the signature with most records, then the smallest id."""
    return pl.col("signature_id").sort_by("records", "signature_id", descending=[True, False]).first()


def _tuples(bearers: pl.DataFrame, attributes: Mapping[str, str]) -> pl.DataFrame:
    """Return the distinct tuples of each value; `tuple` numbers them, those of one value in the order of their hubs."""
    distinct = bearers.group_by("_value", *attributes).agg(
        _hub().alias("hub"), pl.col("records").sum(), pl.len().cast(pl.Int64).alias("signatures")
    )
    return distinct.sort("_value", "hub").with_columns(tuple=pl.int_range(pl.len(), dtype=pl.Int64)).drop("hub")


def _generic(tuples: pl.DataFrame, *, rule: str) -> pl.DataFrame:
    """Return the values with the signatures that bear them and the pairs of these, none of which is linked by them."""
    count = pl.col("signatures")
    counted = tuples.group_by(value=pl.col("_value")).agg(count.sum())
    return GENERIC_VALUES.conform(counted.with_columns(pairs=count * (count - 1) // 2, blocking_rule=pl.lit(rule)))


def _aliases(signatures: pl.DataFrame, identifier: Identifier, attributes: list[str]) -> pl.DataFrame:
    """Return the pairs of values, both ways, that one record bears with the identifier: a name and a former one."""
    if identifier.alias is None or not attributes:
        return pl.DataFrame(schema=dict.fromkeys(("_value", "_one", "_other"), pl.String))
    both = signatures.select(_value=identifier.attribute, _one=attributes[0], _other=identifier.alias).drop_nulls()
    return pl.concat([both, both.select("_value", _one="_other", _other="_one")]).unique()


def _groups(
    tuples: pl.DataFrame, attributes: Mapping[str, str], comparisons: tuple[Comparison, ...], aliases: pl.DataFrame
) -> pl.DataFrame:
    """Return tuple and group (the tuple that founded it) for every tuple; `aliases` agree.

    `attributes` names the attribute that each column of `tuples` holds.
    """
    alone = tuples.select("tuple", group=pl.col("tuple").min().over("_value"))
    ids = tuples.select("_value", pl.col("tuple"))
    pairs = (
        ids.join(ids, on="_value", suffix="_r")
        .filter(pl.col("tuple") < pl.col("tuple_r"))
        .select("_value", signature_l="tuple", signature_r="tuple_r")
    )
    if not comparisons or pairs.is_empty():
        return alone
    sides = tuples.select(signature_id="tuple", **{name: column for column, name in attributes.items()})
    levels = compare_candidates(pairs, sides, comparisons=comparisons)
    names = [f"level_{comparison.label}" for comparison in comparisons]
    if aliases.height:
        levels = _known_as(levels, pairs, sides, aliases, level=names[0], attribute=comparisons[0].attribute[0])
    disagreements = pl.sum_horizontal((pl.col(name) == 0).cast(pl.Int32) for name in names)
    graded = levels.select(
        *PAIR_KEY,
        contradicts=(pl.col(names[0]) == 0) | (disagreements >= 2),
        supports=pl.col(names[0]) > 0,
        agreement=pl.sum_horizontal(pl.col(name).cast(pl.Int64).clip(0) for name in names),
    ).join(pairs, on=PAIR_KEY)
    contradicted = graded.filter("contradicts").select("_value").unique()
    grouped = compatible_groups(
        tuples.join(contradicted, on="_value", how="semi").select("_value", "tuple", "records"),
        graded.join(contradicted, on="_value", how="semi"),
    )
    return pl.concat([alone.join(grouped, on="tuple", how="anti"), grouped])


def _known_as(
    levels: pl.DataFrame, pairs: pl.DataFrame, sides: pl.DataFrame, aliases: pl.DataFrame, *, level: str, attribute: str
) -> pl.DataFrame:
    """Return the levels with 1 instead of else where the two values are aliases of each other."""
    named = sides.select("signature_id", pl.col(attribute).alias("_one"))
    known = (
        pairs.join(named, left_on="signature_l", right_on="signature_id")
        .join(named.rename({"_one": "_other"}), left_on="signature_r", right_on="signature_id")
        .join(aliases, on=["_value", "_one", "_other"], how="semi")
        .select(*PAIR_KEY, _alias=pl.lit(value=True))
        .unique()
    )
    joined = levels.join(known, on=PAIR_KEY, how="left", maintain_order="left")
    raised = pl.when(pl.col("_alias") & (pl.col(level) == 0)).then(pl.lit(1, pl.Int8)).otherwise(level)
    return joined.with_columns(raised.alias(level)).drop("_alias")


def _star_links(members: pl.DataFrame) -> pl.DataFrame:
    return LINKS.conform(
        members.filter(pl.col("signature_id") != pl.col("hub")).select(
            pl.min_horizontal("signature_id", "hub").alias("signature_l"),
            pl.max_horizontal("signature_id", "hub").alias("signature_r"),
            pl.lit(IDENTIFIER_WEIGHT).alias("match_weight"),
            pl.lit("identifier").alias("reason"),
        )
    )


def _hub_conflicts(members: pl.DataFrame, judged: pl.DataFrame, *, attribute: str) -> pl.DataFrame:
    hubs = members.select("_value", "hub").unique()
    apart = (
        hubs.filter(pl.len().over("_value") > 1)
        .join(hubs, on="_value", suffix="_r")
        .filter(pl.col("hub") < pl.col("hub_r"))
    )
    return CONFLICTS.conform(
        apart.join(_reconciled(members, judged), on=["_value", "hub", "hub_r"], how="anti").select(
            signature_l="hub",
            signature_r="hub_r",
            reason=pl.lit("contradiction"),
            attribute=pl.lit(attribute),
            value="_value",
        )
    )


def _reconciled(members: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of hubs of one value whose groups hold signatures that judgements unite."""
    tied = components(judged.filter(pl.col("judgement") == "same"))
    sides = members.join(tied, on="signature_id").select("_value", "hub", "component").unique()
    return (
        sides.join(sides, on=["_value", "component"], suffix="_r")
        .filter(pl.col("hub") < pl.col("hub_r"))
        .select("_value", "hub", "hub_r")
    )
