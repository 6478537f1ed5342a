"""Error rates from a file in place of the shipped ones: the same kinds, made more or less often."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from engine.city.defect_kinds import DEFECTS
from engine.city.settings import Catalogue, ErrorFile
from engine.errors import ConfigurationError
from engine.settings.faults import validation_faults
from engine.spelling import nearest

HINT = "configs/city/errors.toml has every kind with its field and whom it befalls; copy it and change the rates"


def with_error_file(catalogue: Catalogue, file: Path) -> Catalogue:
    """Return the catalogue with the rates of `file`, which has the form of configs/city/errors.toml.

    Every kind of error must stand in it, so that none is left out unseen; a rate of 0 makes none. Defects of single
    rows are made where it names them.

    Raises:
        ConfigurationError: every fault of the file, at once.
    """
    told, faults = _read(file)
    faults += [f"{file.name}: {fault}" for fault in (_faults(told, catalogue) if told else ())]
    if faults or told is None:
        raise ConfigurationError(faults, hint=HINT)
    rates = {one.kind: one for one in told.errors}
    ordered = tuple(rates[one.kind] for one in catalogue.errors)
    return catalogue.model_copy(
        update={"errors": ordered, "corrected": told.corrected, "profiles": dict(told.profiles),
            "defects": told.defects}
    )  # fmt: skip


def _read(file: Path) -> tuple[ErrorFile | None, list[str]]:
    raw: dict[str, Any] = {}
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        return ErrorFile.model_validate(raw), []
    except OSError as error:
        return None, [f"{file}: {error.strerror}"]
    except UnicodeDecodeError as error:
        return None, [f"{file.name}: not UTF-8 at byte {error.start}"]
    except tomllib.TOMLDecodeError as error:
        return None, [f"{file.name}: {error}"]
    except ValidationError as error:
        return None, [f"{file.name}: {fault}" for fault in validation_faults(error, ErrorFile, raw)]


def _faults(told: ErrorFile, catalogue: Catalogue) -> Iterator[str]:
    """Yield kinds and profiles that the city does not know, kinds left out, and kinds that are another one's."""
    known = {one.kind: one for one in catalogue.errors}
    for kind, times in Counter(one.kind for one in told.errors).items():
        if kind not in known:
            yield f"unknown kind '{kind}'{nearest(kind, known)}"
        if times > 1:
            yield f"kind '{kind}' stands {times} times"
    for kind in sorted(known.keys() - {one.kind for one in told.errors}):
        yield f"kind '{kind}' is left out; a rate of 0 makes none"
    for one in told.errors:
        meant = known.get(one.kind, one)
        for name in ("field", "befalls"):
            got, expected = getattr(one, name), getattr(meant, name)
            if got != expected:
                yield f"kind '{one.kind}': {name} is '{expected}', got '{got}'"
    yield from _defect_faults(told, catalogue)
    profiles = {source.errors for source in catalogue.sources.values()}
    for name, rates in told.profiles.items():
        if name not in profiles:
            yield f"no source has the profile '{name}'{nearest(name, profiles)}"
        for kind in sorted(rates.keys() - known.keys()):
            yield f"profile '{name}': unknown kind '{kind}'{nearest(kind, known)}"


def _defect_faults(told: ErrorFile, catalogue: Catalogue) -> Iterator[str]:
    for kind, times in Counter(one.kind for one in told.defects).items():
        if kind not in DEFECTS:
            yield f"unknown defect '{kind}'{nearest(kind, DEFECTS)}"
        if times > 1:
            yield f"defect '{kind}' stands {times} times"
    for one in told.defects:
        for name in sorted(set(one.sources) - catalogue.sources.keys()):
            yield f"defect '{one.kind}': unknown source '{name}'{nearest(name, catalogue.sources)}"
