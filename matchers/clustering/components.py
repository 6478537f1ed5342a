"""Connected components of links, by arrays."""

from __future__ import annotations

import numpy as np
import polars as pl


def components(links: pl.DataFrame) -> pl.DataFrame:
    """Return signature_id and component, its smallest signature, of every signature that stands in a link, sorted.

    Cost: linear; 5 million links take some 3 s and 200 MB.

    >>> links = pl.DataFrame({"signature_l": [7, 3], "signature_r": [9, 7]})
    >>> components(links).rows()
    [(3, 3), (7, 3), (9, 3)]
    """
    # A run without links shall not load scipy.
    if links.is_empty():
        return pl.DataFrame(schema={"signature_id": pl.Int64, "component": pl.Int64})
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    left, right = links["signature_l"].to_numpy(), links["signature_r"].to_numpy()
    nodes, codes = np.unique(np.concatenate([left, right]), return_inverse=True)
    edges = (codes[: len(left)], codes[len(left) :])
    graph = coo_array((np.ones(len(left), np.int32), edges), shape=(len(nodes), len(nodes)))
    _, labels = connected_components(graph, directed=False)
    _, smallest = np.unique(labels, return_index=True)  # nodes ascend, so the first of a label is its smallest
    return pl.DataFrame({"signature_id": nodes, "component": nodes[smallest][labels]})
