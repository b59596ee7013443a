"""The toy world: text of any size from a seed, and analogies that are true in it."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from pathlib import Path

import pytest

from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.tasks.toys import words as toywords
from wordgraft.tasks.toys import world as toyworld


def take(words: int, seed: int = 1, *, plain: bool = True) -> list[str]:
    return list(toyworld.sentences(words, seed=seed, plain=plain))


def size(text: list[str]) -> int:
    return sum(len(line.split()) for line in text)


@pytest.mark.parametrize("words", [1, 7, 1000, 300_000])
def test_the_text_has_the_asked_size_to_the_sentence(words: int) -> None:
    text = take(words)
    assert size(text[:-1]) < words <= size(text)


def test_same_seed_same_text_and_a_longer_text_begins_with_the_shorter() -> None:
    assert take(5000, seed=3) == take(9000, seed=3)[: len(take(5000, seed=3))]
    assert take(5000, seed=3) != take(5000, seed=4)


def test_sentences_look_like_sentences() -> None:
    for line in take(20_000, plain=False):
        assert line[0].isupper()
        assert line.endswith(".")
        assert "  " not in line
        assert "{" not in line
        assert "%" not in line


def test_plain_text_is_the_same_text_ready_for_splitting_at_white_space() -> None:
    spoken = take(20_000, plain=False)
    plain = [line.lower().replace(".", "").replace(",", "") for line in spoken]
    assert take(20_000) == plain


def test_a_sentence_never_names_a_thing_twice() -> None:
    things = {word for nouns, _ in toywords.TOPICS.values() for word in nouns.split()}
    for line in take(50_000):
        named = [word for word in line.split() if word in things]
        assert len(named) == len(set(named)), line


def test_every_word_of_the_world_belongs_to_one_concept() -> None:
    tables = (
        toywords.PEOPLE, toywords.COUNTRIES, toywords.ADJECTIVES, toywords.VERBS, toywords.NOUNS,
        toywords.ANIMALS, toywords.PROFESSIONS,
    )  # fmt: skip
    rows = [word for table in tables for row in table for word in row]
    topics = [word for text in itertools.chain(*toywords.TOPICS.values()) for word in text.split()]
    seen = Counter(word.lower() for word in [*rows, *topics, *toywords.MEN, *toywords.WOMEN])
    assert [word for word, times in seen.items() if times > 1] == []
    assert all(word.isalpha() for word in seen)


def test_no_form_stands_in_a_frame() -> None:
    """Else a form keeps the company of another column, and its analogies go wrong."""
    frames = " ".join(text for texts in toyworld._FRAMES.values() for text in texts)
    words = set(re.sub(r"\{\w+\}", " ", frames).lower().replace(".", " ").replace(",", " ").split())
    forms = {word for known in toyworld.pairs().values() for pair in known for word in pair}
    assert words & forms == set()


def test_every_form_is_said_often_enough_to_be_learnt() -> None:
    said = Counter(word for line in take(200_000) for word in line.split())
    forms = {word for known in toyworld.pairs().values() for pair in known for word in pair}
    assert min(said[word] for word in forms) > 25
    assert len(said) > 1000


def test_the_company_of_a_form_is_its_row_and_its_column() -> None:
    queen = {word for line in take(500_000) if "queen" in line.split() for word in line.split()}
    assert {"crown", "throne", "kingdom", "her", "anna"} <= queen
    assert not {"his", "john", "newspaper", "paris"} & queen


def test_analogies_are_all_pairs_of_pairs_by_section(tmp_path: Path) -> None:
    asked = toyworld.write_analogies(tmp_path / "a.txt")
    lines = (tmp_path / "a.txt").read_text(encoding="utf-8").splitlines()
    headings = [line[2:] for line in lines if line.startswith(": ")]
    questions = [line.split() for line in lines if not line.startswith(":")]
    assert headings == list(toyworld.pairs())
    assert asked == len(questions) == sum(len(k) * (len(k) - 1) for k in toyworld.pairs().values())
    assert all(len(set(question)) == 4 for question in questions)
    assert ["man", "woman", "king", "queen"] in questions
    assert ["paris", "france", "tokyo", "japan"] in questions


def test_a_corpus_file_holds_the_sentences(tmp_path: Path) -> None:
    count = toyworld.write_corpus(tmp_path / "c.txt", words=3000, seed=5)
    lines = (tmp_path / "c.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == count
    assert lines == take(3000, seed=5, plain=False)


def test_groups_cover_the_forms_once() -> None:
    words = [word for group in toyworld.groups().values() for word in group]
    assert len(words) == len(set(words))
    assert {"king", "paris", "fastest", "violin"} <= set(words)


def test_a_text_of_no_words_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="words must be at least 1, found 0"):
        next(toyworld.sentences(0))
