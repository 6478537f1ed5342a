"""Clusters of signatures: connected components of links, refined where one breaks a constraint."""

from matchers.clustering.cluster import cluster
from matchers.clustering.components import components

__all__ = ["cluster", "components"]
