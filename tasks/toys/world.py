"""A small world to talk about: text of any size, made by a seed, with analogies known to be true.

The world is a table of concepts (``toywords.py``). A concept has forms (king, queen; walk,
walked, walking) and company that only it keeps (crown, throne). A frame is a sentence in which
one column of forms may stand, with the words that go with this column: her, than, yesterday.
So each form's neighbours are a mixture of what its row and what its column talk about: the
distributional hypothesis in vitro, and the reason why king - man + woman comes out as queen.

Nothing is stored: sentences are drawn in batches and forgotten, a gigabyte costs no memory.

Example:
    >>> next(sentences(100, seed=1)).endswith(".")
    True
    >>> pairs()["family"][0]
    ('king', 'queen')
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from pathlib import Path
from string import Formatter
from typing import TypeAlias

import numpy as np

from ...embeddings.errors import ConfigurationError
from . import words as words_of

BATCH = 1 << 15
"""Sentences drawn at a time: a few megabytes."""

Speaker: TypeAlias = Mapping[str, Sequence[str]]
"""What may stand in the fields of a frame for one form, as lists to draw from."""

# A field ending in 2 draws from the same list as the field without it, and never the same word.
_FRAMES: dict[str, tuple[str, ...]] = {
    "people": (
        "The {form} {verb}, and {name} found {pronoun} {thing}.",
        "{name} is the {form} who lost {pronoun} {thing}.",
        "Our {form} told {name} about {pronoun} {thing} and the {thing2}.",
        "This {form} saw {pronoun} {thing} when {name} {verb}.",
    ),
    "country": (
        "The government of {form} closed its border near {town}.",
        "The army of {form} marched along the {water}.",
        "The republic of {form} exports {food} to its allies.",
        "Farms across {form} grow food from {town} to the {water}.",
    ),
    "capital": (
        "The mayor of {form} welcomed the ambassador from {town}.",
        "Every train from {town} stops at {form} central station.",
        "Tourists in downtown {form} tasted {food} beside the museum.",
        "The subway of {form} runs below the {water}.",
    ),
    "nationality": (
        "She speaks {form} with the accent of {town}.",
        "Most {form} families love {food}.",
        "The {form} poet from {town} praised the {water}.",
        "His {form} dictionary has a word for {food}.",
    ),
    "plain": (
        "The {thing} is very {form} today.",
        "This {thing} looks rather {form}, like the {thing2}.",
        "It was quite {form} for such a {thing}.",
        "A {thing} seems too {form} here.",
    ),
    "more": (
        "This {thing} is much {form} than that {thing2}.",
        "Their {thing} became even {form} than ours.",
        "The {thing} is slightly {form} than expected.",
        "A {thing} can be far {form} than a {thing2}.",
    ),
    "most": (
        "This is the {form} {thing} of all.",
        "They found the {form} {thing} in the world.",
        "It was the {form} {thing} ever recorded.",
        "Among all, the {thing} was by definition the {form}.",
    ),
    "now": (
        "They want to {form} the {thing} tomorrow.",
        "You must {form} this {thing} or that {thing2}.",
        "We will {form} the {thing} soon.",
        "I can {form} a {thing} if needed.",
    ),
    "before": (
        "Yesterday {name} {form} the {thing}.",
        "{name} {form} this {thing} last week.",
        "Somebody {form} a {thing} two days ago.",
        "{name} once {form} the {thing} and the {thing2}.",
    ),
    "during": (
        "{name} is {form} the {thing} right now.",
        "They are still {form} a {thing} at the moment.",
        "{name} has been {form} this {thing} since noon.",
        "Currently people keep {form} the {thing} and the {thing2}.",
    ),
    "one": (
        "One {form} {verb} beside the {thing}.",
        "This single {form} has its {thing} and {thing2}.",
        "Each {form} {verb} alone.",
        "There is another {form} by the {thing}.",
    ),
    "many": (
        "Many {form} {verb} beside the {thing}.",
        "These {form} have their {thing} and {thing2}.",
        "Several {form} {verb} together.",
        "There are dozens of {form} by the {thing}.",
    ),
    "grown": (
        "The adult {form} {verb} near the {thing}.",
        "A mature {form} guards its offspring at the {thing}.",
        "This grown {form} {verb} by the {thing} and the {thing2}.",
    ),
    "young": (
        "The newborn {form} {verb} near the {thing}.",
        "A tiny {form} follows its parent to the {thing}.",
        "This baby {form} {verb} by the {thing} and the {thing2}.",
    ),
    "who": (
        "The {form} earns wages with the {thing}.",
        "Our skilled {form} knows about {thing} and {thing2}.",
        "They hired a {form} because of the {thing}.",
        "Being a {form} means hard work with {thing}.",
    ),
    "where": (
        "Inside the {form} they keep the {thing}.",
        "People enter the {form} through the entrance near the {thing}.",
        "The roof of the {form} covers the {thing} and the {thing2}.",
        "The walls around the {form} hide the {thing}.",
    ),
    "topics": (
        "The {thing} and the {thing2} {verb} again.",
        "A {thing} {verb} because of the {thing2}.",
        "Everyone talks about the {thing} that {verb}.",
        "It {verb} and {verb2} like a {thing}.",
    ),
}

_SECTIONS: dict[str, tuple[tuple[tuple[str, ...], ...], int, int]] = {
    "family": (words_of.PEOPLE, 0, 1),
    "capital-country": (words_of.COUNTRIES, 1, 0),
    "animal-young": (words_of.ANIMALS, 0, 1),
    "profession-place": (words_of.PROFESSIONS, 0, 1),
    "gram1-comparative": (words_of.ADJECTIVES, 0, 1),
    "gram2-superlative": (words_of.ADJECTIVES, 0, 2),
    "gram3-past-tense": (words_of.VERBS, 0, 1),
    "gram4-present-participle": (words_of.VERBS, 0, 2),
    "gram5-plural": (words_of.NOUNS, 0, 1),
    "gram6-nationality-adjective": (words_of.COUNTRIES, 0, 2),
}
"""Section of the analogy file: table, column of the first word, column of the second. As in
Google's file, sections beginning with "gram" are about grammar."""


