"""The wug test, on vectors whose parts of words are known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from reference.commands import Run, runner
from wordgraft.embeddings.errors import ConfigurationError
from wordgraft.embeddings.fasttext import FastText
from wordgraft.embeddings.morphology import PLURALS, STEMS, SUFFIXES, wug_test
from wordgraft.embeddings.vectors import WordVectors


@pytest.fixture(scope="module")
def vectors() -> WordVectors:
    """Trained on sentences in which plurals keep other company than singulars."""
    rng = np.random.default_rng(0)
    nouns = list(PLURALS)
    lines: list[str] = []
    for _ in range(3000):
        one, other = rng.choice(nouns, 2)
        lines.append(f"this {one} is a single {one} and it stands alone")
        lines.append(f"these {PLURALS[other]} are many {PLURALS[other]} and they stand together")
    model = FastText(vector_size=24, epochs=3, min_count=1, bucket=4000, workers=1, seed=1)
    return model.fit(lines).vectors_


def test_a_stem_nobody_met_gets_its_plural(vectors: WordVectors) -> None:
    assert not set(STEMS) & set(vectors.key_to_index)
    found = wug_test(vectors)
    assert (found.pairs, len(found.answers)) == (len(PLURALS), len(STEMS))
    by_stem = {answer.stem: answer for answer in found.answers}
    assert by_stem["wug"].rank_of_forms < by_stem["wug"].rank_without
    for answer in found.answers:
        assert answer.stem not in answer.found
        assert (answer.rank == 1) == (answer.found[:1] == (answer.wanted,))
        assert answer.rank >= answer.rank_of_forms
    told = [answer for answer in found.answers if answer.rank]
    assert sum(a.rank_of_forms for a in told) < sum(a.rank_without for a in told) / 1.5
    assert found.candidates == len(vectors) + len(SUFFIXES)


def test_ranks_are_those_of_the_sums(vectors: WordVectors) -> None:
    answer = wug_test(vectors, stems={"cat": "cats"}, known=0, suffixes=("s", "ed", "ing")).answers[
        0
    ]

    def unit(word: str) -> np.ndarray:
        return vectors[word] / np.linalg.norm(vectors[word])

    way = np.mean([unit(many) - unit(one) for one, many in PLURALS.items()], axis=0)
    scores = {form: float(unit(form) @ (unit("cat") + way)) for form in ("cats", "cated", "cating")}
    assert list(answer.found) == sorted(scores, key=lambda form: -scores[form])
    assert answer.rank == answer.found.index("cats") + 1


def test_what_cannot_be_asked_is_refused(vectors: WordVectors) -> None:
    bare = WordVectors.from_mapping({"cat": [1, 0], "cats": [0, 1]})
    with pytest.raises(ConfigurationError, match="with n-grams"):
        wug_test(bare)
    with pytest.raises(ConfigurationError, match="two or more that the vectors know, found 0 of 1"):
        wug_test(vectors, pairs={"ox": "oxen"})


# --- the command -----------------------------------------------------------------------------


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, "evaluate")


def test_the_command_counts_who_is_right(run: Run, vectors: WordVectors, tmp_path: Path) -> None:
    vectors.save(tmp_path / "v.safetensors")
    found = wug_test(vectors)
    told = run(tmp_path / "v.safetensors", "--wug")
    assert told.code == 0, told.err
    lines = told.out.splitlines()
    assert lines[1].split()[:2] == ["wug", "wugs"]
    assert lines[1].split()[3:] == [
        str(rank)
        for rank in (
            found.answers[0].rank, found.answers[0].rank_of_forms, found.answers[0].rank_without
        )
    ]  # fmt: skip
    ranks = [(a.rank, a.rank_of_forms, a.rank_without) for a in found.answers]
    right = [sum(rank == 1 for rank in column) for column in zip(*ranks, strict=True)]
    assert lines[10].split() == ["right", "of", "9", *map(str, right)]
    assert "29 known nouns" in told.out
    as_json = json.loads(run(tmp_path / "v.safetensors", "--wug", "--json").out)
    assert as_json["wug"]["right_of_forms"] == right[1]
    assert [one["wanted"] for one in as_json["wug"]["answers"]] == list(STEMS.values())


def test_a_noun_without_parts_has_no_rank(vectors: WordVectors) -> None:
    from wordgraft.tasks.vectors.evaluate import wug_table

    shown = wug_table(wug_test(vectors, stems={"ж": "жы"}, suffixes=("щ",)))
    assert shown.splitlines()[1].split() == ["ж", "жы", "-", "-", "-", "-"]


def test_the_command_refuses_vectors_without_parts(run: Run, tmp_path: Path) -> None:
    WordVectors.from_mapping({"cat": [1, 0], "cats": [0, 1]}).save(tmp_path / "v.safetensors")
    told = run(tmp_path / "v.safetensors", "--wug", "--similarity", tmp_path / "none.tsv")
    assert told.code == 1
    assert "with n-grams" in told.err
    assert (told.out, told.err.count("\n")) == ("", 1)
