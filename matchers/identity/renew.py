"""Renewing: from clusters and the registry as it was to entities and what the registry adds, in one call."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from matchers.identity.assign import assign
from matchers.identity.history import inscribe
from matchers.identity.kinship import attest, compare, recall, sift
from matchers.identity.naming import found, identify


class Registry(NamedTuple):
    """RECORD_HISTORY, LEDGER and REDIRECTS."""

    record_history: pl.DataFrame
    ledger: pl.DataFrame
    redirects: pl.DataFrame


class Renewed(NamedTuple):
    """ENTITIES and RECORD_ENTITY, and the rows that the run adds to the registry."""

    entities: pl.DataFrame
    record_entity: pl.DataFrame
    added: Registry


def renew(
    mentions: pl.DataFrame,
    known: Registry,
    judged: pl.DataFrame,
    links: pl.DataFrame,
    apart: pl.DataFrame,
    *,
    salt: str,
    ordinal: int,
    changed: tuple[str, ...] = (),
) -> Renewed:
    """Return the entities of clusters under the ids that they keep, take back or are given (see `assign`).

    It suffices to give a closed part of all: whole clusters; of `known` the records that are members now, bore an id
    of these or are gone, all ids that they ever bore, and what those redirect to. `judged` holds keys of judged
    records, `links` and `apart` pairs (PAIR_KEY, reason).
    """
    founded, members = found(mentions, salt=salt)
    borne, left = recall(members, known.record_history, known.redirects, judged)
    kin, fresh = compare(borne)
    plain, contested, lost = sift(kin, left, known.ledger)
    parts, rivals = attest(borne, founded, contested)
    named = assign(
        contested, lost, parts, rivals, known.redirects, links, apart, salt=salt, ordinal=ordinal, changed=changed
    )
    made = identify(mentions, founded, plain, named.named, fresh, ordinal=ordinal, changed=changed)
    history = inscribe(made.record_entity, judged, known.record_history, ordinal=ordinal)
    ledger = pl.concat([named.ledger, made.ledger])
    return Renewed(made.entities, made.record_entity, Registry(history, ledger, named.redirects))
