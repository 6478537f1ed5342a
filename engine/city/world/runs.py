"""Runs of equal values in a sorted array: where each begins, and the place of every entry in its own."""

from __future__ import annotations

import numpy as np

from engine.city.world.draws import Flags, Ints


def begins(*sorted_together: Ints) -> Flags:
    """Return where one of the arrays differs from the entry before; the first entry begins a run.

    >>> import numpy as np
    >>> begins(np.array([4, 4, 7]), np.array([0, 1, 1])).tolist()
    [True, True, True]
    """
    first = np.zeros(len(sorted_together[0]), dtype=np.bool_)
    first[:1] = True
    for values in sorted_together:
        first[1:] |= values[1:] != values[:-1]
    return first


def within(first: Flags) -> Ints:
    """Return the place of each entry in its run, from 0; `first` says where runs begin.

    >>> import numpy as np
    >>> within(np.array([True, False, True])).tolist()
    [0, 1, 0]
    """
    places = np.arange(len(first))
    return places - np.maximum.accumulate(np.where(first, places, 0))
