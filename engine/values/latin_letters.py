"""Cyrillic and Greek letters and Chinese characters in Latin letters, for comparing names of different scripts.

Letters follow the passports of ICAO Doc 9303-3 (section 6) where one letter stands for one, in the form that English
texts use; Greek follows ELOT 743 letter by letter, Chinese is read without tones.
"""

from __future__ import annotations

import polars as pl

from engine.values.characters import reading
from engine.values.folds import fold_letters

_CYRILLIC = (
    "а a б b в v г g ґ g д d ѓ g ђ dj е e ё e є ye ж zh з z ѕ dz и i і i ї yi й i ј j к k ќ k л l љ lj м m н n њ nj "
    "о o п p р r с s т t ћ c у u ў u ф f х kh ц ts ч ch џ dz ш sh щ shch ы y э e ю yu я ya"
)
_GREEK = "α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o"
_SILENT = "ъь"


def latin_letters(expr: pl.Expr) -> pl.Expr:
    """Return the text in small Latin letters without accents; other scripts keep their letters.

    >>> frame = pl.DataFrame({"x": ["Юлия Щукина", "Γιώργος", "王芳", "Zoë"]})
    >>> frame.select(latin_letters(pl.col("x")))["x"].to_list()
    ['yuliya shchukina', 'giorgos', 'wangfang', 'zoe']
    """
    cells = f"{_CYRILLIC} {_GREEK}".split(" ")
    letters = dict(zip(cells[::2], cells[1::2], strict=True)) | dict.fromkeys(_SILENT, "")
    small = expr.str.to_lowercase().str.replace_many(letters)
    spelt = fold_letters(small).str.replace_many(letters)
    return pl.when(spelt.str.contains(r"\p{Han}")).then(reading(spelt)).otherwise(spelt)
