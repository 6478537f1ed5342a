"""Numbers of legal entities with check characters: USCC (GB 32100), organisation code (GB 11714), 15 digits."""

from __future__ import annotations

import numpy as np
import polars as pl

from engine.city.world.draws import Ints

ALPHABET = np.array(list("0123456789ABCDEFGHJKLMNPQRTUWXY"))
_CREDIT_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)])
_ORGANISATION_WEIGHTS = np.array((3, 7, 9, 10, 5, 8, 4, 2))
_VALUES = np.full(128, -1, dtype=np.int64)
_VALUES[[ord(letter) for letter in ALPHABET]] = np.arange(31)
_VALUES36 = np.full(128, -1, dtype=np.int64)
_VALUES36[[ord(letter) for letter in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"]] = np.arange(36)


def organisation_code(serial: Ints) -> np.ndarray:
    """Return the nine characters of the organisation code of each serial number.

    Serials from 10,000,000 up to 100,000,000 are digits, those above begin with MA as codes do since 2015.

    >>> import numpy as np
    >>> organisation_code(np.array([60003734, 100000001])).tolist()
    ['600037341', 'MA0000015']
    """
    digits = _spread(serial % 100_000_000, 8, np.array(list("0123456789")))
    modern = _spread(serial % 100_000_000, 6, ALPHABET)
    letters = np.concatenate([np.tile(np.array(list("MA")), (len(serial), 1)), modern], axis=1)
    body = np.where((serial >= 100_000_000)[:, None], letters, digits)
    total = (_VALUES36[_ordinals(body)] * _ORGANISATION_WEIGHTS).sum(axis=1)
    check = np.array(list("0123456789X0"))[11 - total % 11]
    return joined(np.concatenate([body, check[:, None]], axis=1))


def credit_code(kinds: np.ndarray, divisions: np.ndarray, serial: Ints) -> np.ndarray:
    """Return unified social credit codes: two characters of kind, division, organisation code, check character."""
    text = pl.select(pl.concat_str(pl.Series(kinds), pl.Series(divisions), pl.Series(organisation_code(serial))))
    body = characters(text.to_series().to_numpy(), 17)
    total = (_VALUES[_ordinals(body)] * _CREDIT_WEIGHTS).sum(axis=1)
    return joined(np.concatenate([body, ALPHABET[(31 - total % 31) % 31][:, None]], axis=1))


def registration_number(divisions: np.ndarray, serial: Ints) -> np.ndarray:
    """Return 15-digit registration numbers: division, eight digits, the check digit of ISO 7064 MOD 11,10.

    >>> import numpy as np
    >>> registration_number(np.array(["110108"]), np.array([1])).tolist()
    ['110108000000016']
    """
    body = np.concatenate([characters(divisions, 6), _spread(serial, 8, np.array(list("0123456789")))], axis=1)
    carry = np.full(len(serial), 10, dtype=np.int64)
    for place in range(14):
        total = (carry + (_ordinals(body[:, place]) - 48)) % 10
        carry = (2 * np.where(total == 0, 10, total)) % 11
    check = (11 - carry) % 10
    return joined(np.concatenate([body, np.array(list("0123456789"))[check][:, None]], axis=1))


def characters(texts: np.ndarray, width: int) -> np.ndarray:
    """Return texts of one width as an array of single characters."""
    return np.asarray(texts, dtype=f"<U{width}").view("<U1").reshape(len(texts), width)


def joined(body: np.ndarray) -> np.ndarray:
    """Return rows of single characters as texts."""
    flat = np.ascontiguousarray(body)
    return flat.view(f"<U{body.shape[1]}").reshape(len(body)) if len(body) else np.empty(0, dtype="<U18")


def _ordinals(body: np.ndarray) -> Ints:
    ordinals: Ints = np.ascontiguousarray(body).view(np.uint32).astype(np.int64)
    return ordinals


def _spread(number: Ints, width: int, alphabet: np.ndarray) -> np.ndarray:
    places = np.arange(width - 1, -1, -1)
    spread: np.ndarray = alphabet[(number[:, None] // len(alphabet) ** places) % len(alphabet)]
    return spread
