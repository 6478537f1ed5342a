"""Connected components of links: chunk after chunk, over arrays, so that there may be more links than memory holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from engine.scratch import Frame, chunks_of
from engine.tables import PAIR_KEY

Signatures = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]


class Components(NamedTuple):
    """All signatures that stand in links, ascending, and for each the place of the smallest of its component."""

    signatures: Signatures
    smallest: Places


def components(links: pl.DataFrame) -> pl.DataFrame:
    """Return signature_id and component, its smallest signature, of every signature that stands in a link, sorted.

    Cost: 5 million links take some 6 s and 200 MB.

    >>> links = pl.DataFrame({"signature_l": [7, 3], "signature_r": [9, 7]})
    >>> components(links).rows()
    [(3, 3), (7, 3), (9, 3)]
    """
    signatures, smallest = components_of([links])
    return pl.DataFrame({"signature_id": signatures, "component": signatures[smallest]})


def components_of(several: Iterable[Frame]) -> Components:
    """Return the components of all links of several frames together, which are gone through twice.

    Memory: some 25 bytes a signature, and a chunk of links. Cost: a look at all signatures for each chunk.
    """
    links = [frame.select(PAIR_KEY) for frame in several]
    signatures = _standing(links)
    above = np.arange(len(signatures), dtype=np.int32)
    for chunk in _ends(links):
        left, right = (_climbed(above, places(signatures, end)) for end in chunk)
        apart = left != right
        _join(above, left[apart], right[apart])
    return Components(signatures, _climbed(above, above))


def places(signatures: Signatures, asked: Signatures) -> npt.NDArray[np.int64]:
    """Return where each number is among ascending ones; somewhere where it is not.

    Cost: numbers are asked in their order, for that of hashes goes through memory at random.
    """
    order = np.argsort(asked)
    found = np.empty(len(asked), np.int64)
    found[order] = np.searchsorted(signatures, asked[order])
    return np.minimum(found, max(len(signatures) - 1, 0))


def _ends(links: Iterable[Frame]) -> Iterator[tuple[Signatures, Signatures]]:
    for frame in links:
        for chunk in chunks_of(frame):
            left, right = (chunk[side].to_numpy() for side in PAIR_KEY)
            yield left, right


def _standing(links: Iterable[Frame]) -> Signatures:
    """Return all signatures that stand in links, ascending: what is new is put to them once it is half of them."""
    known, fresh, waiting = np.empty(0, np.int64), list[Signatures](), 0
    for chunk in _ends(links):
        found = _once(np.concatenate(chunk))
        fresh.append(found[known[places(known, found)] != found] if len(known) else found)
        waiting += len(fresh[-1])
        if 2 * waiting > len(known):
            known, fresh, waiting = _with(known, fresh), [], 0
    return _with(known, fresh)


def _with(known: Signatures, fresh: list[Signatures]) -> Signatures:
    if not fresh:
        return known
    every = np.concatenate([known, _once(np.concatenate(fresh))])
    every.sort()
    return every


def _once(numbers: Signatures) -> Signatures:
    """Return numbers once, ascending; sorts them in place, which is faster than `numpy.unique` of 64 bits."""
    numbers.sort()
    once: Signatures = numbers[np.concatenate([np.ones(min(len(numbers), 1), bool), numbers[1:] != numbers[:-1]])]
    return once


def _climbed(above: Places, nodes: npt.NDArray[np.int64] | Places) -> Places:
    """Return where a walk upwards from each node ends, and let the next one from it be of one step."""
    root = above[nodes]
    while not np.array_equal(higher := above[root], root):
        root = higher
    above[nodes] = root
    return root


def _join(above: Places, left: Places, right: Places) -> None:
    """Put every root that links reach under the smallest that they reach from it."""
    # A run without links shall not load scipy.
    if not len(left):
        return
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    reached = np.zeros(len(above), bool)
    reached[left] = reached[right] = True
    roots, code = np.flatnonzero(reached), np.cumsum(reached, dtype=np.int32) - 1
    edges = (code[left], code[right])
    graph = coo_array((np.ones(len(left), np.int8), edges), shape=(len(roots), len(roots)))
    number, labels = connected_components(graph, directed=False)
    smallest = np.empty(number, np.int32)
    smallest[labels[::-1]] = roots[::-1]  # roots ascend, and what is written last stays
    above[roots] = smallest[labels]
