"""Everything on the embedded default: train on a toy world, ask, graft, write a page to open."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...embeddings.atomic import atomic_writer, ensure_writable
from ...embeddings.corpus import Corpus
from ...embeddings.evaluate import AnalogyReport, evaluate_analogies
from ...embeddings.spelling import Neighbour
from ...embeddings.vectors import WordVectors
from ...embeddings.word2vec import TrainingProgress, Word2Vec
from .. import console
from ..classify.compare import CompareProgress
from ..pages import report
from ..toys import world as toyworld
from ..vectors.evaluate import analogy_table
from ..vectors.query import Formula
from ..vectors.train import TrainingSummary, summary
from . import clusters as demo_clusters
from . import reviews as demo_reviews
from . import transfer as demo_transfer
from .clusters import ClustersResult, ClustersRun
from .reviews import ReviewsResult, ReviewsRun
from .transfer import TransferResult

QUESTION = Formula((("+", "king"), ("-", "man"), ("+", "woman")))
ASKED = ("queen", "paris", "walked", "fastest", "dogs", "hospital", "german", "violin")


@dataclass(frozen=True)
class DemoResult:
    """What the demonstration found.

    Attributes:
        question: The formula asked.
        answers: The nearest words to it.
        analogies: Scores on the world's true analogies.
        training: What was trained.
        reviews: What vectors bought where a few texts have labels.
        clusters: What news without labels fell into.
        transfer: What every kind of transfer gained.
        report: The page written.
    """

    question: str
    answers: tuple[Neighbour, ...]
    analogies: AnalogyReport
    training: TrainingSummary
    reviews: ReviewsResult
    clusters: ClustersResult
    transfer: TransferResult
    report: Path


def run(
    output: str | os.PathLike[str],
    *,
    vectors: str | os.PathLike[str] | None = None,
    words: int = 1_500_000,
    workers: int | None = None,
    seed: int = 1,
    progress: Callable[[TrainingProgress], None] | None = None,
    comparing: Callable[[CompareProgress], None] | None = None,
    carrying: Callable[[str, int, int], None] | None = None,
) -> DemoResult:
    """Train on ``words`` words of the toy world, on its reviews, carry over; write ``output``.

    Args:
        output: HTML file to write.
        vectors: File to keep the vectors in; ``None`` keeps none.
        words: Size of the text.
        workers: Threads; ``None`` takes all cores.
        seed: Of the text and of the training.
        progress: Called a few times per second.
        comparing: Called before the first classifier of reviews and after each.
        carrying: Told which kinds of transfer are tried, how many are done, and of how many.

    Raises:
        OutputError: A file can't be written: found out before any work.
    """
    for path in (output, vectors):
        if path is not None:
            ensure_writable(path)
    with tempfile.TemporaryDirectory(prefix="wordgraft-") as folder:
        text, questions = Path(folder, "toyworld.txt"), Path(folder, "analogies.txt")
        toyworld.write_corpus(text, words=words, seed=seed)
        toyworld.write_analogies(questions)
        model = Word2Vec(workers=workers, seed=seed)
        model.fit(Corpus(text), progress=progress)
        scores = evaluate_analogies(model.vectors_, questions)
    clusters = demo_clusters.run(model.vectors_, seed=seed)
    reviews = demo_reviews.run(seed=seed, progress=comparing)
    transfer = demo_transfer.run(reviews, clusters.result, seed=seed, progress=carrying)
    result = DemoResult(
        question=str(QUESTION),
        answers=tuple(model.vectors_.most_similar(QUESTION.positive, QUESTION.negative, topn=5)),
        analogies=scores,
        training=summary(model, vectors),
        reviews=reviews.result,
        clusters=clusters.result,
        transfer=transfer,
        report=Path(output),
    )
    if vectors is not None:
        model.save(vectors)
    with atomic_writer(output) as file:
        file.write(html(result, model, reviews, clusters).encode())
    return result


def text(result: DemoResult) -> str:
    """Return the result as the command prints it."""
    best, *others = result.answers
    lines = [
        f"{result.question} = {best.word}  ({best.similarity:.3f})",
        "then: " + ", ".join(f"{word} ({similarity:.3f})" for word, similarity in others),
        "",
        analogy_table(result.analogies),
        "",
        demo_reviews.text(result.reviews),
        "",
        demo_clusters.text(result.clusters),
        "",
        demo_transfer.text(result.transfer),
        "",
        f"report: {result.report}",
    ]
    return "\n".join(lines)


def html(result: DemoResult, model: Word2Vec, reviews: ReviewsRun, clusters: ClustersRun) -> str:
    """Return the page about ``result``."""
    vectors = model.vectors_
    done = result.training
    best = result.answers[0]
    scores = {
        section.name: (section.correct, section.asked)
        for section in (*result.analogies.sections, result.analogies.total)
    }
    neighbours = {
        word: report.table(
            ("word", "cosine"), [(w, float(s)) for w, s in vectors.most_similar(word, topn=8)]
        )
        for word in ASKED
    }
    return report.page(
        "wordgraft: a toy world in vectors",
        [
            f'<p class="faint">{_story(done)}</p>',
            f'<p class="headline">{result.question} = <b>{best.word}</b> '
            f'<span class="faint">cosine {best.similarity:.3f}</span></p>',
            report.heading(
                "Steps that mean the same are parallel",
                "Each picture is the plane in which its words differ most (PCA of unit vectors). "
                "A line joins the two words of a pair: man and woman, capital and country.",
            ),
            f'<div class="maps">{_pair_maps(vectors)}</div>',
            report.heading(
                "The world at a glance",
                "Words that keep the same company lie together. "
                "Rest the pointer on a dot to see its word.",
            ),
            _overview(vectors),
            report.heading(
                "Analogies",
                "a is to b as c is to which word? Every two true pairs, answered among all words.",
            ),
            report.score_bars(scores),
            report.heading("Nearest words", "By cosine similarity."),
            report.cards(neighbours),
            report.heading("Training", "Mean loss per pair in each pass over the text, in nats."),
            report.curve([record.loss for record in model.history_], x="epoch", y="loss per pair"),
            *demo_reviews.html(reviews),
            *demo_clusters.html(clusters),
            *demo_transfer.html(result.transfer),
        ],
    )


def _story(done: TrainingSummary) -> str:
    return (
        f"A generator made {done.words_trained // done.epochs:,} words about a small world. "
        f"Skip-gram read them {done.epochs} times in {console.duration(done.seconds)} "
        f"({done.words_per_second:,.0f} words per second) and gave each of {done.words:,} words "
        f"{done.vector_size} numbers. Nobody told it what a king, a capital or a past tense is."
    )


def _pair_maps(vectors: WordVectors) -> str:
    pairs = toyworld.pairs()
    shown = (
        ("Men and women", "family", ("he", "she")),
        ("Countries and capitals", "capital-country", ("capital", "country")),
        ("Adjectives compared", "gram1-comparative", ("plain", "comparative")),
        ("Verbs in time", "gram3-past-tense", ("present", "past")),
    )
    maps: list[str] = []
    for title, section, names in shown:
        ties = pairs[section][:12]
        groups = {name: [pair[i] for pair in ties] for i, name in enumerate(names)}
        maps.append(report.word_map(title, groups, _places(vectors, groups.values()), ties=ties))
    return "".join(maps)


def _overview(vectors: WordVectors) -> str:
    every = toyworld.groups()
    groups = {
        "people": every["people"],
        "countries": every["countries"],
        "capitals": every["capitals"],
        "nationalities": every["nationalities"],
        "adjectives": every["adjectives"],
        "verbs": every["verbs"],
        "things and animals": every["things"] + every["animals"],
        "professions": every["professions"],
    }
    named = {"things", "animals", *groups}
    groups["topics"] = [word for name in every if name not in named for word in every[name]]
    places = _places(vectors, groups.values())
    return report.word_map("All forms of the world", groups, places, width=1100, height=760)


def _places(
    vectors: WordVectors, groups: Iterable[Sequence[str]]
) -> dict[str, tuple[float, float]]:
    words = [word for group in groups for word in group]
    flat = report.plane(vectors[words])
    return {word: (float(x), float(y)) for word, (x, y) in zip(words, flat, strict=True)}
