"""Blocking: which pairs are worth comparing, with the cost known before the join."""

from matchers.blocking.blocks import Joined, Sized, check_budget, distinct, join, join_touching, size
from matchers.blocking.keys import Keyed, key

__all__ = ["Joined", "Keyed", "Sized", "check_budget", "distinct", "join", "join_touching", "key", "size"]
