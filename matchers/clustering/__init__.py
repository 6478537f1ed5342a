"""Clusters of signatures: connected components of links, refined where one breaks a constraint."""

from matchers.clustering.cluster import UNRESOLVED, cluster, founds
from matchers.clustering.components import components
from matchers.clustering.exclusive import sure_values

__all__ = ["UNRESOLVED", "cluster", "components", "founds", "sure_values"]
