"""Connected components of links, by arrays."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.tables import PAIR_KEY


def components(links: pl.DataFrame) -> pl.DataFrame:
    """Return signature_id and component, its smallest signature, of every signature that stands in a link, sorted.

    Cost: linear; 5 million links take some 4 s and 300 MB.

    >>> links = pl.DataFrame({"signature_l": [7, 3], "signature_r": [9, 7]})
    >>> components(links).rows()
    [(3, 3), (7, 3), (9, 3)]
    """
    # A run without links shall not load scipy.
    if links.is_empty():
        return pl.DataFrame(schema={"signature_id": pl.Int64, "component": pl.Int64})
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = pl.concat([links[side] for side in PAIR_KEY], rechunk=True)
    nodes, codes = ends.unique().sort().to_numpy(), ends.rank("dense").cast(pl.Int32).to_numpy() - 1
    edges = (codes[: links.height], codes[links.height :])
    graph = coo_array((np.ones(links.height, np.int8), edges), shape=(len(nodes), len(nodes)))
    _, labels = connected_components(graph, directed=False)
    _, smallest = np.unique(labels, return_index=True)  # nodes ascend, so the first of a label is its smallest
    return pl.DataFrame({"signature_id": nodes, "component": nodes[smallest][labels]})
