"""The plain case: one signature that joins at most one cluster, where nothing speaks against anything.

What the stages do with such a signature follows without running them: its stars hold all bearers of its identifiers,
every link of it leads to one cluster, and the cluster with it breaks no constraint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from engine.settings import Subject
from engine.tables import LINKS
from matchers.clustering.bridges import weak_bridges
from matchers.clustering.probes import FEWEST, probes
from matchers.realtime.accord import Member
from matchers.realtime.weights import Weigher, weigh_pairs


def fits(new: Member, members: Sequence[Member], *, subject: Subject, generic: Iterable[tuple[str, str]]) -> bool:
    """Return whether a signature can be of the cluster of `members`: size, and one value of each exclusive identifier.

    `generic` holds attribute and value of what is too common to exclude anything.
    """
    common = set(generic)
    if len(members) + 1 > subject.max_cluster:
        return False
    exclusive = [one.attribute for one in subject.identifiers if one.exclusive]
    values = ({one[name] for one in (new, *members)} - {None} for name in exclusive)
    return all(
        sum((name, value) not in common for value in own) <= 1 for name, own in zip(exclusive, values, strict=True)
    )


def unbridged(
    new: Member,
    members: Sequence[Member],
    links: pl.DataFrame,
    tied: Mapping[int, tuple[int, str]],
    *,
    weigher: Weigher,
    split: float,
) -> bool:
    """Return whether no weak bridge parts a cluster with one more signature.

    `links` (LINKS) hold the members together; `tied` has weight and reason of each link to the new one, by signature.
    """
    own = new["signature_id"]
    fresh = [(*sorted((own, other)), weight, reason) for other, (weight, reason) in tied.items()]
    kept = pl.concat(
        [links.select([*LINKS.columns]), LINKS.conform(pl.DataFrame(fresh, schema=links.schema, orient="row"))]
    )
    rows = {one["signature_id"]: one for one in (new, *members)}
    asked = probes(kept)
    weights = weigh_pairs(weigher, [(rows[left], rows[right]) for left, right in asked.iter_rows()])
    probed = asked.with_columns(match_weight=pl.Series([one.match_weight for one in weights], dtype=pl.Int64))
    return weak_bridges(kept, probed, split=split).is_empty()


def unprobed(members: Sequence[Member], starred: Sequence[Member]) -> bool:
    """Return whether a cluster with one more signature has too few units to fall apart at a weak bridge.

    `starred` are the members that bear an identifier of the new one: they are one unit with it.
    """
    joined = {one["unit"] for one in starred}
    return len({one["unit"] for one in members} - joined) + 1 < FEWEST
