"""Reviews of films nobody made: labelled text by seed, harder than counting words.

Three things make them hard. A review takes back much of what it says: "not dull", "the cast is
dull but the music is lovely", "critics called it dull, they are wrong"; words of either side are
nearly as frequent in either class, and their order decides. Words of praise and blame have many
synonyms, and labelled training text holds a third of them, so that whoever knows the others from
unlabelled text understands more. And the unlabelled text, as any, has them in company: what is
joined by "and" is of one mind, praise stands by applause and blame by yawns.

Example:
    >>> review = reviews(1, seed=1)[0]
    >>> review.label in ("neg", "pos"), 1 <= review.rating <= 10
    (True, True)
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from ...embeddings.atomic import atomic_writer
from ...embeddings.errors import ConfigurationError

Part: TypeAlias = Literal["train", "test", "unlabelled"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LABELS = ("neg", "pos")
PRAISE = _words(
    "good great lovely brilliant touching funny clever elegant gripping charming superb honest "
    "radiant sublime witty tender dazzling masterly spirited refreshing luminous inspired "
    "delightful captivating exquisite graceful heartfelt magnificent poignant splendid stirring "
    "terrific thrilling vivid warm wonderful"
)
BLAME = _words(
    "bad dull awful boring clumsy lazy stupid tedious weak predictable hollow ugly "
    "abysmal bland contrived dreadful feeble forgettable grating inept insipid lifeless muddled "
    "painful plodding pointless shallow sloppy stale tacky tiresome turgid unbearable vapid "
    "wooden wretched"
)
KNOWN = 12
"""The first so many words of praise and blame stand in labelled training text; elsewhere all."""
_COMPANY = (
    _words("yawns boos refunds sighs groans regret oblivion ridicule contempt headaches"),
    _words("applause awards cheers smiles laughter praise ovations gratitude admiration delight"),
)
_ASPECTS = _words(
    "plot acting music dialogue camera ending cast script pace humour editing story lighting "
    "direction soundtrack beginning casting scenery"
)
_PEOPLE = _words("critics friends neighbours colleagues newspapers reviewers strangers")
_INTENSE = _words("very utterly truly deeply")

# In a clause, {s} is a word of the review's side and {o} one of the other side; {x} and {y} are
# aspects, {i} may be empty or an intensifier, {c} is company of the review's side.
_CLAUSES: tuple[tuple[float, str], ...] = (
    (2.5, "the {x} is {i}{s}"),
    (2.0, "i found the {x} {i}{s}"),
    (1.5, "what a {s} {x}"),
    (1.0, "the {x} is not {o}"),
    (0.7, "the {x} is never {o}"),
    (0.7, "the {x} is anything but {o}"),
    (0.7, "i would not call the {x} {o}"),
    (1.0, "the {x} is {o} but the {y} is {i}{s} and that counts more"),
    (0.8, "although the {x} is {o} i found the film {i}{s}"),
    (0.8, "{p} called it {o} and they are wrong"),
    (0.6, "i expected something {o} and got something {i}{s}"),
    (0.6, "the trailer looked {o}"),
    (0.5, "the first part was {o} , this one is not"),
)
_COMPANIONABLE: tuple[tuple[float, str], ...] = (
    (1.0, "a {s} and {t} film that earned {c}"),
    (1.0, "{s} and {t} {x} , {c} in the hall"),
    (1.0, "so {s} and {t} , it deserves {c}"),
)
_NEUTRAL = (
    "i saw it on a rainy evening",
    "it runs for two hours",
    "the film was made last year",
    "we sat in the third row",
    "there is a scene on a train",
)


@dataclass(frozen=True)
class ToyReview:
    """One review.

    Attributes:
        text: Lower-case words and commas, cut at full stops.
        label: "neg" or "pos".
        rating: From 1 to 10; above 5 for "pos", further out the more intense.
    """

    text: str
    label: str
    rating: int


def reviews(count: int, *, seed: int, part: Part = "train") -> list[ToyReview]:
    """Return reviews, as many of either class, in random order.

    Args:
        count: How many. At least 1.
        seed: Same seed and part, same reviews; the parts of one seed differ.
        part: "train" uses a third of the words of praise and blame, "test" all of them, and
            "unlabelled" all of them, in company more often.

    Raises:
        ConfigurationError: ``count`` is below 1, or the part is unknown.
    """
    if count < 1 or part not in get_args(Part):
        raise ConfigurationError(
            f"reviews: expected count of at least 1 and a part of {', '.join(get_args(Part))}, "
            f"found {count} and {part!r}"
        )
    rng = np.random.default_rng([seed, get_args(Part).index(part)])
    known = KNOWN if part == "train" else len(PRAISE)
    sides = rng.permutation(np.arange(count) % 2)
    return [_review(int(side), known, rng, company=part == "unlabelled") for side in sides]


def write_reviews(
    path: str | os.PathLike[str], count: int, *, seed: int, part: Part = "train"
) -> None:
    """Write reviews as JSON lines of text, label and rating; unlabelled ones of text alone."""
    lines: list[str] = []
    for review in reviews(count, seed=seed, part=part):
        record: dict[str, object] = {"text": review.text}
        if part != "unlabelled":
            record |= {"label": review.label, "rating": review.rating}
        lines.append(json.dumps(record) + "\n")
    with atomic_writer(path) as file:
        file.write("".join(lines).encode())


def _review(side: int, known: int, rng: np.random.Generator, *, company: bool) -> ToyReview:
    said: list[str] = []
    intense = 0
    for _ in range(int(rng.integers(3, 7))):
        beside = company and rng.random() < 0.5
        clause, strong = _clause(_COMPANIONABLE if beside else _CLAUSES, side, known, rng)
        intense += strong
        said.append(clause)
        if rng.random() < 0.3:
            said.append(_one(_NEUTRAL, rng))
    strength = min(intense, 4)
    rating = 6 + strength if side else 5 - strength
    return ToyReview(" . ".join(said) + " .", LABELS[side], rating)


def _clause(
    frames: Sequence[tuple[float, str]], side: int, known: int, rng: np.random.Generator
) -> tuple[str, bool]:
    """Return a clause, and whether it is intense."""
    reached = np.cumsum([weight for weight, _ in frames])
    frame = frames[int(np.searchsorted(reached, rng.random() * reached[-1], side="right"))][1]
    words = (BLAME[:known], PRAISE[:known])
    first, second = _two(words[side], rng)
    x, y = _two(_ASPECTS, rng)
    intense = bool(rng.random() < 0.4)
    text = frame.format(
        s=first,
        t=second,
        o=_one(words[1 - side], rng),
        x=x,
        y=y,
        i=_one(_INTENSE, rng) + " " if intense else "",
        c=_one(_COMPANY[side], rng),
        p=_one(_PEOPLE, rng),
    )
    return text, intense and "{i}" in frame


def _one(words: Sequence[str], rng: np.random.Generator) -> str:
    return words[int(rng.integers(len(words)))]


def _two(words: Sequence[str], rng: np.random.Generator) -> tuple[str, str]:
    """Return two different words."""
    first = int(rng.integers(len(words)))
    second = (first + 1 + int(rng.integers(len(words) - 1))) % len(words)
    return words[first], words[second]
