"""The view `shared`: values that should tell one entity and are borne by several."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from engine.settings import Subject
from engine.slices import slices
from engine.values.derived import id_birth
from trees.rules.facts import yes
from trees.rules.held import agreeing

IDENTIFIER, SUFFICIENT, DESCRIBED, NAMED = "identifier", "sufficient", "described", "named"
WEAK = 3
"""An entity at which so many times fewer sources bear a value does not own it, however trusted they are."""

_COLUMNS = (
    "subject", "entity_id", "agreed", "about", "value", "number", "called", "born", "lone", "lesser", "rank", "sources",
    "records", "value_key",
)  # fmt: skip


class Described(NamedTuple):
    """The attributes that say who an entity is: its first identifier, what first contradicts that, its first date."""

    number: str | None
    called: str | None
    born: str | None


def described(subject: Subject) -> Described:
    """Return the attributes that say who an entity of the subject is, null where its settings name none."""
    first = next((one for one in subject.identifiers if one.exclusive), None)
    labelled = {one.label: one.attribute[0] for one in subject.comparisons}
    called = labelled.get(first.contradicted_by[0]) if first and first.contradicted_by else None
    born = next((name for name, one in subject.attributes.items() if one.kind == "date"), None)
    return Described(first.attribute if first else None, called, born)


def _sets(subject: Subject) -> list[tuple[str, tuple[str, ...]]]:
    """Return the sets of attributes that should tell one entity though none is an identifier."""
    of, numbered = described(subject), {one.attribute for one in subject.identifiers}
    if of.number is None:
        return []
    whole = [(SUFFICIENT, names) for names in subject.sufficient if not numbered & set(names)]
    return [*whole, (DESCRIBED, (of.called, of.born))] if of.called and of.born else whole


def bear(
    placed: pl.DataFrame, profiles: pl.DataFrame, attribute_values: pl.DataFrame, *, name: str, subject: Subject
) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield the values of whole entities that should be theirs alone, to be brought together by value (`borne`).

    Those are the values of the subject's identifiers, of each of its sufficient sets that holds no identifier, and of
    what an entity is called with its first date. `lone` is yes where a single source knows the entity, `lesser` is 1
    where more sources bear another value of the entity, `rank` the place in the attribute's
    trust of the best source that bears it. Some entities are worked on at a time.
    """
    frames = {"placed": placed, "profiles": profiles, "attribute_values": attribute_values}
    for part in slices(frames, by="entity_id"):
        yield {"borne": _borne(**part, name=name, subject=subject)}


def _borne(
    placed: pl.DataFrame, profiles: pl.DataFrame, attribute_values: pl.DataFrame, *, name: str, subject: Subject
) -> pl.DataFrame:
    owned = [_identified(attribute_values, subject, one.attribute) for one in subject.identifiers]
    of = described(subject)
    borne = pl.concat([_empty(), *owned, *(_set(placed, kind, names, subject) for kind, names in _sets(subject))])
    for column, attribute in of._asdict().items():
        known = profiles.filter(pl.col("attribute") == pl.lit(attribute, pl.String))
        borne = borne.join(known.select("entity_id", pl.col("value").alias(column)), on="entity_id", how="left")
    lone = placed.group_by("entity_id").agg(lone=pl.col("source").n_unique() == 1)
    keyed = borne.join(lone, on="entity_id", how="left").with_columns(
        subject=pl.lit(name),
        lone=yes(pl.col("lone")),
        value_key=pl.concat_str(pl.lit(name), "agreed", "about", "value", separator="\x1f"),
    )
    return keyed.select(_COLUMNS).sort("value_key", "entity_id")


def _empty() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "entity_id": pl.String, "agreed": pl.String, "about": pl.String, "value": pl.String, "lesser": pl.Int64,
            "rank": pl.Int64, "sources": pl.Int64, "records": pl.Int64,
        }
    )  # fmt: skip


def _identified(attribute_values: pl.DataFrame, subject: Subject, attribute: str) -> pl.DataFrame:
    trust = subject.attributes[attribute].trust
    place = pl.element().replace_strict(list(trust), list(range(len(trust))), default=len(trust), return_dtype=pl.Int64)
    return attribute_values.filter(pl.col("attribute") == attribute).select(
        "entity_id",
        pl.lit(IDENTIFIER).alias("agreed"),
        pl.col("attribute").alias("about"),
        "value",
        lesser=(pl.col("sources").list.len() < pl.col("sources").list.len().max().over("entity_id")).cast(pl.Int64),
        rank=pl.col("sources").list.eval(place).list.min().cast(pl.Int64) if trust else pl.lit(0, pl.Int64),
        sources=pl.col("sources").list.len().cast(pl.Int64),
        records="records",
    )


def _set(placed: pl.DataFrame, kind: str, names: tuple[str, ...], subject: Subject) -> pl.DataFrame:
    of = described(subject)
    whole = placed.select("entity_id", value=_joined(names, kind, of, subject)).drop_nulls()
    counted = whole.group_by("entity_id", "value").agg(records=pl.len().cast(pl.Int64))
    constant = [pl.lit(0, pl.Int64).alias(column) for column in ("lesser", "rank", "sources")]
    about = [pl.lit(kind).alias("agreed"), pl.lit(of.number).alias("about")]
    return counted.select("entity_id", *about, "value", *constant, "records")


