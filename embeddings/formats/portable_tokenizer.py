r"""Our tokenisers in the JSON of Hugging Face's ``tokenizers``: vectors leave with theirs.

A ``tokenizer.json`` normalises text, cuts it, and gives every word its row. Patterns are in the
syntax of Oniguruma, whose ``\w`` isn't Python's: classes are spelt out. Tests hold the tokens equal
to those of ``tokenizing.py`` on real text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_WHITE = r"[ \t\n\r\x0B\f]+"
_MARKS = r"\p{M}\x{200C}\x{200D}"
_UNSPACED = (
    r"\x{3005}\x{3007}\x{3041}-\x{3096}\x{309D}-\x{309F}\x{30A1}-\x{30FA}\x{30FC}-\x{30FF}"
    r"\x{31F0}-\x{31FF}\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}\x{F900}-\x{FAFF}\x{FF66}-\x{FF9D}"
    r"\x{1B000}-\x{1B16F}\x{20000}-\x{323AF}"
)
_BLANK = (
    r"\s\x00-\x1F\x{7F}-\x{9F}\x{200B}\x{200E}\x{200F}\x{2028}-\x{202E}\x{2060}-\x{206F}\x{FEFF}"
)
_WORD = r"\p{L}\p{N}_"  # Python's \w
_INNER = rf"[{_WORD}{_MARKS}]"
_START = r"[\p{L}\p{N}]"
_LETTER = r"[\p{L}\p{Nl}\p{No}]"
_WORDS = (
    rf"(?:(?i:https?|ftp)://|www\.|WWW\.)[^{_BLANK}<>\"]*[^{_BLANK}<>\".,;:!?'()\[\]{{}}]",
    rf"{_START}[{_WORD}{_MARKS}.+\-]{{0,63}}@{_START}[{_WORD}\-]{{0,62}}"
    rf"(?:\.{_START}[{_WORD}\-]{{0,62}}){{1,8}}(?<![-_])",
    rf"{_LETTER}(?:\.{_LETTER})+(?!{_INNER})\.?",
    rf"\d+(?:[.,]\d+)+{_INNER}*",
    rf"{_START}{_INNER}*(?:'{_START}{_INNER}*)*(?<!_)",
)
_PUNCTUATION = rf"[^{_BLANK}{_WORD}{_MARKS}]"
_TAG = (
    r"</?[A-Za-z][A-Za-z0-9]{0,30}"
    r"(?:[ \t\r\f\x0B](?=[^<>=\n]{0,1000}=)[^<>\n]{0,1000}|[ \t\r\f\x0B]{0,9}/?)>"
    r"|<!--[^<>\n]{0,1000}-->"
)
_ENTITIES = {"lt": "<", "gt": ">", "quot": '"', "apos": "'", "#39": "'", "nbsp": " ", "amp": "&"}
_OTHER_ENTITY = r"&#(?:[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6});"


def tokenizer_json(
    words: Sequence[str], spec: Mapping[str, Any] | None, *, unknown: str, lower: bool
) -> tuple[dict[str, Any], str]:
    """Return what a ``tokenizer.json`` holds, and what it can't do as the tokeniser did.

    Args:
        words: V words; word i has the id i.
        spec: How text was cut when the words were counted; ``None`` where not known.
        unknown: A token that stands for all other words; its id is V.
        lower: For tokenisers that can't be told in JSON: lower-case the text.

    Returns:
        The JSON object, and a sentence, empty if the cuts are the same.
    """
    name = (spec or {}).get("name")
    note = ""
    if name == "whitespace":
        steps, cutter = [], _split(_WHITE, invert=False)
        lower = bool(spec and spec["lower"])
    elif name == "default" and spec:
        steps = _markup() if spec["strip_markup"] else []
        cutter = _by_rules(punctuation=spec["keep_punctuation"])
        lower = spec["lower"]
    else:
        how = f"by {name!r}, which JSON can't tell" if name else "in a way not known"
        note = (
            f"The words were cut {how}: the folder's tokenizer.json takes words and punctuation "
            f"marks by wordgraft's default rules{', in lower case' if lower else ''}"
        )
        steps, cutter = [], _by_rules(punctuation=True)
    if lower:
        steps.append({"type": "Lowercase"})
    if name != "whitespace":
        steps += _letters()
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Sequence", "normalizers": steps} if steps else None,
        "pre_tokenizer": cutter,
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "WordLevel",
            "vocab": {word: row for row, word in enumerate([*words, unknown])},
            "unk_token": unknown,
        },
    }
    return tokenizer, note


def _markup() -> list[dict[str, Any]]:
    """Tags become a space, the frequent entities their characters, others by number a space."""
    entities = [_replaced({"String": f"&{name};"}, sign) for name, sign in _ENTITIES.items()]
    return [*entities, _replaced({"Regex": _OTHER_ENTITY}, " "), _replaced({"Regex": _TAG}, " ")]


def _letters() -> list[dict[str, Any]]:
    """Plain apostrophes, no soft hyphens, Unicode form NFC."""
    return [
        _replaced({"Regex": r"[\x{2019}\x{02BC}\x{FF07}]"}, "'"),
        _replaced({"String": "\xad"}, ""),
        {"type": "NFC"},
    ]


def _by_rules(*, punctuation: bool) -> dict[str, Any]:
    """Han and Kana one by one, then words, and maybe punctuation marks."""
    patterns = [*_WORDS, *([_PUNCTUATION] if punctuation else [])]
    alone = {**_split(rf"[{_UNSPACED}][{_MARKS}]*", invert=False), "behavior": "Isolated"}
    return {
        "type": "Sequence",
        "pretokenizers": [alone, _split("|".join(patterns), invert=True)],
    }


def _split(pattern: str, *, invert: bool) -> dict[str, Any]:
    """Take pieces between matches, or, inverted, the matches."""
    return {
        "type": "Split",
        "pattern": {"Regex": pattern},
        "behavior": "Removed",
        "invert": invert,
    }


def _replaced(pattern: dict[str, str], content: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": pattern, "content": content}
