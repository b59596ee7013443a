"""The rules of the default tokeniser: normalising, mark-up, and what a word is.

Every pattern keeps within a run without white space, so that a text may be tokenised chunk by
chunk. Repetitions that could restart at each character have bounds: no input makes them slow.
"""

from __future__ import annotations

import html
import re
import sys
import unicodedata
from collections.abc import Callable
from functools import cache

_Finder = Callable[[str], list[str]]

# Bounded and without newline, so that the cuts of reading.line_blocks never fall inside. What
# follows the name must have an equals sign: "if a <b and c> d" is no tag.
_TAG = re.compile(
    r"</?[A-Za-z][A-Za-z0-9]{0,30}"
    r"(?:[ \t\r\f\v](?=[^<>=\n]{0,1000}+=)[^<>\n]{0,1000}+|[ \t\r\f\v]{0,9}/?)>"
    r"|<!--[^<>\n]{0,1000}+(?<=--)>"
)
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")

_APOSTROPHES = "\u2019\u02bc\uff07"
_SOFT_HYPHEN = "\xad"
_UNSPACED = (
    "\u3005\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d\U0001b000-\U0001b16f\U00020000-\U000323af"
)


# \s alone means less under re.ASCII (not U+001C to U+001F), and never means the invisible.
_BLANK = r"\s\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"


def strip_markup(text: str) -> str:
    """Replace tags by a space and entities by their characters; newlines are never added."""
    if "&" in text:
        text = _ENTITY.sub(_decode_entity, text)
    return _TAG.sub(" ", text) if "<" in text else text


def _decode_entity(match: re.Match[str]) -> str:
    found = match.group()
    decoded = html.unescape(found)
    if decoded == found:
        return found
    return decoded.replace("\n", " ")


def normalise(text: str, *, lower: bool) -> str:
    """Bring text to NFC with plain apostrophes, spaced-out Han and Kana, and maybe lower case."""
    if text.isascii():
        return text.lower() if lower else text
    if lower:
        text = text.lower()
    for sign in _APOSTROPHES:  # replace, a search when there is none, beats translate
        text = text.replace(sign, "'")
    text = unicodedata.normalize("NFC", text.replace(_SOFT_HYPHEN, ""))
    return _unspaced_characters().sub(r" \g<0> ", text)


def finder(text: str, *, punctuation: bool, newlines: bool = False) -> _Finder:
    """Return the quickest function that finds all tokens of ``text``."""
    special = "@" in text or "//" in text or "www." in text or "WWW." in text
    return _compiled(text.isascii(), special, punctuation, newlines)


@cache
def _compiled(ascii_only: bool, special: bool, punctuation: bool, newlines: bool) -> _Finder:  # noqa: FBT001
    marks = "" if ascii_only else _marks()
    inner = rf"[\w{marks}]"
    rules = [
        rf"[^\W\d_](?:\.[^\W\d_])+(?!{inner})\.?",  # u.s.  e.g.
        rf"\d+(?:[.,]\d+)+{inner}*",  # 1,000.50  1.5kg
        rf"[^\W_]{inner}*(?:'[^\W_]{inner}*)*(?<!_)",  # don't  new_york  1990s
    ]
    if special:
        rules = [
            rf"(?:(?i:https?|ftp)://|www\.|WWW\.)[^{_BLANK}<>\"]*[^{_BLANK}<>\".,;:!?'()\[\]{{}}]",
            rf"[^\W_][\w{marks}.+-]{{0,63}}+@[^\W_][\w-]{{0,62}}(?:\.[^\W_][\w-]{{0,62}}){{1,8}}(?<![-_])",
            *rules,
        ]
    if punctuation:
        rules.append(rf"[^{_BLANK}\w{marks}]")
    if newlines:
        rules.append(r"\n")
    return re.compile("|".join(rules), re.ASCII if ascii_only else re.UNICODE).findall


@cache
def _unspaced_characters() -> re.Pattern[str]:
    return re.compile(f"[{_UNSPACED}][{_marks()}]*")


@cache
def _marks() -> str:
    """Return what stays on its letter, as ranges for a character class.

    Combining marks, and the two joiners that Persian and Indic words hold.
    """
    codes = [
        code
        for code in (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0))
        if code <= sys.maxunicode and unicodedata.category(chr(code)) in ("Mn", "Mc", "Me")
    ]
    codes = sorted({*codes, 0x200C, 0x200D})
    ranges: list[str] = []
    start = previous = codes[0]
    for code in [*codes[1:], -1]:
        if code != previous + 1:
            ranges.append(chr(start) if start == previous else f"{chr(start)}-{chr(previous)}")
            start = code
        previous = code
    return "".join(ranges)
