"""Blocking: which pairs are worth comparing, with the cost known before the join."""

from matchers.blocking.blocks import (
    PAIRS_A_RECORD,
    Joined,
    Sized,
    check_budget,
    distinct,
    join,
    join_touching,
    pair_budget,
    size,
)
from matchers.blocking.keys import Keyed, key

__all__ = [
    "PAIRS_A_RECORD",
    "Joined",
    "Keyed",
    "Sized",
    "check_budget",
    "distinct",
    "join",
    "join_touching",
    "key",
    "pair_budget",
    "size",
]
