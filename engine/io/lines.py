"""The lines of a text file as blocks of decoded text, each line with its number."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from engine.errors import InputError

_C1 = re.compile("[\x80-\x9f]")
_UNASSIGNED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_WINDOWS = {code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in _UNASSIGNED}
_QUOTED = re.compile(rb'"[^"]*"')


class LineBlock(NamedTuple):
    r"""Lines in order, without their line feed; `first` is the number of the first, 1 for the file's first line.

    `broken` holds, by place in the block, why a line did not decode; its text then shows foreign bytes as `\xe9`.
    """

    first: int
    lines: pl.Series
    broken: dict[int, str]


def line_blocks(blocks: Iterable[bytes], *, encoding: str, file: Path) -> Iterator[LineBlock]:
    """Yield all lines of a file, blank ones included.

    A line ends at a line feed; a carriage return before it is left on. Where the first line ends in a lone carriage
    return (old Macintosh files), every carriage return counts as a line end. Latin-1 is read as its superset
    windows-1252, as browsers do, since control characters 0x80-0x9f do not occur in texts and curly quotes do. Null
    bytes are kept.

    Raises:
        InputError: UTF-16 that does not decode.
    """
    first, parts = 1, list[bytes]()
    for block in _line_feeds(_single_bytes(blocks, encoding, file)):
        cut = block.rfind(b"\n")
        if cut < 0:
            parts.append(block)
            continue
        decoded = _decoded(b"".join((*parts, block[:cut])), first, encoding)
        yield decoded
        first += decoded.lines.len()
        parts = [block[cut + 1 :]]
    if last := b"".join(parts):
        yield _decoded(last, first, encoding)


def plain_lines(blocks: Iterable[bytes], *, encoding: str, file: Path) -> Iterator[bytes]:
    """Yield the bytes of each line that `line_blocks` counts, line feed included; of UTF-16, in UTF-8.

    Raises:
        InputError: UTF-16 that does not decode.
    """
    parts = list[bytes]()
    for block in _line_feeds(_single_bytes(blocks, encoding, file)):
        first, *others = block.split(b"\n")
        parts.append(first)
        for one in others:
            yield b"".join(parts) + b"\n"
            parts = [one]
    if last := b"".join(parts):
        yield last


def _single_bytes(blocks: Iterable[bytes], encoding: str, file: Path) -> Iterator[bytes]:
    """Yield blocks in an encoding whose line feed is one byte, without byte order mark."""
    started = False
    decoder = codecs.getincrementaldecoder("utf-16")() if encoding == "utf-16" else None
    for block in blocks:
        try:
            content = decoder.decode(block).encode() if decoder else block
        except UnicodeError as error:
            raise InputError(f"{file}: not utf-16: {error}", hint="set the encoding that the file is in") from error
        yield content if started else content.removeprefix(codecs.BOM_UTF8)
        started = started or bool(content)
    if decoder and decoder.getstate()[0]:
        raise InputError(f"{file}: utf-16 cut short in the middle of a character", hint="ask for the delivery again")


def _line_feeds(blocks: Iterable[bytes]) -> Iterator[bytes]:
    fold, started, held = False, False, b""
    for block in blocks:
        if not started and block:
            started, fold = True, _ends_in_return(block)
        if not fold:
            yield block
            continue
        content = held + block
        held = b"\r" if content.endswith(b"\r") else b""
        yield content.removesuffix(b"\r").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if held:
        yield b"\n"


def _ends_in_return(block: bytes) -> bool:
    """Return whether the first line end outside quotes is a lone carriage return."""
    head = block.partition(b"\n")[0].removesuffix(b"\r")
    return b"\r" in head and b"\r" in _QUOTED.sub(b"", head)


def _decoded(content: bytes, first: int, encoding: str) -> LineBlock:
    codec = "utf-8" if encoding == "utf-16" else encoding
    try:
        text = content.decode(codec)
    except UnicodeDecodeError:
        return _decoded_by_line(content, first, codec)
    if encoding == "latin-1" and _C1.search(text):
        text = text.translate(_WINDOWS)
    return LineBlock(first, pl.Series([text]).str.split("\n").explode(), {})


def _decoded_by_line(content: bytes, first: int, codec: str) -> LineBlock:
    texts, broken = list[str](), dict[int, str]()
    for place, line in enumerate(content.split(b"\n")):
        try:
            texts.append(line.decode(codec))
        except UnicodeDecodeError as error:
            broken[place] = f"not {codec} at byte {error.start + 1} of the line"
            texts.append(line.decode(codec, "backslashreplace"))
    return LineBlock(first, pl.Series(texts, dtype=pl.String), broken)