@dataclass(frozen=True)
class _Column:
    """The sentences about one column of forms: who may stand in them, how much they are drawn."""

    frames: tuple[str, ...]
    speakers: tuple[Speaker, ...]
    weight: float


@dataclass(frozen=True)
class _Frame:
    """One frame made ready for drawing.

    Attributes:
        template: The sentence with ``%s`` for each field.
        fields: Per field: the words (object[E, K], rows padded), how many are real (int64[E]), and
            the place of the field it must differ from, or -1.
        words: Words per sentence.
    """

    template: str
    fields: tuple[tuple[np.ndarray, np.ndarray, int], ...]
    words: int

    def draw(self, count: int, rng: np.random.Generator) -> list[str]:
        """Return ``count`` sentences."""
        speaker = rng.integers(self.fields[0][0].shape[0], size=count)
        drawn: list[np.ndarray] = []
        columns: list[list[str]] = []
        for table, sizes, twin in self.fields:
            size = sizes[speaker]
            if twin < 0:
                index = rng.integers(size)
            else:
                index = (drawn[twin] + 1 + rng.integers(size - 1)) % size
            drawn.append(index)
            columns.append(table[speaker, index].tolist())
        return list(map(self.template.__mod__, zip(*columns, strict=True)))


def sentences(words: int, *, seed: int = 1, plain: bool = False) -> Iterator[str]:
    """Yield sentences until ``words`` words have been said.

    Args:
        words: Size of the text; the last sentence may go over it by a few words. At least 1.
        seed: Same seed, same sentences; a longer text begins with the shorter one.
        plain: Lower case without punctuation, for splitting at white space.

    Raises:
        ConfigurationError: ``words`` is below 1.
    """
    for batch in _batches(words, seed, plain=plain):
        yield from batch


def write_corpus(
    path: str | os.PathLike[str], *, words: int, seed: int = 1, plain: bool = False
) -> int:
    """Write the text of :func:`sentences`, one sentence per line.

    Returns:
        Number of sentences written.
    """
    count = 0
    with Path(path).open("w", encoding="utf-8", newline="\n") as file:
        for batch in _batches(words, seed, plain=plain):
            count += len(batch)
            file.write("\n".join(batch))
            file.write("\n")
    return count


def pairs() -> dict[str, list[tuple[str, str]]]:
    """Return the true pairs of each section, in lower case: any two of them are an analogy."""
    return {
        name: [(row[a].lower(), row[b].lower()) for row in table]
        for name, (table, a, b) in _SECTIONS.items()
    }


def write_analogies(path: str | os.PathLike[str]) -> int:
    """Write the true analogies as a Google-style file: ``: section`` lines, four words a line.

    Returns:
        Number of questions written.
    """
    lines: list[str] = []
    count = 0
    for section, known in pairs().items():
        lines.append(f": {section}")
        for first, second in permutations(known, 2):
            lines.append(" ".join(first + second))
            count += 1
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return count


def groups() -> dict[str, list[str]]:
    """Return the words of the world by what they are about, in lower case, forms first."""
    named = {
        "people": [word for row in words_of.PEOPLE for word in row[:2]],
        "countries": [row[0] for row in words_of.COUNTRIES],
        "capitals": [row[1] for row in words_of.COUNTRIES],
        "nationalities": [row[2] for row in words_of.COUNTRIES],
        "adjectives": [word for row in words_of.ADJECTIVES for word in row[:3]],
        "verbs": [word for row in words_of.VERBS for word in row[:3]],
        "things": [word for row in words_of.NOUNS for word in row[:2]],
        "animals": [word for row in words_of.ANIMALS for word in row[:2]],
        "professions": [word for row in words_of.PROFESSIONS for word in row[:2]],
    }
    named |= {topic: nouns.split() for topic, (nouns, _) in words_of.TOPICS.items()}
    return {name: [word.lower() for word in words] for name, words in named.items()}


