"""The second half of the demonstration: what vectors of unlabelled text buy a classifier.

Reviews of films nobody made. Many have no label: vectors are learnt from them. A few have one: the
same network learns from those with random vectors, and grafted on the learnt ones. It is tested on
reviews that praise and blame with words which no labelled review has.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...embeddings.corpus import Corpus
from ...embeddings.vectors import WordVectors
from ...embeddings.word2vec import Word2Vec
from ..classify import comparison_page
from ..classify.compare import METHODS, CompareProgress, compare
from ..classify.comparison import Comparison
from ..classify.evaluation import explain_texts
from ..pages import charts, report
from ..reading.labelled import LabelledReport, LabelledTexts
from ..toys import reviews as toyreviews

UNLABELLED, POOL, TESTED = 10_000, 600, 500
SIZES, SEEDS = (150, 300), (1, 2, 3)
VECTORS: dict[str, Any] = {"vector_size": 50, "epochs": 5, "workers": 1}
"""One worker: the same vectors in every run."""
SETTINGS: dict[str, Any] = {
    "hidden": 24, "pooling": "max", "batch_size": 32, "rate": 2e-2, "epochs": 12, "adversary": 0.0,
    "validation_fraction": 0.1, "device": "cpu",
}  # fmt: skip
"""Of all networks; settled on reviews of seed 50, after first trials on seed 1, the default one."""
_EXAMPLES = 4


@dataclass(frozen=True)
class ReviewsResult:
    """What the reviews showed.

    Attributes:
        unlabelled: Reviews without a label that the vectors were learnt from.
        comparison: Accuracy by method and number of labels.
        seconds: Time for all of it.
    """

    unlabelled: int
    comparison: Comparison
    seconds: float


@dataclass(frozen=True, eq=False)
class ReviewsRun:
    """The result, and what learnt.

    Attributes:
        result: What the reviews showed.
        vectors: Of the unlabelled reviews.
        classifier: The staged :class:`.TextClassifier` with most labels, of the first seed.
        train: What labels were drawn from.
        test: What all were tested on.
    """

    result: ReviewsResult
    vectors: WordVectors
    classifier: Any
    train: LabelledTexts
    test: LabelledTexts


def run(*, seed: int = 1, progress: Callable[[CompareProgress], None] | None = None) -> ReviewsRun:
    """Learn vectors from unlabelled reviews, and compare what they buy.

    Same seed, same machine: same numbers, but for times.

    Args:
        seed: Of the reviews and of the vectors.
        progress: Called before the first classifier and after each.
    """
    from ...models.classifier import TextClassifier

    start = time.perf_counter()
    plain = [one.text for one in toyreviews.reviews(UNLABELLED, seed=seed, part="unlabelled")]
    vectors = Word2Vec(seed=seed, **VECTORS).fit(Corpus(plain)).vectors_
    train, test = labelled(POOL, seed=seed, part="train"), labelled(TESTED, seed=seed, part="test")
    kept: dict[tuple[str, int], Any] = {}

    def make(method: str, draw: int) -> Any:
        made = TextClassifier(
            vectors,
            embeddings=method,  # pyright: ignore[reportArgumentType] - tfidf is made elsewhere
            seed=draw,
            **SETTINGS,
        )
        kept[method, draw] = made  # numbers of labels grow: what stays is the one with most
        return made

    about = {"vectors": f"{UNLABELLED:,} unlabelled reviews", "settings": SETTINGS}
    with one_thread():
        found = compare(
            train,
            test,
            make,
            about=about,
            methods=METHODS,
            sizes=SIZES,
            seeds=SEEDS,
            progress=progress,
        )
    result = ReviewsResult(UNLABELLED, found, time.perf_counter() - start)
    return ReviewsRun(result, vectors, kept["staged", SEEDS[0]], train, test)


def labelled(count: int, *, seed: int, part: toyreviews.Part) -> LabelledTexts:
    """Return toy reviews with their labels."""
    found = toyreviews.reviews(count, seed=seed, part=part)
    places = np.array([toyreviews.LABELS.index(one.label) for one in found], dtype=np.int64)
    counts = dict(Counter(one.label for one in found))
    return LabelledTexts(
        texts=tuple(one.text for one in found),
        labels=places,
        label_names=toyreviews.LABELS,
        name=f"toy reviews, {part}",
        kind="classes",
        rows=np.arange(1, count + 1),
        report=LabelledReport(count, 0, 0, 0, 0, counts, ("text",), ("label",), ()),
    )


def text(result: ReviewsResult) -> str:
    """Return the result as the command prints it."""
    about = result.comparison.about
    return "\n".join(
        [
            f"Reviews: vectors of {result.unlabelled:,} without a label, classifiers of a few "
            "with one.",
            f"Accuracy on {about['test_texts']:,} others: mean over {len(SEEDS)} draws and their "
            "standard deviation, by number of labels",
            "",
            comparison_page.accuracy_text(result.comparison),
        ]
    )


def html(done: ReviewsRun) -> list[str]:
    """Return the part of the page about reviews."""
    comparison = done.result.comparison
    return [
        report.heading(
            "Grafted onto a task: few labels, many texts",
            f"From {done.result.unlabelled:,} reviews without a label come vectors of "
            f"{len(done.vectors):,} words. A recurrent network learns from a few hundred reviews "
            "with one: from scratch (random vectors), on frozen vectors, tuning them from the "
            "beginning, or staged: the new layers first, then the vectors too, more slowly. Beside "
            "them logistic regression on TF-IDF of one and two words. The networks have the same "
            "settings; all learn from the same "
            f"draws and are tested on the same {comparison.about['test_texts']:,} reviews. Bars "
            f"are one standard deviation over {len(SEEDS)} draws.",
        ),
        comparison_page.accuracy_picture(comparison),
        comparison_page.accuracy_table(comparison),
        report.heading(
            "Why it helps",
            "Reviews with a label use a third of the words of praise and blame; the test uses all. "
            "Unlabelled text has put the others beside them.",
        ),
        _words_map(done.vectors),
        report.heading(
            "What the network read",
            f"Reviews of the test, as the staged network with {SIZES[-1]} labels took them. Green "
            "words speak for its answer, red ones against it; words in bold stood in no labelled "
            "review.",
        ),
        *_examples(done),
    ]


def _words_map(vectors: WordVectors) -> str:
    known = toyreviews.KNOWN
    groups = {
        "praise, met with labels": toyreviews.PRAISE[:known],
        "praise, never met with one": toyreviews.PRAISE[known:],
        "blame, met with labels": toyreviews.BLAME[:known],
        "blame, never met with one": toyreviews.BLAME[known:],
    }
    words = [word for group in groups.values() for word in group]
    flat = report.plane(vectors[words])
    places = {word: (float(x), float(y)) for word, (x, y) in zip(words, flat, strict=True)}
    return report.word_map(
        "Words of praise and blame, from unlabelled text", groups, places, width=760, height=400
    )


def _examples(done: ReviewsRun) -> list[str]:
    """Return the first reviews of the test with new words, and the first that was misunderstood."""
    met = {word for text in done.train.texts for word in str(text).split()}
    new = [bool(set(str(text).split()) - met) for text in done.test.texts]
    with one_thread():
        chances = done.classifier.predict_proba(done.test.texts)
        answers = chances.argmax(axis=1)
        wrong = answers != done.test.labels
        failed = np.flatnonzero(wrong)[:1].tolist()
        right = np.flatnonzero(~wrong & np.array(new)).tolist()
        places = [*right[: _EXAMPLES - len(failed)], *failed]
        found = explain_texts(
            done.classifier, [done.test.texts[i] for i in places], answers[places]
        )
    names = tuple({"pos": "praise", "neg": "blame"}[name] for name in done.test.label_names)
    cards: list[str] = []
    for place, one in zip(places, found, strict=True):
        truth, said = names[done.test.labels[place]], names[answers[place]]
        told = f"{said}, {chances[place].max():.0%} sure" + ("" if truth == said else ": wrong")
        shown = charts.marked(one.words, one.weights.tolist(), bold=set(one.words) - met)
        cards.append(f'<div class="card"><h3>{told}</h3>{shown}</div>')
    return cards


@contextmanager
def one_thread() -> Generator[None]:
    """Let PyTorch work on one thread: so small a network gains nothing from more."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
