"""The block keys of signatures: what two signatures must share to be compared."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.expressions import compile_expression
from engine.hashing import hash64, joined
from engine.settings import BlockingRule, Subject
from engine.tables import BLOCK_KEYS


class Keyed(NamedTuple):
    """The block keys of one bucket of signatures."""

    block_keys: pl.DataFrame


def key(signatures: pl.DataFrame, united: pl.DataFrame | None = None, *, subject: Subject) -> Keyed:
    """Return one row per signature, rule and key; a rule of which any part is null gives no key.

    `united` says what identifiers unite (`matchers.clustering.united`); unset: nothing.
    """
    sources = pl.col("sources")
    base = signatures.with_columns(_only_source=pl.when(sources.list.len() == 1).then(sources.list.first()))
    known = pl.DataFrame(schema={"signature_id": pl.Int64, "united": pl.Int64}) if united is None else united
    base = base.join(known, on="signature_id", how="left", maintain_order="left")
    identity = subject.identity_attributes()
    parts = [_keys(base, rule, place, identity) for place, rule in enumerate(subject.blocking)]
    return Keyed(BLOCK_KEYS.conform(pl.concat(parts)))


def _keys(signatures: pl.DataFrame, rule: BlockingRule, place: int, identity: tuple[str, ...]) -> pl.DataFrame:
    frame = signatures
    names = [f" part {number}" for number in range(len(rule.on))]
    finer = [f" finer {number}" for number in range(len(rule.refine))]
    for name, text in zip([*names, *finer], [*rule.on, *rule.refine], strict=True):
        frame = compile_expression(text, columns=identity).append_to(frame, name=name)
    frame = frame.select("signature_id", "_only_source", "united", *names, *finer)
    listed = [name for name in names if isinstance(frame.schema[name], pl.List)]
    for name in listed:
        frame = frame.explode(name)
    keys = (
        frame.drop_nulls(names)
        .select(
            "signature_id",
            only_source="_only_source",
            united="united",
            blocking_rule=pl.lit(place, pl.Int16),
            value=pl.concat_str([pl.col(name).cast(pl.String) for name in names], separator=" | "),
            block_key=hash64(joined([pl.lit(str(place)), *names])),
            finer=_finer([pl.lit(str(place)), *names], finer),
        )
        .filter(pl.col("value").str.contains(r"[^\s|]"))
    )
    return keys.unique(["signature_id", "block_key"]) if listed else keys


def _finer(key: list[str | pl.Expr], finer: list[str]) -> pl.Expr:
    """Return the keys of a block cut by the first, the first two, … of `finer`; null from the first null on."""
    if not finer:
        return pl.lit(None, pl.List(pl.Int64))
    cuts = [finer[: number + 1] for number in range(len(finer))]
    known = [pl.all_horizontal(pl.col(name).is_not_null() for name in cut) for cut in cuts]
    keys = [hash64(joined([*key, *cut])) for cut in cuts]
    return pl.concat_list([pl.when(whole).then(one) for whole, one in zip(known, keys, strict=True)])
