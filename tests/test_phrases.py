from __future__ import annotations

import json
import random

import pytest
from gensim.models.phrases import Phrases
from hypothesis import given
from hypothesis import strategies as st

from wordgraft.embeddings.corpus import Corpus
from wordgraft.embeddings.encoding import encode
from wordgraft.embeddings.errors import ConfigurationError, CorpusError
from wordgraft.embeddings.phrases import PhraseTokenizer, learn_phrases
from wordgraft.embeddings.tokenizers import DefaultTokenizer, WhitespaceTokenizer, make_tokenizer


def texts(seed: int = 1) -> list[str]:
    rng = random.Random(seed)
    filler = [f"w{i}" for i in range(50)]
    out = []
    for _ in range(300):
        words = [rng.choice(filler) for _ in range(12)]
        words[rng.randrange(11) : 0] = []
        words.insert(rng.randrange(12), rng.choice(["New York", "New York City", "ice cream"]))
        out.append(" ".join(words))
    return out


def test_phrases_are_those_of_gensim() -> None:
    corpus = Corpus(texts())
    learnt = learn_phrases(corpus, min_count=5, threshold=10)
    frozen = Phrases(list(corpus), min_count=5, threshold=10).freeze()
    assert set(learnt.phrases) == set(frozen.phrasegrams)
    assert {"new_york", "ice_cream"} <= set(learnt.phrases)
    for text in texts(2):
        assert learnt(text) == frozen[DefaultTokenizer()(text)]


@given(
    tokens=st.lists(st.sampled_from("abc")),
    pairs=st.sets(st.sampled_from(["a_b", "b_c", "a_a", "b_a", "c_c"])),
)
def test_joining_equals_gensim(tokens: list[str], pairs: set[str]) -> None:
    model = Phrases([["a", "b"]], min_count=1, threshold=1).freeze()
    model.phrasegrams = dict.fromkeys(pairs, 100.0)
    tokenizer = PhraseTokenizer(WhitespaceTokenizer(), tuple(pairs))
    before = list(tokens)
    assert tokenizer.join(tokens) == model[tokens]
    assert tokens == before


def test_two_passes_join_longer_phrases() -> None:
    learnt = learn_phrases(texts(), passes=2, min_count=20, threshold=0.1)
    assert learnt("I love New York City and ice cream") == [
        *("i", "love", "new_york_city", "and", "ice_cream")
    ]
    assert isinstance(learnt.base, PhraseTokenizer)


def test_spec_travels_as_json() -> None:
    learnt = learn_phrases(texts(), passes=2, delimiter="~", threshold=5)
    again = make_tokenizer(json.loads(json.dumps(learnt.spec())))
    assert again == learnt
    assert again("new york") == ["new~york"]


def test_token_lists_are_joined_too(tmp_path) -> None:
    tokens = [text.lower().split() for text in texts()]
    learnt = learn_phrases(tokens)
    joined = Corpus(tokens, tokenizer=learnt)
    assert any("new_york" in sentence for sentence in joined)
    encoded = encode(joined, tmp_path)
    assert "new_york" in encoded.vocabulary
    assert encoded.tokenizer_spec == learnt.spec()


def test_one_pass_over_a_generator_but_not_two() -> None:
    assert "new_york" in learn_phrases(text for text in texts()).phrases
    with pytest.raises(CorpusError, match=r"passes=2 reads the corpus as often.*only once"):
        learn_phrases((text for text in texts()), passes=2)


def test_bad_options_and_an_empty_corpus() -> None:
    with pytest.raises(ConfigurationError, match="passes: expected 1 or more, found 0"):
        learn_phrases(texts(), passes=0)
    with pytest.raises(ConfigurationError, match="delimiter: expected visible characters"):
        learn_phrases(texts(), delimiter=" ")
    with pytest.raises(CorpusError, match="holds no word"):
        learn_phrases(["", "..."])
