"""Files that vectors are tested on: analogies by section; rated pairs of words and of texts."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

from .errors import CorpusError, CorpusNotFoundError, EvaluationDataError
from .reading import Tally, raw_blocks

Question = tuple[str, str, str, str]


@dataclass(frozen=True)
class Section:
    """A named group of analogies.

    Attributes:
        name: As the file has it.
        questions: (a, b, c, expected) each: a is to b as c is to expected.
    """

    name: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class RatedPair:
    """Two words and how similar people found them."""

    word1: str
    word2: str
    rating: float


@dataclass(frozen=True)
class RatedTexts:
    """Two texts and how similar people found them."""

    text1: str
    text2: str
    rating: float


@dataclass(frozen=True)
class CategorySet:
    """Words and their categories.

    Attributes:
        pairs: (word, category), as the file has them.
        incomplete: Numbers of the lines that lack one of the two; left out.
    """

    pairs: tuple[tuple[str, str], ...]
    incomplete: tuple[int, ...]


def read_analogies(path: str | os.PathLike[str]) -> tuple[Section, ...]:
    """Read a file of analogies in Google's format, plain or compressed.

    ``: name`` begins a section, every other line has four words, between tabs (words may then hold
    spaces) or white space. Empty lines and lines that begin with ``#`` are skipped. Questions
    before the first section go to one named like the file; a section may come back later.

    Raises:
        EvaluationDataError: A line isn't like that, or there are no questions; names file and line.
        CorpusNotFoundError: There is no such file.
    """
    sections: dict[str, list[Question]] = {}
    name = set_name(path)
    for number, line in _lines(path):
        if line.startswith(":"):
            name = line[1:].strip()
            if not name:
                raise EvaluationDataError(f"{path}:{number}: expected a name after ':'")
            continue
        words = _fields(line, "\t") if "\t" in line else line.split()
        if len(words) != 4 or not all(words):
            raise EvaluationDataError(
                f"{path}:{number}: expected four words or ': section', found {_shown(line)}"
            )
        a, b, c, expected = words
        sections.setdefault(name, []).append((a, b, c, expected))
    if not sections:
        raise EvaluationDataError(f"{path}: expected analogies, four words a line, found none")
    return tuple(Section(key, tuple(questions)) for key, questions in sections.items())


def read_rated_pairs(path: str | os.PathLike[str]) -> tuple[RatedPair, ...]:
    """Read a file of rated word pairs, plain or compressed.

    Two words and a number on each line, between tabs, commas, semicolons or white space. The
    first number after the words is the rating (SimLex-999 has the part of speech before it), in the
    same column on every line; columns after it are ignored. A first line without a number is a
    heading. Empty lines and lines that begin with ``#`` are skipped.

    Raises:
        EvaluationDataError: A line isn't like that, or there are no pairs; names file and line.
        CorpusNotFoundError: There is no such file.
    """
    pairs: list[RatedPair] = []
    column: int | None = None
    heading_may_come = True
    for number, line in _lines(path):
        fields = _split(line)
        if column is None:
            column = next(
                (i for i, f in enumerate(fields) if i > 1 and _number(f) is not None), None
            )
            if column is None and heading_may_come and len(fields) > 2:
                heading_may_come = False
                continue
        rating = _number(fields[column]) if column is not None and column < len(fields) else None
        if rating is None or not fields[0] or not fields[1]:
            where = "" if column is None else f" in column {column + 1}"
            raise EvaluationDataError(
                f"{path}:{number}: expected two words and a number{where}, found {_shown(line)}"
            )
        pairs.append(RatedPair(fields[0], fields[1], rating))
    if not pairs:
        raise EvaluationDataError(f"{path}: expected pairs of words with a rating, found none")
    return tuple(pairs)


def read_rated_texts(path: str | os.PathLike[str]) -> tuple[RatedTexts, ...]:
    """Read a file of rated pairs of texts, plain or compressed.

    Values stand between tabs; quotes mean nothing. A line of seven values or more is one of the STS
    Benchmark: genre, file, year, number, rating, text, text (Cer et al. 2017; sources and licences
    may follow). One of three is a rating and two texts, or two texts and a rating. All lines are
    alike; the first may be a heading. Empty lines are skipped.

    Raises:
        EvaluationDataError: A line isn't like that, or there are no pairs; names file and line.
        CorpusNotFoundError: There is no such file.
    """
    pairs: list[RatedTexts] = []
    places: tuple[int, int, int] | None = None
    heading_may_come = True
    for number, line in _lines(path, comments=False):
        fields = _fields(line, "\t")
        if places is None:
            places = _places_of_texts(fields)
            if places is None and heading_may_come and len(fields) >= 3:
                heading_may_come = False
                continue
        found = None if places is None else _rated_texts(fields, places)
        if found is None:
            where = "" if places is None else f" in columns {_numbered(places)}"
            raise EvaluationDataError(
                f"{path}:{number}: expected two texts and a number{where} between tabs, found "
                f"{_shown(line)}"
            )
        pairs.append(found)
    if not pairs:
        raise EvaluationDataError(f"{path}: expected pairs of texts with a rating, found none")
    return tuple(pairs)


def _places_of_texts(fields: list[str]) -> tuple[int, int, int] | None:
    """Return the columns of both texts and the rating; ``None`` where there is no rating."""
    if len(fields) >= 7:
        return (5, 6, 4) if _number(fields[4]) is not None else None
    if len(fields) != 3:
        return None
    if _number(fields[0]) is not None:
        return 1, 2, 0
    return (0, 1, 2) if _number(fields[2]) is not None else None


def _rated_texts(fields: list[str], places: tuple[int, int, int]) -> RatedTexts | None:
    first, second, rated = places
    if max(places) >= len(fields):
        return None
    rating = _number(fields[rated])
    if rating is None or not fields[first] or not fields[second]:
        return None
    return RatedTexts(fields[first], fields[second], rating)


def _numbered(places: tuple[int, int, int]) -> str:
    first, second, rated = (place + 1 for place in places)
    return f"{first}, {second} and {rated}"


def read_dictionary(path: str | os.PathLike[str]) -> tuple[tuple[str, str], ...]:
    """Read a bilingual dictionary, plain or compressed, as MUSE and XLING write them.

    A word and its translation on each line, between a tab (words may then hold spaces) or white
    space; a word with several translations stands on several lines. Pairs that stand twice count
    once. Empty lines are skipped.

    Returns:
        Pairs (source word, target word), in the order of the file.

    Raises:
        EvaluationDataError: A line isn't like that, or there are no pairs; names file and line.
        CorpusNotFoundError: There is no such file.
    """
    pairs: dict[tuple[str, str], None] = {}
    for number, line in _lines(path, comments=False):
        words = _fields(line, "\t") if "\t" in line else line.split()
        if len(words) != 2 or not all(words):
            raise EvaluationDataError(
                f"{path}:{number}: expected a word and its translation, found {_shown(line)}"
            )
        pairs[words[0], words[1]] = None
    if not pairs:
        raise EvaluationDataError(f"{path}: expected pairs of words, found none")
    return tuple(pairs)


def read_categories(path: str | os.PathLike[str], *, strict: bool = False) -> CategorySet:
    """Read a categorisation set, plain or compressed.

    A word and its category on each line, between tabs, commas or semicolons, or the columns that a
    first line calls "word" and "category", in any order among others. Empty lines and lines that
    begin with ``#`` are skipped; lines in which the word or the category is empty are left out, and
    told: the set AP goes about with 21 of them.

    Args:
        path: The file.
        strict: Refuse such a line.

    Raises:
        EvaluationDataError: A line isn't like that, or there are none; names file and line.
        CorpusNotFoundError: There is no such file.
    """
    found: list[tuple[str, str]] = []
    incomplete: list[int] = []
    columns = (0, 1)
    sign = "\t"
    for place, (number, line) in enumerate(_lines(path, around=" \r")):
        if not place:
            sign = next((one for one in "\t,;" if one in line), "\t")
            names = [name.lower() for name in _fields(line, sign)]
            if {"word", "category"} <= set(names):
                columns = (names.index("word"), names.index("category"))
                continue
        fields = _fields(line, sign)
        own = [fields[column] for column in columns] if len(fields) > max(columns) else []
        if not any(own) or (strict and not all(own)):
            raise EvaluationDataError(
                f"{path}:{number}: expected a word and its category, with a tab between them, "
                f"found {_shown(line)}"
            )
        if all(own):
            found.append((own[0], own[1]))
        else:
            incomplete.append(number)
    if not found:
        raise EvaluationDataError(f"{path}: expected words with their categories, found none")
    return CategorySet(tuple(found), tuple(incomplete))


def set_name(path: str | os.PathLike[str]) -> str:
    """Return the name of a test set: that of its file without folder and suffix."""
    name = os.path.basename(path)  # noqa: PTH119  a plain string will do
    return name.removesuffix(".gz").removesuffix(".zst").rsplit(".", 1)[0] or name


def _lines(
    path: str | os.PathLike[str], *, comments: bool = True, around: str = " \r\t"
) -> list[tuple[int, str]]:
    """Return (number, text) of the lines that hold something.

    Args:
        path: The file, plain or compressed.
        comments: Whether lines that begin with ``#`` are left out.
        around: Signs to take off at both ends: none that stand between empty columns.
    """
    try:
        content = b"".join(raw_blocks(os.fspath(path), Tally()))
    except CorpusNotFoundError:
        raise
    except CorpusError as error:
        raise EvaluationDataError(str(error)) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise EvaluationDataError(
            f"{path}:{line}: expected UTF-8 text, found the byte 0x{content[error.start]:02x}"
        ) from error
    # Not splitlines(): it also splits at characters that may stand within a word.
    stripped = ((number, line.strip(around)) for number, line in enumerate(text.split("\n"), 1))
    return [(n, line) for n, line in stripped if line.strip() and not (comments and line[0] == "#")]


def _split(line: str) -> list[str]:
    """Split at the first of tab, comma, semicolon, white space that gives three fields."""
    for separator in ("\t", ",", ";", None):
        fields = _fields(line, separator)
        if len(fields) >= 3:
            return fields
    return _fields(line, None)


def _fields(line: str, separator: str | None) -> list[str]:
    return [field.strip() for field in line.split(separator)]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _shown(line: str) -> str:
    return repr(line if len(line) <= 60 else line[:60] + "…")
