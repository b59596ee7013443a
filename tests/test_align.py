"""Two spaces as one: oracles turned by hand, noise, beginnings of every kind, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.translating import languages, unit
from wordgraft import load_vectors
from wordgraft.embeddings import transform
from wordgraft.embeddings.align import align
from wordgraft.embeddings.contexts import add_contexts
from wordgraft.embeddings.errors import (
    ConfigurationError,
    EvaluationDataError,
    UnknownWordError,
    VectorFormatError,
)
from wordgraft.embeddings.fasttext import FastText
from wordgraft.embeddings.induction import evaluate_dictionary, split_dictionary
from wordgraft.embeddings.orthogonal import Preparation, reweighted, turned
from wordgraft.embeddings.vectors import WordVectors
from wordgraft.embeddings.word2vec import Word2Vec

HERE, THERE, PAIRS = languages()
NOISY = languages(noise=0.45, seed=2)


def precision(found: Any, pairs: Any) -> float:
    share = evaluate_dictionary(found.source, found.target, pairs).csls.at_1
    assert share is not None
    return share


# --- maps ------------------------------------------------------------------------------------


@given(st.integers(1, 6), st.integers(0, 1000))
def test_a_turn_is_found_again(size: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(size, size)))[0]
    rows = rng.normal(size=(size + 3, size)).astype(np.float32)
    maps = turned(rows, (rows @ turn).astype(np.float32))
    np.testing.assert_allclose(maps.source, turn, atol=1e-3)
    np.testing.assert_array_equal(maps.target, np.eye(size))


@given(st.integers(2, 6), st.integers(0, 1000), st.sampled_from([0.0, 0.5, 1.0]))
def test_reweighting_puts_partners_of_a_turned_space_in_one_place(
    size: int, seed: int, power: float
) -> None:
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(size, size)))[0]
    rows = rng.normal(size=(4 * size, size)) * np.linspace(1, 2, size)
    other = rows @ turn
    maps = reweighted(rows.astype(np.float32), other.astype(np.float32), power)
    np.testing.assert_allclose(rows @ maps.source, other @ maps.target, atol=2e-3)
    # Nothing was stretched where all directions agree: lengths are what they were.
    lengths = np.linalg.norm(rows, axis=1)
    np.testing.assert_allclose(np.linalg.norm(rows @ maps.source, axis=1), lengths, rtol=2e-3)


def test_directions_that_agree_less_are_shortened_by_the_power() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(4000, 2))
    other = rows.copy()
    other[:, 1] += np.sqrt(3) * rng.normal(size=4000)  # correlates by a half with what it was
    kept, halved = (
        reweighted(rows.astype(np.float32), other.astype(np.float32), power) for power in (0.0, 1.0)
    )
    for first, second in ((kept.source, halved.source), (kept.target, halved.target)):
        sizes = np.linalg.svd(second @ np.linalg.inv(first), compute_uv=False)
        np.testing.assert_allclose(sizes, [1.0, 0.5], atol=0.05)


def test_preparation_is_what_its_steps_say() -> None:
    rows = np.array([[3, 4], [0, 0], [0, 2]], np.float32)
    preparation, found = Preparation.of(rows, ("unit", "center"))
    np.testing.assert_allclose(found, [[0.3, -0.1], [0, 0], [-0.3, 0.1]], atol=1e-6)
    np.testing.assert_allclose(preparation.means, [[0.3, 0.9]], atol=1e-6)
    np.testing.assert_array_equal(preparation.apply(rows), found)


# --- beginnings ------------------------------------------------------------------------------


def test_a_turned_space_is_brought_back_by_a_dictionary() -> None:
    found = align(HERE, THERE, PAIRS[:40], refinements=0)
    assert precision(found, PAIRS[40:]) == 1.0
    assert found.translate(["w200"])[0][0].word == "t200"
    turn = found.maps.source
    np.testing.assert_allclose(turn @ turn.T, np.eye(len(turn)), atol=1e-9)
    assert (found.seeds.kind, found.seeds.given, found.seeds.used) == ("dictionary", 40, 40)
    assert [one.pairs for one in found.rounds] == [40]
    assert found.rounds[0].cosine == pytest.approx(1.0, abs=1e-5)
    assert found.notes == ()


def test_cosines_within_a_language_stay() -> None:
    found = align(HERE, THERE, PAIRS[:40], normalize=("unit",))
    before, after = HERE.unit() @ HERE.unit().T, found.source.unit() @ found.source.unit().T
    np.testing.assert_allclose(after, before, atol=1e-5)


def test_refinement_helps_where_pairs_are_few() -> None:
    source, target, pairs = languages(noise=0.8, seed=2)
    plain = align(source, target, pairs[:14], refinements=0)
    refined = align(source, target, pairs[:14], refinements=5)
    assert precision(refined, pairs[14:]) > precision(plain, pairs[14:]) + 0.05
    assert [one.pairs for one in refined.rounds][0] == 14
    assert refined.rounds[-1].pairs > 100


def test_pairs_of_a_dictionary_stay_and_their_words_get_no_others() -> None:
    wrong = [("w0", "t1"), *PAIRS[2:40]]
    found = align(HERE, THERE, wrong, refinements=1)
    assert [one.pairs for one in found.rounds] == [39, 240]
    assert found.rounds[1].cosine < 0.9999


def test_fewer_pairs_than_numbers_are_said() -> None:
    found = align(HERE, THERE, PAIRS[:5])
    assert found.notes[0].startswith("5 pairs are fewer than the 12 numbers of a vector")


def test_words_written_alike_are_a_beginning() -> None:
    source, target, pairs = NOISY
    same = {f"t{i}": f"w{i}" for i in range(60)}
    renamed = WordVectors([same.get(word, word) for word in target.index_to_key], target.vectors)
    found = align(source, renamed, seed_words="identical")
    assert (found.seeds.kind, found.seeds.identical) == ("identical", 60)
    assert precision(found, pairs[60:]) > 0.8
    assert 2 <= len(found.rounds) < 15  # it stops where turns bring nothing
    both = align(source, renamed, pairs[60:70], seed_words="identical")
    assert both.seeds.kind == "dictionary and identical"
    assert (both.seeds.used, both.seeds.identical) == (10, 60)


def test_nothing_but_shapes_is_a_beginning() -> None:
    found = align(HERE, THERE, seed_words="unsupervised")
    assert precision(found, PAIRS) > 0.95
    assert found.seeds.kind == "unsupervised"
    assert len(found.rounds) > 30


def test_the_unaided_start_follows_its_seed() -> None:
    source, target, _ = languages(words=60, size=6, groups=6)
    one, two, other = (
        align(source, target, seed_words="unsupervised", seed=seed).rounds for seed in (1, 1, 2)
    )
    assert one == two != other


def test_reweighting_is_a_setting() -> None:
    source, target, pairs = NOISY
    found = align(source, target, pairs[:100], reweight=0.5)
    assert precision(found, pairs[100:]) > 0.8
    assert not np.allclose(found.maps.target, np.eye(12))


# --- what comes out --------------------------------------------------------------------------


def test_mapped_vectors_keep_what_they_were(tmp_path: Path) -> None:
    source = WordVectors(
        HERE.index_to_key, HERE.vectors, counts=np.arange(240)[::-1], metadata={"corpus": "mine"},
        tokenizer={"name": "whitespace", "lower": False},
    )  # fmt: skip
    before = source.vectors.copy()
    found = align(source, THERE, PAIRS[:40])
    np.testing.assert_array_equal(source.vectors, before)
    assert found.source.index_to_key == source.index_to_key
    assert found.source.tokenizer == source.tokenizer
    assert found.source.counts is not None
    assert found.source.metadata["corpus"] == "mine"
    assert found.source.metadata["transforms"][-1]["name"] == "align"
    found.source.save(tmp_path / "source.safetensors")
    again = load_vectors(tmp_path / "source.safetensors")
    np.testing.assert_array_equal(again.vectors, found.source.vectors)
    np.testing.assert_allclose(found.map_source(source.vectors), found.source.vectors, atol=1e-6)
    np.testing.assert_allclose(found.map_target(THERE.vectors), found.target.vectors, atol=1e-6)


def test_joined_words_have_their_language_before_them() -> None:
    source = WordVectors(["a", "b"], [[1, 0], [0, 1]], counts=np.array([9, 6]))
    target = WordVectors(["a", "c"], [[0, 1], [1, 0]], counts=np.array([5, 1]))
    found = align(source, target, [("a", "c"), ("b", "a")], normalize=())
    joint = found.joined("en", "es")
    assert joint.index_to_key == ("en:a", "en:b", "es:a", "es:c")
    assert joint.counts is not None
    assert joint.counts.tolist() == [9, 6, 5, 1]
    assert joint.similarity("en:a", "es:c") == pytest.approx(1.0)
    uncounted = align(HERE, THERE, PAIRS[:40]).joined()
    assert uncounted.index_to_key[:3] == (
        "source:w0",
        f"target:{THERE.index_to_key[0]}",
        "source:w1",
    )
    with pytest.raises(ConfigurationError, match="two different prefixes, not empty"):
        found.joined("en", "en")


def test_translations_are_asked_in_both_ways() -> None:
    found = align(*NOISY[:2], NOISY[2][:100])
    (csls,), (nearest,) = (
        found.translate(["w7"], topn=3, retrieval=way)
        for way in ("csls", "nearest")  # type: ignore[arg-type]
    )
    assert len(csls) == len(nearest) == 3
    cosine = unit(found.source["w7"][None]) @ unit(found.target[nearest[0].word][None]).T
    assert nearest[0].similarity == pytest.approx(float(cosine[0, 0]), abs=1e-5)
    with pytest.raises(UnknownWordError, match="no vector for 'w999'"):
        found.translate(["w999"])
    with pytest.raises(ConfigurationError, match=r"topn must be .* found 0; retrieval must be one"):
        found.translate(["w7"], topn=0, retrieval="other")  # type: ignore[arg-type]


def test_packed_vectors_and_vectors_of_zeros_take_part() -> None:
    rows = HERE.vectors.copy()
    rows[3] = 0.0
    source = transform.quantize(WordVectors(HERE.index_to_key, rows))
    found = align(source, THERE, PAIRS[:60])
    assert (found.seeds.used, found.seeds.without_direction) == (59, 1)
    assert not found.source["w3"].any()
    assert precision(found, PAIRS[60:]) > 0.97
    assert found.translate(["w3"]) == [[]]


# --- scores ----------------------------------------------------------------------------------


def test_precision_by_hand() -> None:
    source = WordVectors(["one", "two", "none", "zero"], [[1, 0], [0.8, 0.6], [0, 1], [0, 0]])
    target = WordVectors(["uno", "dos", "ein"], [[1, 0], [0, 1], [0.9, 0.1]])
    pairs = [
        ("one", "ein"), ("one", "uno"), ("two", "uno"), ("none", "nadie"), ("three", "tres"),
        ("zero", "uno"), ("one", "uno"),
    ]  # fmt: skip
    found = evaluate_dictionary(source, target, pairs, neighbours=1)
    assert (found.pairs, found.covered, found.words) == (6, 3, 5)
    assert (found.asked, found.skipped) == (2, 3)
    assert (found.nearest.right_at_1, found.nearest.right_at_5) == (1, 2)
    assert (found.nearest.at_1, found.nearest.at_5) == (0.5, 1.0)
    nothing = evaluate_dictionary(source, target, [("three", "tres")])
    assert (nothing.asked, nothing.csls.at_1) == (0, None)


@given(st.integers(1, 30), st.floats(0.01, 0.99), st.integers(0, 5))
def test_a_dictionary_is_split_by_word(words: int, share: float, seed: int) -> None:
    pairs = [(f"w{i % words}", f"t{i}") for i in range(2 * words)]
    train, test = split_dictionary(pairs, share, seed=seed)
    assert sorted([*train, *test]) == sorted(pairs)
    assert {word for word, _ in train}.isdisjoint(word for word, _ in test)
    assert len({word for word, _ in test}) == round(share * words)
    assert split_dictionary(reversed(pairs), share, seed=seed)[1] == tuple(reversed(test))


# --- refusals --------------------------------------------------------------------------------


def test_all_mistakes_are_said_at_once() -> None:
    short = WordVectors(["a"], [[1.0, 2.0]])
    with pytest.raises(ConfigurationError) as caught:
        align(HERE, short, refinements=-1, neighbours=0, reweight=-2, normalize=("size",),  # type: ignore[arg-type]
              induction_words=0, seed=-1)  # fmt: skip
    said = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 8
    assert "nothing to begin with: give a dictionary, or seed_words" in said
    assert "found 12 numbers in the source and 2 in the target" in said
    assert "transform.pca(vectors, 2)" in said
    with pytest.raises(ConfigurationError, match='"unsupervised" takes no dictionary'):
        align(HERE, THERE, PAIRS, seed_words="unsupervised")
    with pytest.raises(ConfigurationError, match="seed_words must be one of identical, unsupervis"):
        align(HERE, THERE, seed_words="same")  # type: ignore[arg-type]


def test_a_dictionary_of_no_use_says_why() -> None:
    swapped = [(b, a) for a, b in PAIRS[:9]]
    with pytest.raises(
        ConfigurationError,
        match=r"no usable pair among the 9 of the dictionary \('t0' - 'w0', .*\): 9 with a word "
        r"that the source doesn't have, 0 with .* begin 'w0', 'w1', .* swapped",
    ):
        align(HERE, THERE, swapped)
    with pytest.raises(ConfigurationError, match="no word is written alike on both sides"):
        align(HERE, THERE, seed_words="identical")
    with pytest.raises(ConfigurationError, match="all vectors of the target are zeros"):
        align(HERE, WordVectors(["a"], np.zeros((1, 12))), PAIRS)


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="found nan in row 0, column 1"):
        WordVectors(["a"], [[1.0, np.nan]])
    path = tmp_path / "nan.safetensors"
    HERE.save(path)
    content = path.read_bytes()
    path.write_bytes(
        content.replace(HERE.vectors[5].tobytes(), np.full(12, np.nan, "<f4").tobytes())
    )
    with pytest.raises(VectorFormatError, match=r"nan\.safetensors.* 'w5' .* has NaN"):
        align(load_vectors(path), THERE, PAIRS)


def test_dictionaries_of_other_kinds_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("one\tuno\n\ntwo\n", encoding="utf-8")
    with pytest.raises(EvaluationDataError, match=r"words\.txt:3: expected a word and its transl"):
        align(HERE, THERE, path)
    with pytest.raises(TypeError, match=r"expected pairs .* found 'w0' at place 0"):
        align(HERE, THERE, ["w0"])  # type: ignore[list-item]
    path.write_text("w0 t0\nw1\tt1\nw0 t0\nw2 t2", encoding="utf-8")
    assert align(HERE, THERE, path).seeds.used == 3


# --- output vectors --------------------------------------------------------------------------

TEXT = [["thou", "shalt", "not"], ["thou", "shalt"], ["not", "thou"]] * 20
SMALL: dict[str, Any] = {"vector_size": 6, "min_count": 1, "sample": 0, "epochs": 2, "workers": 1}


def test_output_vectors_are_added(tmp_path: Path) -> None:
    model = Word2Vec(**SMALL).fit(TEXT)
    wanted = model.vectors_.vectors + model.context_
    found = add_contexts(model)
    np.testing.assert_array_equal(found.vectors, wanted)
    assert found.metadata["transforms"] == [{"name": "add_contexts"}]
    assert found.index_to_key == model.vectors_.index_to_key
    model.save(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(add_contexts(tmp_path / "model.safetensors").vectors, wanted)


def test_output_vectors_of_no_words_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="belong to nodes of a tree"):
        add_contexts(Word2Vec(**SMALL, loss="hs").fit(TEXT))
    HERE.save(tmp_path / "vectors.safetensors")
    with pytest.raises(VectorFormatError, match="vectors, but not what training needs"):
        add_contexts(tmp_path / "vectors.safetensors")


def test_vectors_of_ngrams_are_left_behind_and_can_be_mapped() -> None:
    vectors = FastText(**SMALL, bucket=1000).fit(TEXT).vectors_
    other = WordVectors(["du", "sollst", "nicht"], vectors[["thou", "shalt", "not"]][:, ::-1])
    pairs = [("thou", "du"), ("shalt", "sollst"), ("not", "nicht")]
    found = align(vectors, other, pairs)
    assert found.source.subwords is None
    assert any("vectors of n-grams were left behind" in note for note in found.notes)
    assert found.map_source(vectors[["shaltst"]]).shape == (1, 6)