def _batches(words: int, seed: int, *, plain: bool) -> Iterator[list[str]]:
    if words < 1:
        raise ConfigurationError(f"words must be at least 1, found {words}")
    frames, weights = _ready(plain)
    lengths = np.array([frame.words for frame in frames])
    rng = np.random.default_rng(seed)
    left = words
    while left > 0:
        said: list[str] = []
        counts = rng.multinomial(BATCH, weights)
        for frame, count in zip(frames, counts.tolist(), strict=True):
            said.extend(frame.draw(count, rng))
        order = rng.permutation(BATCH)
        reached = np.cumsum(np.repeat(lengths, counts)[order])
        if reached[-1] >= left:
            order = order[: int(np.searchsorted(reached, left)) + 1]
        left -= int(reached[-1])
        yield list(map(said.__getitem__, order.tolist()))


@cache
def _ready(plain: bool) -> tuple[tuple[_Frame, ...], np.ndarray]:  # noqa: FBT001 - a cache key
    """Return all frames, and how often each is drawn (float64, sums to 1)."""
    frames: list[_Frame] = []
    weights: list[float] = []
    for column in _columns():
        for text in column.frames:
            frames.append(_frame(text, column.speakers, plain=plain))
            weights.append(column.weight / len(column.frames))
    share = np.array(weights)
    return tuple(frames), share / share.sum()


def _frame(text: str, speakers: Sequence[Speaker], *, plain: bool) -> _Frame:
    template, names = "", list[str]()
    for literal, name, _, _ in Formatter().parse(text):
        template += literal
        if name:
            template += "%s"
            names.append(name)
    if plain:
        template = template.lower().replace(".", "").replace(",", "")
    fields: list[tuple[np.ndarray, np.ndarray, int]] = []
    for name in names:
        base = name.rstrip("2")
        choices = [speaker[base] for speaker in speakers]
        table = np.full((len(choices), max(map(len, choices))), "", dtype=object)
        for row, known in enumerate(choices):
            table[row, : len(known)] = [word.lower() if plain else word for word in known]
        twin = names.index(base) if base != name else -1
        fields.append((table, np.array([len(known) for known in choices]), twin))
    return _Frame(template, tuple(fields), len(template.split()))


def _columns() -> Iterator[_Column]:
    """Yield every column of the world: a form is drawn as often as any other."""

    def column(name: str, speakers: list[Speaker], weight: float = 1.0) -> _Column:
        return _Column(_FRAMES[name], tuple(speakers), weight * len(speakers))

    def speakers(
        table: Sequence[Sequence[str]],
        form: int,
        company: Mapping[str, slice],
        **more: Sequence[str],
    ) -> list[Speaker]:
        return [
            {"form": (row[form],), **{name: row[part] for name, part in company.items()}, **more}
            for row in table
        ]

    names = [name.capitalize() for name in words_of.MEN + words_of.WOMEN]
    for form, pronoun, known in ((0, "his", words_of.MEN), (1, "her", words_of.WOMEN)):
        yield column("people", [
            {
                "form": (row[form],),
                "thing": (*row[2:4], row[5]),
                "verb": (row[4],),
                "name": [name.capitalize() for name in known],
                "pronoun": (pronoun,),
            }
            for row in words_of.PEOPLE
        ])  # fmt: skip
    places = {"town": slice(3, 5), "water": slice(5, 6), "food": slice(6, 7)}
    for form, name in enumerate(("country", "capital", "nationality")):
        yield column(name, speakers(words_of.COUNTRIES, form, places))
    for form, name in enumerate(("plain", "more", "most")):
        yield column(name, speakers(words_of.ADJECTIVES, form, {"thing": slice(3, None)}))
    for form, name in enumerate(("now", "before", "during")):
        yield column(name, speakers(words_of.VERBS, form, {"thing": slice(3, None)}, name=names))
    for table, kinds in ((words_of.NOUNS, ("one", "many")), (words_of.ANIMALS, ("grown", "young"))):
        company = {"thing": slice(2, None, 2), "verb": slice(3, 4)}
        for form, name in enumerate(kinds):
            yield column(name, speakers(table, form, company))
    for form, name in enumerate(("who", "where")):
        yield column(name, speakers(words_of.PROFESSIONS, form, {"thing": slice(2, None)}))
    topics: list[Speaker] = [
        {"thing": nouns.split(), "verb": doings.split()}
        for nouns, doings in words_of.TOPICS.values()
    ]
    yield column("topics", topics, weight=8.0)  # a topic is as much talked about as eight forms
