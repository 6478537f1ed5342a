"""The encoding of a text file: declared and checked, or detected.

Detection looks at the first `SAMPLE` lines that hold a byte beyond ASCII and decides in this order.

1. A byte order mark names UTF-8 or UTF-16.
2. All lines are valid UTF-8: UTF-8, which other encodings resemble by accident only in short lines.
3. GB18030, when of the lines that are no UTF-8 95 % decode as it and 90 % of their characters are of two bytes that are
   both >= 0xA1. That is the range of GB 2312, in which nearly every Chinese character in use lies. Latin-1 decodes as
   GB18030 by accident (an accented letter and the plain letter after it make a two-byte character), but then the second
   byte is < 0x80. Not so when lines of UTF-8 that cannot be GB 2312 outnumber the others (a block of `CERTAIN` lines or
   more that is UTF-8 throughout cannot), or lines of UTF-8 of any kind are a hundred times as many.
4. UTF-8, when its lines are at least as many as the others: a file of one encoding with some foreign lines.
5. Else Latin-1, in which every byte is a character; a file with a single accented letter ends here.

A line that does not decode in the encoding so found is quarantined by the reader, not guessed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from engine.errors import InputError

SAMPLE = 20_000
CERTAIN = 50
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CHARACTER = re.compile(rb"[\x81-\xfe][0-9][\x81-\xfe][0-9]|[\x81-\xfe][\x40-\x7e\x80-\xfe]|[\x80-\xff]")


class Detected(NamedTuple):
    """An encoding and what the user is told about it."""

    encoding: str
    notes: tuple[str, ...]


class _Evidence(NamedTuple):
    """Counts over the sampled lines beyond ASCII."""

    utf8: int = 0
    utf8_certain: int = 0
    other: int = 0
    other_gb: int = 0
    characters: int = 0
    characters_gb2312: int = 0


def detect(blocks: Iterable[bytes]) -> Detected:
    """Return the encoding that the blocks of a file are most plausibly in; ASCII counts as UTF-8."""
    evidence = _Evidence()
    for number, block in enumerate(_whole_lines(blocks)):
        if number == 0 and (marked := next((name for mark, name in MARKS if block.startswith(mark)), None)):
            return Detected(marked, () if marked == "utf-8" else (f"encoding {marked}, by its byte order mark",))
        evidence = _weigh(evidence, block)
        if evidence.utf8 + evidence.other >= SAMPLE:
            break
    return _decide(evidence)


def verify(blocks: Iterable[bytes], *, encoding: str, file: Path) -> None:
    """Read through the file once and raise an InputError at the first byte that is not of the declared encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    read, lines, held = 0, 1, 0
    for block in blocks:
        try:
            lines += decoder.decode(block).count("\n")
        except UnicodeDecodeError as error:
            raise _undecodable(error, file, encoding, read - held, lines) from error
        read += len(block)
        held = len(decoder.getstate()[0])
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _undecodable(error, file, encoding, read - held, lines) from error


def _undecodable(error: UnicodeDecodeError, file: Path, encoding: str, before: int, lines: int) -> InputError:
    line = lines + error.object[: error.start].count(b"\n")
    got = f"0x{error.object[error.start]:02x}"
    return InputError(
        f"{file}: not {encoding} at byte {before + error.start + 1}, line {line} (got {got})",
        hint="set the file's own encoding; with `encoding` unset it is detected, and foreign lines are quarantined",
    )


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        cut = block.rfind(b"\n") + 1
        if cut:
            yield rest + block[:cut]
            rest = block[cut:]
        else:
            rest += block
    if rest:
        yield rest


def _weigh(evidence: _Evidence, block: bytes) -> _Evidence:
    if block.isascii():
        return evidence
    lines = [line for line in block.split(b"\n") if not line.isascii()]
    if len(lines) >= CERTAIN and _decodes(block, "utf-8"):
        return evidence._replace(utf8=evidence.utf8 + len(lines), utf8_certain=evidence.utf8_certain + len(lines))
    counts = evidence._asdict()
    for line in lines:
        characters = _CHARACTER.findall(line)
        gb2312 = sum(len(character) == 2 and min(character) >= 0xA1 for character in characters)
        if _decodes(line, "utf-8"):
            counts["utf8"] += 1
            counts["utf8_certain"] += gb2312 < len(characters)
        else:
            counts["other"] += 1
            counts["other_gb"] += _decodes(line, "gb18030")
            counts["characters"] += len(characters)
            counts["characters_gb2312"] += gb2312
        if counts["utf8"] + counts["other"] >= SAMPLE:
            break
    return _Evidence(**counts)


def _decide(seen: _Evidence) -> Detected:
    if not seen.other:
        return Detected("utf-8", ())
    is_gb = seen.other_gb >= 0.95 * seen.other and seen.characters_gb2312 >= 0.9 * seen.characters
    if is_gb and seen.utf8_certain <= seen.other and seen.utf8 < 100 * seen.other:
        return Detected("gb18030", ("encoding gb18030, detected",))
    if seen.utf8 >= seen.other:
        return Detected("utf-8", (f"encoding utf-8, but {_lines(seen.other)} in another: quarantined",))
    mixed = (f"{_lines(seen.utf8)} look like utf-8 all the same",) if seen.utf8 else ()
    return Detected("latin-1", ("encoding latin-1, detected", *mixed))


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"
