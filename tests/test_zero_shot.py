"""Classes from their names: the guess by hand, what refinement gains, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import csv
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks as checks

from reference.commands import Run, runner
from wordgraft import WordVectors
from wordgraft.embeddings.errors import ConfigurationError, DocumentError, ModelFormatError
from wordgraft.models.few_labels.class_names import ClassWords, class_directions, read_classes
from wordgraft.models.few_labels.name_matching import match_names
from wordgraft.models.few_labels.zero_shot import ZeroShotClassifier
from wordgraft.tasks.few_labels import zero_shot as task
from wordgraft.tasks.toys.documents import TOPICS, documents
from wordgraft.tasks.toys.words import TOPICS as TOPIC_WORDS

NEWS = documents(360, seed=3)
TEXTS = [one.text for one in NEWS]
LABELS = np.array([one.topic for one in NEWS])


def _vectors(noise: float = 1.6, size: int = 24) -> WordVectors:
    """Vectors in which words of a topic lie near its name, under much noise."""
    rng = np.random.default_rng(0)
    rows: dict[str, np.ndarray] = {}
    for topic, groups in TOPIC_WORDS.items():
        middle = rng.standard_normal(size)
        rows[topic] = middle
        for word in " ".join(groups).split():
            rows.setdefault(word, middle + noise * rng.standard_normal(size))
    for text in TEXTS:
        for word in text.lower().replace(".", "").replace(",", "").split():
            rows.setdefault(word, rng.standard_normal(size))
    return WordVectors(list(rows), np.stack(list(rows.values())), tokenizer={"name": "default"})


VECTORS = _vectors()


@pytest.fixture(scope="module")
def model() -> ZeroShotClassifier:
    return ZeroShotClassifier(VECTORS, classes=TOPICS, neighbours=5).fit(TEXTS)


def accuracy(answers: Any) -> float:
    return float((np.asarray(answers) == LABELS).mean())


# --- the guess -------------------------------------------------------------------------------


def test_the_guess_by_hand() -> None:
    rows = {"sun": [2.0, 0.0], "rain": [1.0, 1.0], "goal": [0.0, 3.0], "a": [1.0, 0.5]}
    words = WordVectors(
        list(rows), list(rows.values()), counts=[8, 4, 2, 1], tokenizer={"name": "whitespace"}
    )
    texts = ["sun rain", "goal a goal"]
    fitted = ZeroShotClassifier(
        words, classes=["sun", "goal"], neighbours=0, rounds=0, balance=0
    ).fit(texts)
    share = np.array([8, 4, 2, 1])
    weight = dict(zip(rows, 1e-3 / (1e-3 + share / share.sum()), strict=True))
    table = {word: np.array(row) for word, row in rows.items()}

    def unit(row: np.ndarray) -> np.ndarray:
        return row / np.linalg.norm(row)

    means = np.stack([
        np.mean([weight[w] * table[w] for w in text.split()], axis=0) for text in texts
    ])  # fmt: skip
    own = np.stack([unit(row) for row in means - means.mean(axis=0)])
    names = np.stack([unit(table[w]) for w in ("sun", "goal")])
    named = np.stack([unit(row) for row in names - names.mean(axis=0)])
    np.testing.assert_allclose(fitted.class_scores(texts), own @ named.T, atol=1e-5)
    assert fitted.predict(texts).tolist() == ["sun", "goal"]
    shares = np.exp(10 * own @ named.T)
    expected = shares / shares.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(fitted.predict_proba(texts), expected, atol=1e-4)


def test_a_class_of_several_words_is_their_weighted_mean() -> None:
    rows = {"sun": [2.0, 0.0], "rain": [1.0, 1.0], "goal": [0.0, 3.0]}
    words = WordVectors(list(rows), list(rows.values()), counts=[8, 4, 2])
    classes = [ClassWords("weather", ("sun", "rain"), ()), ClassWords("sport", ("goal",), ())]
    _, found = class_directions(classes, words, neighbours=0, common=np.ones(3, bool))
    sun, rain = (1e-3 / (1e-3 + share) for share in (8 / 14, 4 / 14))
    weather = sun * np.array([1.0, 0.0]) + rain * np.array([1.0, 1.0]) / 2**0.5
    named = np.stack([weather / np.linalg.norm(weather), [0.0, 1.0]])
    named -= named.mean(axis=0)
    expected = named / np.linalg.norm(named, axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_words_that_no_two_texts_have_are_no_neighbours() -> None:
    rows = {"sun": [3.0, 0.0], "sunny": [3.0, 0.1], "rain": [2.0, 1.0], "goal": [0.0, 3.0]}
    words = WordVectors(list(rows), list(rows.values()), tokenizer={"name": "whitespace"})
    texts = ["sun rain", "goal rain", "sun sunny", "goal goal"]
    model = ZeroShotClassifier(words, classes=["sun", "goal"], neighbours=1, rounds=0).fit(texts)
    assert [one.neighbours[0][0] for one in model.class_words_] == ["rain", "rain"]


def test_neighbours_are_words_of_the_texts_near_the_name(model: ZeroShotClassifier) -> None:
    for one in model.class_words_:
        assert one.words == (one.label,)
        names = [word for word, _ in one.neighbours]
        assert len(names) == 5
        assert one.label not in names
        own = set(" ".join(TOPIC_WORDS[one.label]).split())
        assert len(own & set(names)) >= 3
        cosines = [cosine for _, cosine in one.neighbours]
        assert cosines == sorted(cosines, reverse=True)
        assert cosines[0] == pytest.approx(VECTORS.similarity(one.label, names[0]), abs=1e-5)


def test_refinement_gains_over_the_guess_and_that_over_matching(model: ZeroShotClassifier) -> None:
    guess = ZeroShotClassifier(VECTORS, classes=TOPICS, neighbours=5, rounds=0).fit(TEXTS)
    matched = match_names(TEXTS, [[name] for name in TOPICS])
    by_word = np.array([*TOPICS, "none"])[matched]
    assert accuracy(by_word) < accuracy(guess.predict(TEXTS)) < accuracy(model.predict(TEXTS))
    assert accuracy(model.predict(TEXTS)) > 0.8
    assert model.changed_[0] > 0.0
    assert model.joint_ is not None
    first = model.naming_.transform(TEXTS) @ model.directions_.T
    expected = model.joint_.transform(TEXTS) @ model.centres_.T + 0.1 * first
    np.testing.assert_allclose(model.class_scores(TEXTS), expected, atol=1e-5)


def test_shares_are_balanced_on_request() -> None:
    plain, even = (
        ZeroShotClassifier(VECTORS, classes=TOPICS, rounds=0, balance=balance)
        .fit(TEXTS)
        .predict_proba(TEXTS)
        .mean(axis=0)
        for balance in (0, 1)
    )
    np.testing.assert_allclose(even, 1 / len(TOPICS), atol=1e-3)
    assert np.ptp(plain) > 0.05


def test_new_texts_and_empty_ones(model: ZeroShotClassifier) -> None:
    fresh = documents(200, seed=9)
    right = model.predict([one.text for one in fresh]) == [one.topic for one in fresh]
    assert right.mean() > 0.7
    shares = model.predict_proba(["", "zzz qqq", TEXTS[0]])
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    np.testing.assert_allclose(shares[0], shares[1])
    assert len(model.predict([])) == 0


def test_matching_counts_words_of_names() -> None:
    texts = ["rain rain goal", "a goal", "nothing", "match and goal"]
    assert match_names(texts, [["rain"], ["goal", "match"]]).tolist() == [0, 1, -1, 1]
    assert match_names(texts, [[], []]).tolist() == [-1] * 4
    # 1 + ln 2 and 1 + ln 3 of one word, against the root of 3 for three of them once.
    texts = ["rain rain goal match team", "rain rain rain goal match team"]
    assert match_names(texts, [["rain"], ["goal", "match", "team"]]).tolist() == [1, 0]


# --- settings --------------------------------------------------------------------------------


def test_descriptions_take_the_place_of_names() -> None:
    described = {7: "football goal", 9: "music"}
    model = ZeroShotClassifier(VECTORS, classes=described, rounds=0).fit(TEXTS)
    assert set(model.predict(TEXTS)) == {7, 9}
    assert model.classes_.tolist() == [7, 9]
    assert model.class_words_[0].words == ("football", "goal")
    assert read_classes({"a": None, "b": "two words"}) == {"a": "a", "b": "two words"}
    other = ZeroShotClassifier(VECTORS, rounds=0).fit(TEXTS, classes=["music", "football"])
    assert other.classes_.tolist() == ["music", "football"]


def test_words_without_a_vector_are_left_out_and_classes_without_any_refused() -> None:
    model = ZeroShotClassifier(VECTORS, classes=["blorp football", "music"], rounds=0).fit(TEXTS)
    assert model.class_words_[0].unknown == ("blorp",)
    with pytest.raises(ConfigurationError) as told:
        ZeroShotClassifier(VECTORS, classes=["footbal", "music", "?"]).fit(TEXTS)
    first, second = told.value.problems
    assert "class 'footbal': no word of 'footbal' has a vector (close: football" in first
    assert "class '?': no word of '?'" in second


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"classes": None}, "classes: expected names, or a mapping"),
        ({"classes": "sport"}, "classes: expected names"),
        ({"classes": ["music"]}, "two or more, found 1"),
        ({"classes": ["music", "music"]}, "'music' stands there twice"),
        ({"classes": {"a": "music", "b": "music"}}, "'a' and 'b' have the same words"),
        ({"classes": [1, 2]}, "expected a text for 1"),
        ({"vectors": None}, "vectors: expected WordVectors"),
        (
            {"neighbours": -1, "rounds": 1.5, "balance": 2, "fit_on": 1, "seed": -1},
            r"neighbours.*rounds.*fit_on.*seed.*balance",
        ),
    ],
)
def test_wrong_settings_are_refused(settings: dict[str, Any], said: str) -> None:
    given = {"vectors": VECTORS, "classes": TOPICS, **settings}
    with pytest.raises(ConfigurationError, match=said):
        ZeroShotClassifier(given.pop("vectors"), **given).fit(TEXTS)


def test_wrong_texts_are_refused(model: ZeroShotClassifier) -> None:
    for texts, said in (([], "found none"), (["zzz", "qqq"], "none of the 2 documents")):
        with pytest.raises(DocumentError, match=said):
            clone(model).fit(texts)
    with pytest.raises(TypeError, match="single str"):
        clone(model).fit("text")
    with pytest.raises(NotFittedError):
        clone(model).predict(TEXTS)


@pytest.mark.parametrize("name", [
    "check_no_attributes_set_in_init", "check_parameters_default_constructible",
    "check_estimator_repr", "check_valid_tag_types", "check_get_params_invariance",
    "check_set_params", "check_estimator_cloneable", "check_mixin_order",
])  # fmt: skip
def test_checks_of_scikit_learn(name: str) -> None:
    getattr(checks, name)("ZeroShotClassifier", ZeroShotClassifier())


def test_seeds_pipelines_and_files(model: ZeroShotClassifier, tmp_path: Path) -> None:
    again = make_pipeline(clone(model)).fit(TEXTS)
    assert again.predict_proba(TEXTS).tobytes() == model.predict_proba(TEXTS).tobytes()
    assert again.score(TEXTS, LABELS) == accuracy(model.predict(TEXTS))
    model.save(tmp_path / "m")
    loaded = ZeroShotClassifier.load(tmp_path / "m")
    np.testing.assert_allclose(loaded.predict_proba(TEXTS), model.predict_proba(TEXTS), atol=1e-6)
    assert loaded.class_words_ == model.class_words_
    (tmp_path / "m" / "config.json").write_text("{}")
    with pytest.raises(ModelFormatError):
        ZeroShotClassifier.load(tmp_path / "m")


# --- the command -----------------------------------------------------------------------------


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(capsys, "zero-shot")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    VECTORS.save(tmp_path / "v.safetensors")
    rows = (
        json.dumps({"id": f"n{i}", "text": t, "topic": y})
        for i, (t, y) in enumerate(zip(TEXTS, LABELS.tolist(), strict=True))
    )
    (tmp_path / "news.jsonl").write_text("\n".join(rows) + "\n")
    return tmp_path / "news.jsonl", tmp_path / "v.safetensors"


def test_the_command(
    run: Run, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    docs, vectors = files
    classes = [part for name in TOPICS for part in ("--class", name)]
    out = tmp_path / "out"
    told = run(docs, "--vectors", vectors, *classes, "--neighbours", 5, "--labels", "topic",
               "--keep-model", "--json", "-o", out)  # fmt: skip
    assert told.code == 0, told.err
    found = json.loads(told.out)
    by_word, by_vectors, refined = (way["accuracy"] for way in found["ways"])
    assert by_word < by_vectors < refined
    for one in found["classes"]:
        shares = [example["closeness"] for example in one["examples"]]
        assert shares == sorted(shares, reverse=True)
    table = csv.read_csv(out / "predictions.csv").to_pydict()
    assert table["id"][:2] == ["n0", "n1"]
    assert accuracy(table["class"]) == pytest.approx(refined)
    assert json.loads((out / "zero-shot.json").read_text())["labelled"] == 360
    page = (out / "report.html").read_text()
    assert "name found in the text" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert ZeroShotClassifier.load(out / "model").predict(TEXTS[:5]).tolist() == table["class"][:5]
    (tmp_path / "later.txt").write_text("\n".join([*TEXTS[:5], "zzz"]) + "\n")
    later = runner(capsys, "classify", "predict")(out, tmp_path / "later.txt")
    assert [line.split("\t")[0] for line in later.out.splitlines()][:5] == table["class"][:5]
    assert "1 of 6 texts have no word that the model knows" in later.err


def test_the_command_without_labels_or_refinement(
    run: Run, files: tuple[Path, Path], tmp_path: Path
) -> None:
    docs, vectors = files
    told = run(docs, "--vectors", vectors, "--class", "<i>=football blorp", "--class", "b=music",
               "--rounds", 0, "-o", tmp_path / "out")  # fmt: skip
    assert told.code == 0, told.err
    assert "left out, for they have no vector: blorp" in told.out
    page = (tmp_path / "out" / "report.html").read_text()
    assert "&lt;i&gt;" in page
    assert ">&lt;i&gt;</a>" in page


def test_documents_without_a_known_label_are_not_scored() -> None:
    way = task._way("x", np.array([0, 1, 1, -1]), np.array([0, -1, 0, 1]), 2)
    assert (way.answered, way.accuracy) == (0.75, pytest.approx(1 / 3))
    assert way.macro_f1 == pytest.approx((2 / 3 + 0) / 2)
    assert task._way("x", np.array([0, 1]), np.array([-1, -1]), 2).accuracy is None


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--class", "football"), 1, "two or more, found 1"),
        (("--class", "blorp", "--class", "music"), 1, "class 'blorp': no word"),
        (("--class", "=x", "--class", "music"), 1, "expected NAME or NAME=WORDS"),
        (("--class", "music", "--class", "music=x"), 1, "stands there twice"),
        (
            ("--class", "x=football", "--class", "y=music", "--labels", "topic"),
            1,
            "labels: expected",
        ),
        ((), 2, "--class"),
    ],
)
def test_mistakes_on_the_command_line(
    run: Run, files: tuple[Path, Path], tmp_path: Path, arguments: Any, code: int, said: str
) -> None:
    docs, vectors = files
    told = run(docs, "--vectors", vectors, *arguments, "-o", tmp_path / "out")
    assert told.code == code
    assert said in told.err
    assert "Traceback" not in told.err
    assert not (tmp_path / "out").exists()
