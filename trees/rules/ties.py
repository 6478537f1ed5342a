"""The view `relations`: what records say of ties, with what is known of both ends.

A told tie is seen from the mention that its record is about (`own`); the other is `named`. It goes to the named entity
first, whose own records answer, then back to the own one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from engine.settings import Source
from trees.dates import day
from trees.owners import owned
from trees.relations.types import RelationType
from trees.rules.facts import days, ended, yes

_TOLD = ("relation_type", "source", "record_id", "valid_from", "valid_to", "recorded_at")
Frames = dict[str, pl.DataFrame]


def principal_mentions(sources: Sequence[Source]) -> dict[str, tuple[str, str]]:
    """Return by source the subject and role of the mention that its rows are about: the first."""
    return {one.name: (one.mentions[0].subject, one.mentions[0].role) for one in sources}


def trace(told: pl.DataFrame, owners: pl.DataFrame, *, principals: Mapping[str, tuple[str, str]]) -> Frames:
    """Return the told ties of one bucket of rows with the entities at both ends, null where one is unresolved.

    `named` goes to the named entity, `claims` to the own one; `edges` are the ties of two entities of one subject.
    """
    one = owned(told, owners, subject="subject_from", role="role_from", entity="entity_from")
    both = owned(one, owners, subject="subject_to", role="role_to", entity="entity_to")
    first = pl.col("source").replace_strict(
        {name: "\x1f".join(mention) for name, mention in principals.items()}, default=None, return_dtype=pl.String
    )
    turned = (pl.concat_str("subject_to", "role_to", separator="\x1f") == first).fill_null(value=False) & (
        pl.concat_str("subject_from", "role_from", separator="\x1f") != first
    )
    sided = both.with_columns(
        pl.when(turned).then(pl.lit("to")).otherwise(pl.lit("from")).alias("direction"),
        *(
            pl.when(turned).then(f"{part}_{own}").otherwise(f"{part}_{other}").alias(f"{side}_{part}")
            for side, own, other in (("own", "to", "from"), ("named", "from", "to"))
            for part in ("subject", "role", "entity")
        ),
    )
    ends = ("own_subject", "own_role", "own_entity", "named_subject", "named_role", "named_entity")
    ties = sided.select(*_TOLD, "direction", *ends)
    known = ties.drop_nulls(["own_entity", "named_entity"])
    return {
        "named": ties,
        "claims": known.select("relation_type", "own_entity", "named_entity"),
        "edges": both.drop_nulls(["entity_from", "entity_to"])
        .filter((pl.col("entity_from") != pl.col("entity_to")) & (pl.col("subject_from") == pl.col("subject_to")))
        .select("relation_type", "entity_from", "entity_to"),
    }


def knot(edges: pl.DataFrame, *, types: Mapping[str, RelationType]) -> Frames:
    """Return the ties that lead from an entity back to itself by ties of the same type (`cycles`).

    What nothing leads to, or nothing leads on from, is taken off until nothing more comes off: a pass for each
    generation. Then all that can be reached is worked out among the few ties left: quadratic in their number.
    """
    mutual = [code for code, one in types.items() if one.symmetric]
    left = (
        edges.filter(~pl.col("relation_type").is_in(mutual)).unique().sort("relation_type", "entity_from", "entity_to")
    )
    while True:
        kept = left.join(
            left, left_on=["relation_type", "entity_to"], right_on=["relation_type", "entity_from"], how="semi"
        )
        kept = kept.join(
            kept, left_on=["relation_type", "entity_from"], right_on=["relation_type", "entity_to"], how="semi"
        )
        if kept.height == left.height:
            return {"cycles": _leading_back(kept)}
        left = kept


def _leading_back(left: pl.DataFrame) -> pl.DataFrame:
    """Return the ties from whose end their beginning can be reached."""
    reach = left
    while True:
        further = reach.join(
            left.rename({"entity_from": "entity_to", "entity_to": "_next"}), on=["relation_type", "entity_to"]
        )
        wider = pl.concat([reach, further.select("relation_type", "entity_from", entity_to="_next")]).unique()
        if wider.height == reach.height:
            back = reach.select("relation_type", entity_from="entity_to", entity_to="entity_from")
            return left.join(back, on=["relation_type", "entity_from", "entity_to"], how="semi")
        reach = wider


def face(
    named: pl.DataFrame,
    claims: pl.DataFrame,
    facts: pl.DataFrame,
    unnumbered: pl.DataFrame,
    *,
    types: Mapping[str, RelationType],
) -> Frames:
    """Return the ties to the named entities of one bucket with what is known of those (`faced`).

    `claims` are the ties that the records about the same entities tell, `facts` theirs, `unnumbered` their mentions
    without an identifier. `claimed` counts by entity and type how many others name it whom no record about it names.
    """
    mutual = [code for code, one in types.items() if one.symmetric]
    by = ["relation_type", "named_entity"]
    told = (
        claims.filter(pl.col("relation_type").is_in(mutual))
        .select("relation_type", named_entity="own_entity", own_entity="named_entity")
        .unique()
    )
    naming = named.filter(pl.col("own_entity") != pl.col("named_entity")).select(*by, "own_entity").unique()
    sure = naming.with_columns(_sure=pl.lit(value=True))
    partners = (
        told.join(sure, on=[*by, "own_entity"], how="left")
        .group_by(by)
        .agg(_partners=pl.col("own_entity").unique().sort(), _all=pl.col("_sure").is_not_null().all())
    )
    known = _known(facts, "named").rename({"entity_id": "named_entity"})
    mention = ["named_subject", "source", "record_id", "named_role"]
    bare = unnumbered.rename({"subject": "named_subject", "role": "named_role"}).with_columns(_bare=pl.lit(value=True))
    met = (
        named.join(partners, on=by, how="left")
        .join(known, on="named_entity", how="left")
        .join(bare, on=mention, how="left")
        .with_columns(identified=yes(pl.col("named_entity").is_not_null() & pl.col("_bare").is_null()))
        .drop("_bare")
    )
    answered = (
        pl.when(pl.col("own_entity").is_null()).then(None)
        .when(pl.col("_partners").list.contains(pl.col("own_entity"))).then(pl.lit("yes"))
        .when(pl.col("_all")).then(pl.lit("no"))
        .when(pl.col("_partners").is_not_null()).then(pl.lit("unsure"))
    )  # fmt: skip
    partner = pl.when(answered == "yes").then("own_entity").otherwise(pl.col("_partners").list.first())
    unanswered = naming.filter(pl.col("relation_type").is_in(mutual)).join(told, on=[*by, "own_entity"], how="anti")
    return {
        "faced": met.with_columns(answered=answered, partner=partner).drop("_partners", "_all"),
        "claimed": unanswered.group_by("relation_type", own_entity="named_entity").agg(claimed=pl.len()),
    }


def _known(facts: pl.DataFrame, side: str) -> pl.DataFrame:
    return facts.select(
        "entity_id",
        pl.col("born").alias(f"{side}_born"),
        ended().alias(f"{side}_ended"),
        pl.col("own_records").alias(f"{side}_records"),
    )


def relations_view(
    faced: pl.DataFrame, claimed: pl.DataFrame, cycles: pl.DataFrame, facts: pl.DataFrame
) -> pl.DataFrame:
    """Return the view `relations` of the ties whose own entities are whole in one bucket."""
    known = _known(facts, "own").rename({"entity_id": "own_entity"})
    rivals = (
        faced.drop_nulls(["own_entity", "named_entity"])
        .group_by("relation_type", "own_entity", "named_role")
        .agg(rivals=pl.col("named_entity").n_unique() - 1)
    )
    met = faced.join(known, on="own_entity", how="left").join(
        rivals, on=["relation_type", "own_entity", "named_role"], how="left"
    )
    outward = pl.col("direction") == "from"
    ends = [
        pl.when(outward).then(f"{near}_{part}").otherwise(f"{far}_{part}").alias(f"{part}_{side}")
        for side, near, far in (("from", "own", "named"), ("to", "named", "own"))
        for part in ("entity", "born", "ended")
    ]
    circular = cycles.select("relation_type", "entity_from", "entity_to", _cycle=pl.lit(value=True)).unique()
    seen = (
        met.with_columns(ends)
        .join(circular, on=["relation_type", "entity_from", "entity_to"], how="left")
        .join(claimed, on=["relation_type", "own_entity"], how="left")
    )
    return _told(seen)


def _told(seen: pl.DataFrame) -> pl.DataFrame:
    begin, end = day(pl.col("valid_from")), day(pl.col("valid_to"))
    sure = pl.col("identified") == "yes"
    first_end = pl.min_horizontal("own_ended", pl.when(sure).then("named_ended"))
    last_birth = pl.max_horizontal("own_born", pl.when(sure).then("named_born"))
    born, later = pl.col("born_from"), pl.col("born_to")
    before = (later.dt.month() < born.dt.month()) | (
        (later.dt.month() == born.dt.month()) & (later.dt.day() < born.dt.day())
    )
    years = later.dt.year().cast(pl.Int64) - born.dt.year().cast(pl.Int64) - before.cast(pl.Int64)
    told_at = pl.max_horizontal(day(pl.col("recorded_at")), begin)
    return seen.select(
        "source", "record_id", "recorded_at", "direction", "valid_from", "valid_to", "answered", "partner",
        "identified",
        subject="named_subject", role="named_role", about="relation_type", entity_id="named_entity", own="own_entity",
        named_records=pl.col("named_records").cast(pl.String),
        claimed=pl.col("claimed").fill_null(0).cast(pl.String),
        itself=yes(pl.col("own_entity") == pl.col("named_entity")), cycle=yes(pl.col("_cycle")),
        years_apart=years.cast(pl.String), rivals=pl.col("rivals").cast(pl.String),
        ended_from=pl.col("ended_from").dt.to_string("%Y-%m-%d"),
        ended_to=pl.col("ended_to").dt.to_string("%Y-%m-%d"),
        days_before_birth=days(last_birth, begin), days_after_end=days(begin, first_end),
        days_beyond_end=days(end, first_end),
        days_open_after_end=pl.when(pl.col("valid_to").is_null()).then(days(told_at, pl.col("ended_from"))),
    )  # fmt: skip
