"""The plain case: one signature that joins at most one cluster, where nothing speaks against anything.

What the stages do with such a signature follows without running them: its stars hold all bearers of its identifiers,
every link of it leads to one cluster, and the cluster with it breaks no constraint.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.settings import Subject
from matchers.clustering.probes import FEWEST
from matchers.realtime.accord import Member

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


def unprobed(members: Sequence[Member], starred: Sequence[Member]) -> bool:
    """Return whether a cluster with one more signature has too few units to fall apart at a weak bridge.

    `starred` are the members that bear an identifier of the new one: they are one unit with it.
    """
    joined = {one["unit"] for one in starred}
    return len({one["unit"] for one in members} - joined) + 1 < FEWEST