def _joined(names: tuple[str, ...], kind: str, of: Described, subject: Subject) -> pl.Expr:
    """Return the values of a set as one text; of what describes, a missing date is the one that the number holds."""
    columns = [pl.col(name) for name in names]
    if kind == DESCRIBED and of.number and subject.attributes[of.number].kind == "resident_id":
        columns[1] = pl.coalesce(columns[1], id_birth(pl.col(of.number)))
    return pl.concat_str(columns, separator=" ")


def share(borne: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the values that several entities bear, with the `owner` of each (`shared`): all bearers of a value.

    The owner is an entity none of whose other values more sources bear, and at which not `WEAK` times fewer sources
    bear it than at another; then the one at which the most trusted source bears it, then most sources, most records,
    and of the smallest id.
    """
    several = borne.filter(pl.col("entity_id").n_unique().over("value_key") > 1).with_columns(
        weak=(pl.col("sources") * WEAK <= pl.col("sources").max().over("value_key")) & (pl.col("sources") > 0)
    )
    by = {
        "value_key": False,
        "lesser": False,
        "weak": False,
        "rank": False,
        "sources": True,
        "records": True,
        "entity_id": False,
    }
    ordered = several.sort(list(by), descending=list(by.values()))
    owner = pl.col("entity_id").first().over("value_key")
    found = ordered.with_columns(
        *(pl.col(one).first().over("value_key").alias(f"owner_{one}") for one in ("number", "called", "born")),
        owner=owner,
        bearers=pl.col("entity_id").n_unique().over("value_key").cast(pl.String),
    )
    return {
        "shared": found.drop("lesser", "weak", "rank", "sources", "records", "value_key").sort(
            "entity_id", "about", "agreed", "value"
        )
    }


def shared_view(
    placed: pl.DataFrame, shared: pl.DataFrame, facts: pl.DataFrame, *, name: str, subject: Subject
) -> pl.DataFrame:
    """Return the view `shared` of whole entities and their facts: the records of bearers that are not the owner."""
    others = shared.filter((pl.col("subject") == name) & (pl.col("owner") != pl.col("entity_id"))).drop(
        "called", "born"
    )
    own = facts.select("entity_id", own_records=pl.col("own_records").cast(pl.String))
    mine = placed.join(others.select("entity_id").unique(), on="entity_id", how="semi").join(own, on="entity_id")
    of = described(subject)
    told = {to: one for to, one in of._asdict().items() if to != "number"}
    kept: list[pl.Expr] = [
        *(pl.col(column) for column in ("source", "record_id", "role", "entity_id", "recorded_at", "own_records")),
        *(pl.lit(None, pl.String).alias(to) if one is None else pl.col(one).alias(to) for to, one in told.items()),
    ]
    keyed = [(IDENTIFIER, (one.attribute,)) for one in subject.identifiers] + _sets(subject)
    parts = [
        mine.select(*kept, value=_joined(names, kind, of, subject)).join(
            others.filter((pl.col("agreed") == kind) & ((pl.col("about") == names[0]) | pl.lit(kind != IDENTIFIER))),
            on=["entity_id", "value"],
        ).with_columns(same=yes(_same(of, subject))).select(_VIEWED)
        for kind, names in keyed
    ]  # fmt: skip
    view = pl.concat([pl.DataFrame(schema=dict.fromkeys(_VIEWED, pl.String)), *parts])
    return pl.concat([view, _otherwise_called(view, of, subject)])


_VIEWED = (
    "subject", "source", "record_id", "role", "entity_id", "recorded_at", "agreed", "about", "value", "number",
    "called", "born", "lone", "owner", "owner_number", "owner_called", "owner_born", "bearers",
    "own_records", "same",
)  # fmt: skip


def _same(of: Described, subject: Subject) -> pl.Expr:
    """Return whether a record tells the owner's first date, and no name that is not the owner's."""
    if of.called is None:
        return pl.lit(value=False)
    named = agreeing(pl.col("called"), pl.col("owner_called"), subject.attributes[of.called].kind)
    return (pl.col("born") == pl.col("owner_born")) & named.fill_null(value=True)


def _otherwise_called(view: pl.DataFrame, of: Described, subject: Subject) -> pl.DataFrame:
    """Return the records that bear the owner's first identifier, no other first date, and are called otherwise."""
    if of.called is None:
        return view.clear()
    kind = subject.attributes[of.called].kind
    same = (pl.col("born") == pl.col("owner_born")) | pl.col("born").is_null()
    other = same & ~agreeing(pl.col("called"), pl.col("owner_called"), kind)
    named = view.filter((pl.col("agreed") == IDENTIFIER) & (pl.col("about") == of.number) & other)
    return named.with_columns(agreed=pl.lit(NAMED), about=pl.lit(of.called))
