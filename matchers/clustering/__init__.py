"""Clusters of signatures: connected components of links, refined where constraints or other pairs speak against."""

from matchers.clustering.cluster import AMBIGUOUS, UNRESOLVED, cluster, founds, group, part
from matchers.clustering.components import components
from matchers.clustering.exclusive import sure_values
from matchers.clustering.regions import in_regions
from matchers.clustering.united import united

__all__ = [
    "AMBIGUOUS", "UNRESOLVED", "cluster", "components", "founds", "group", "in_regions", "part", "sure_values",
    "united",
]  # fmt: skip
