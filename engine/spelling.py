"""The word that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

LISTED = 40
"""As many known names are told where none is close."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the known name closest to `name`, or the known names when none is close.

    >>> nearest("surnme", ["surname", "postcode"])
    "; did you mean 'surname'?"
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"; known: {', '.join(names[:LISTED])}{more}" if names else ""
