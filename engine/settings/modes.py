"""What a delivery says of the records before it, and what is wrong with how a source declares that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from engine.settings.source import Source

Mode = Literal["append", "delta", "replace"]
Modes = Mode | tuple[tuple[str, Mode], ...]
"""One mode, or those of files by name or glob, in the order given."""


def mode_faults(source: Source) -> Iterator[str]:
    """Yield what is wrong with the modes of a source's deliveries."""
    where = f"source {source.name}"
    modes = {source.mode} if isinstance(source.mode, str) else {mode for _, mode in source.mode}
    if "delta" in modes and source.op is None:
        yield f"{where}: mode: of `delta` the column `op` says what a row does; set `op`"
    if source.op is not None and not source.key:
        yield f"{where}: op: without `key` no row says which record it withdraws; set `key`"
    if source.op is not None and source.op in source.key:
        yield f"{where}: op: '{source.op}' is the key"
    if source.uri and not isinstance(source.mode, str):
        yield f"{where}: mode: a database has no files; give one mode"
    if "replace" in modes and source.cursor:
        yield f"{where}: mode: with `cursor` a reading holds only what is new; `replace` needs all of it"
