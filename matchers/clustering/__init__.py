"""Clusters of signatures: connected components of links, refined where one breaks a constraint."""

from matchers.clustering.cluster import UNRESOLVED, cluster, founds
from matchers.clustering.components import components
from matchers.clustering.exclusive import sure_values
from matchers.clustering.united import united

__all__ = ["UNRESOLVED", "cluster", "components", "founds", "sure_values", "united"]
