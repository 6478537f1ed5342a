"""The view `held`: what a record says of an attribute of which its entity has several values."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from engine.expressions import null_where
from engine.settings import Attribute, Subject
from engine.values import KINDS
from engine.values.characters import standard_characters
from engine.values.organisations import plain_company
from trees.rules.facts import yes

STORED = 6
"""A shorter name that begins like a longer one is cut when it has so many characters; below that it is another."""

_KEPT = ("source", "record_id", "role", "entity_id", "recorded_at", "delivered_at")


def held_view(
    placed: pl.DataFrame, shared: pl.DataFrame, *, name: str, subject: Subject, kinds: Collection[str]
) -> pl.DataFrame:
    """Return the view `held` of whole entities, for the attributes of these `kinds`.

    `placed` are the records with their `entity_id`, `shared` the values that several entities bear (`share`).
    """
    parts = [
        _of_attribute(placed, shared, name, subject, attribute)
        for attribute, one in subject.attributes.items()
        if one.kind in kinds
    ]
    return pl.concat([pl.DataFrame(schema=dict.fromkeys(_COLUMNS, pl.String)), *parts])


_COLUMNS = (
    "subject", "source", "record_id", "role", "about", "entity_id", "recorded_at", "kind", "value", "most", "agrees",
    "changed", "void", "tellers", "others", "identifier", "borne",
)  # fmt: skip


def _of_attribute(
    placed: pl.DataFrame, shared: pl.DataFrame, name: str, subject: Subject, attribute: str
) -> pl.DataFrame:
    several = placed.group_by("entity_id").agg(_values=pl.col(attribute).n_unique()).filter(pl.col("_values") > 1)
    rows = placed.join(several.select("entity_id"), on="entity_id", how="semi")
    voids = {attribute: subject.attributes[attribute].void_when or "false"}
    every = rows.with_columns(value=pl.col(attribute), _sure=null_where(rows, voids)[0]).drop_nulls("value")
    most = _most(every.drop_nulls("_sure"), subject.attributes[attribute])
    told = every.join(most, on="entity_id").join(_tellers(every), on=["entity_id", "value"])
    values = told.select("value", "most").unique()
    kind = subject.attributes[attribute].kind
    agreed = values.with_columns(agrees=yes(agreeing(pl.col("value"), pl.col("most"), kind)))
    bearing = told.filter(pl.col("value") == pl.col("most")).select("entity_id", bearer="source").unique()
    borne = shared.filter((pl.col("about") == attribute) & (pl.col("agreed") == "identifier"))
    elsewhere = borne.select("entity_id", "value", _borne=pl.lit(value=True)).unique()
    exclusive = attribute in {one.attribute for one in subject.identifiers if one.exclusive}
    return (
        told.join(agreed, on=["value", "most"])
        .join(bearing.group_by("entity_id").agg(_bearers="bearer"), on="entity_id", how="left")
        .join(_former(rows, told, subject, attribute), on=["entity_id", "value"], how="left")
        .join(elsewhere, on=["entity_id", "value"], how="left")
        .with_columns(_others=pl.col("_bearers").list.set_difference(pl.concat_list("source")).list.len())
        .select(
            pl.lit(name).alias("subject"), "source", "record_id", "role", pl.lit(attribute).alias("about"), "entity_id",
            "recorded_at", pl.lit(kind).alias("kind"), "value", "most", "agrees",
            changed=yes(pl.col("_former")), void=yes(pl.col("_sure").is_null()),
            tellers=pl.col("_tellers").cast(pl.String),
            others=pl.col("_others").fill_null(0).cast(pl.String),
            identifier=yes(pl.lit(exclusive)), borne=yes(pl.col("_borne")),
        )
    )  # fmt: skip


def _tellers(told: pl.DataFrame) -> pl.DataFrame:
    return told.group_by("entity_id", "value").agg(_tellers=pl.col("source").n_unique())


def _most(told: pl.DataFrame, attribute: Attribute) -> pl.DataFrame:
    """Return entity_id and the value that `most` sources bear.

    At a tie it is the one that the most trusted source bears, then the one of most records, then the smallest.
    """
    trust = attribute.trust
    place = pl.col("source").replace_strict(
        list(trust) or [""], list(range(len(trust))) or [0], default=len(trust), return_dtype=pl.Int64
    )
    counted = told.group_by("entity_id", "value").agg(
        _sources=pl.col("source").n_unique(), _place=place.min(), _records=pl.len()
    )
    ordered = counted.sort(
        "entity_id", "_sources", "_place", "_records", "value", descending=[False, True, False, True, False]
    )
    return ordered.unique("entity_id", keep="first", maintain_order=True).select("entity_id", most="value")


def agreeing(left: pl.Expr, right: pl.Expr, kind: str) -> pl.Expr:
    """Return whether two values of a kind are one value, written otherwise.

    >>> pairs = pl.DataFrame({"l": ["1980", "1980-01-02"], "r": ["1980-01-31", "1980-01-31"]})
    >>> pairs.select(agreeing(pl.col("l"), pl.col("r"), "date"))["l"].to_list()
    [True, False]
    """
    one, other = KINDS[kind].match(left), KINDS[kind].match(right)
    if kind == "organisation":
        one, other = plain_company(one), plain_company(other)
    if kind == "name":
        one, other = (standard_characters(text.str.replace_all(r"[^\p{L}\p{N}]", "")) for text in (one, other))
        han = [text.str.contains(r"^\p{Han}+$") for text in (one, other)]
        whole = [text.str.contains(r"[^\p{L}\p{M}\p{N}\p{P}\s]|[?？*]") for text in (left, right)]
        cut = pl.min_horizontal(one.str.len_chars(), other.str.len_chars()) >= STORED
        begins = one.str.starts_with(other) | other.str.starts_with(one)
        return (one == other) | (han[0] != han[1]) | whole[0] | whole[1] | (cut & begins)
    if kind == "date":
        return one.str.starts_with(other) | other.str.starts_with(one)
    return one == other


def _former(rows: pl.DataFrame, told: pl.DataFrame, subject: Subject, attribute: str) -> pl.DataFrame:
    """Return entity_id, value and `_former` of the values that a change explains: told as former, or in turn."""
    columns = [one.former for one in subject.identifiers if one.attribute == attribute and one.former]
    labelled = {one.label: one.attribute[0] for one in subject.comparisons}
    columns += [
        one.alias
        for one in subject.identifiers
        if one.alias and one.contradicted_by and labelled.get(one.contradicted_by[0]) == attribute
    ]
    stated = [rows.select("entity_id", value=column).drop_nulls("value") for column in columns]
    seen = told.with_columns(_seen=pl.coalesce("recorded_at", "delivered_at"))
    each = seen.group_by("entity_id", "value", "source").agg(
        pl.col("most").first(), _from=pl.col("_seen").min(), _to=pl.col("_seen").max()
    )
    rest = each.filter(pl.col("value") != pl.col("most")).with_columns(_several=pl.len().over("entity_id", "value") > 1)
    kept = each.filter(pl.col("value") == pl.col("most")).select("entity_id", "source", since="_from", until="_to")
    sure = pl.col("_several") | pl.col("source").is_in(subject.attributes[attribute].trust)
    turned = (pl.col("_to") < pl.col("since")) | (pl.col("until") < pl.col("_from"))
    moved = rest.join(kept, on=["entity_id", "source"]).filter(sure & turned).select("entity_id", "value")
    return pl.concat([*stated, moved]).unique().with_columns(_former=pl.lit(value=True))
