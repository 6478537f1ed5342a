"""Identity: the entity of each cluster, under an id that stays from run to run."""

from matchers.identity.assign import Assigned, assign
from matchers.identity.history import inscribe, paths, redirected
from matchers.identity.ids import ALPHABET, entity_ids, valid_entity_id
from matchers.identity.kinship import attest, compare, recall, sift
from matchers.identity.naming import Founded, Identified, found, identify
from matchers.identity.renew import Registry, Renewed, renew

__all__ = [
    "ALPHABET", "Assigned", "Founded", "Identified", "Registry", "Renewed", "assign", "attest", "compare",
    "entity_ids", "found", "identify", "inscribe", "paths", "recall", "redirected", "renew", "sift", "valid_entity_id",
]  # fmt: skip
