"""Numbers in Chinese words: one to three digits, as years, months, days, houses and floors are told."""

from __future__ import annotations

from functools import cache

_DIGITS = "零一二三四五六七八九"
_LAST = 999


@cache
def number_words() -> dict[str, int]:
    """Return the number of every wording up to 999: 十二, 二十, 廿三, 卅一, 一百零二, 一〇二, 元 and 初五.

    >>> words = number_words()
    >>> [words[word] for word in ("元", "十二", "廿三", "八十五", "一百一十", "一百零二", "一〇二", "初五")]
    [1, 12, 23, 85, 110, 102, 102, 5]
    """
    words = {"元": 1, "正": 1, "冬": 11, "腊": 12, "臘": 12, "十": 10}
    for number in range(1, _LAST + 1):
        words.update(dict.fromkeys(_wordings(number), number))
    words.update({f"初{_tens(number)}": number for number in range(1, 11)})
    return words | {word.replace("零", "〇"): number for word, number in words.items()}


def _wordings(number: int) -> list[str]:
    """Return how a number may be worded; spelled digit by digit from 10 on as well."""
    spelled = "".join(_DIGITS[int(digit)] for digit in str(number))
    padded = [_DIGITS[0] + spelled] if number < 10 else []
    short = {2: "廿", 3: "卅"}.get(number // 10) if number < 100 else None
    shortened = [short + _DIGITS[number % 10] if number % 10 else short] if short else []
    return [_worded(number), spelled, *padded, *shortened]


def _worded(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return _tens(number)
    head = _DIGITS[hundreds] + "百"
    if rest == 0:
        return head
    return head + ("零" + _DIGITS[rest] if rest < 10 else ("一" if rest < 20 else "") + _tens(rest))


def _tens(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
    return head + (_DIGITS[ones] if ones else "")
