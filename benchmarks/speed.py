"""Speed of training alone: against gensim, by the number of workers, in step."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from .peer import COMMON, Trainer
from .records import Check, Measurement, mean, median
from .workplace import TokenFile, Workplace

_CALIBRATION = 150_000


class OwnTrainer:
    """wordgraft's training alone, over and over, through ``Word2Vec.fit``.

    ``fit`` reads the corpus first; only the epochs count. Their CPU time is taken between the first
    and the last report of progress.

    Args:
        text: The corpus.
        folder: For the encoded corpus, from which the vocabulary is taken.
    """

    def __init__(self, text: TokenFile, folder: Path) -> None:
        from wordgraft import Corpus
        from wordgraft.embeddings.encoding import encode

        self._text = text
        self._corpus = Corpus(text.path, tokenizer="whitespace")
        encoded = encode(self._corpus, folder / "encoded", min_count=COMMON["min_count"])
        counts = encoded.vocabulary.counts.tolist()
        self.counts: dict[str, int] = dict(zip(encoded.vocabulary.words, counts, strict=True))
        self.tokens = len(encoded.tokens)

    def warm_up(self, settings: Mapping[str, Any]) -> None:
        """Load or compile the kernels on a few sentences."""
        with self._text.path.open(encoding="utf-8") as file:
            little = [line.split() for line in islice(file, 50)]
        _model({**settings, "min_count": 1}, epochs=1).fit(little)

    def train(self, settings: Mapping[str, Any], *, epochs: int = 1) -> dict[str, float]:
        """Train from fresh weights and return seconds and words of the epochs."""
        reports: list[tuple[float, int]] = []
        model = _model(settings, epochs=epochs)
        model.fit(
            self._corpus,
            progress=lambda state: reports.append((time.process_time(), state.words_done)),
        )
        history = model.history_
        assert [record.epoch for record in history] == list(range(1, epochs + 1))
        (cpu_first, words_first), (cpu_last, words_last) = reports[0], reports[-1]
        words = sum(record.words for record in history)
        between = words_last - words_first  # 0 where all was done before the first report
        spent = (cpu_last - cpu_first) / between if between else math.nan
        return {
            "seconds": sum(record.seconds for record in history),
            "cpu_seconds": spent * words,
            "words": words,
            "loss": history[-1].loss,
        }

    def write_part(self, path: Path, *, stride: int) -> int:
        """Write every ``stride``-th sentence without rare words; return the number of tokens."""
        known, written = self.counts, 0
        with self._text.path.open(encoding="utf-8") as file, path.open("w") as out:
            for line in islice(file, 0, None, stride):
                words = [word for word in line.split() if word in known]
                out.write(" ".join(words) + "\n")
                written += len(words)
        return written


def training(
    place: Workplace, *, corpus: str, target: float, epochs: int = 1, **settings: Any
) -> Measurement:
    """Compare words/s of training with gensim's, in turns.

    Args:
        place: Where and how much.
        corpus: "wiki" or "imdb".
        target: Least ratio.
        epochs: Ours at a time, so that fast trainings take seconds too.
        **settings: What differs from :data:`COMMON`.
    """
    chosen = {**COMMON, **settings}
    text = place.corpus(corpus)
    ours = OwnTrainer(text, place.scratch)
    theirs = Trainer(chosen, ours.counts)
    start_up, part, words = calibrated(theirs, ours, place, lines=text.lines)
    ours.warm_up(chosen)
    pairs: list[dict[str, dict[str, float]]] = []
    for _ in range(place.scale.repetitions):
        peer = theirs.train(part, words)
        peer["seconds"] -= start_up
        own = ours.train(chosen, epochs=epochs)
        pairs.append({"gensim": with_speed(peer), "wordgraft": with_speed(own)})
    speeds = {
        side: median(pair[side]["words_per_second"] for pair in pairs) / 1e6
        for side in ("gensim", "wordgraft")
    }
    cpu = {
        side: median(1e6 * pair[side]["cpu_seconds"] / pair[side]["words"] for pair in pairs)
        for side in ("gensim", "wordgraft")
    }
    ratios = tuple(
        pair["wordgraft"]["words_per_second"] / pair["gensim"]["words_per_second"] for pair in pairs
    )
    return Measurement(
        compared=(
            "training alone, words of the vocabulary passed over per second (before subsampling), "
            "two workers each, in turns, the median of the pairs' ratios. Both have the vocabulary "
            "of the whole corpus. wordgraft trains on the whole corpus, read before; gensim "
            "through train(corpus_file=...) on every n-th line of it without rare words, enough "
            "for eight seconds or more, with what it takes to start on one line taken off"
        ),
        cache="warm",
        settings=chosen,
        figures={
            "vocabulary": len(ours.counts),
            "tokens_wordgraft": ours.tokens,
            "epochs_wordgraft": epochs,
            "tokens_gensim": words,
            "gensim_start_up_seconds": start_up,
            "gensim_fast_version": _fast_version(),
            "pairs": pairs,
        },
        checks=(
            Check(
                name="words/s",
                value=median(ratios),
                unit="x",
                target=target,
                ours=speeds["wordgraft"],
                peer=speeds["gensim"],
                sides="M words/s",
                each=ratios,
            ),
            Check(
                name="CPU seconds per million words",
                value=cpu["gensim"] / cpu["wordgraft"],
                unit="x",
                ours=cpu["wordgraft"],
                peer=cpu["gensim"],
                sides="s",
            ),
        ),
    )


def scaling(place: Workplace, *, corpus: str) -> Measurement:
    """Compare two workers with one, and ``deterministic=True`` with the default, in turns."""
    text = place.corpus(corpus)
    ours = OwnTrainer(text, place.scratch)
    variants: dict[str, dict[str, Any]] = {
        "one worker": {**COMMON, "workers": 1},
        "default": dict(COMMON),
        "deterministic": {**COMMON, "deterministic": True},
    }
    for settings in variants.values():
        ours.warm_up(settings)
    rounds = [
        {name: with_speed(ours.train(settings)) for name, settings in variants.items()}
        for _ in range(place.scale.repetitions)
    ]
    speed = {name: [one[name]["words_per_second"] / 1e6 for one in rounds] for name in variants}
    two = tuple(a / b for a, b in zip(speed["default"], speed["one worker"], strict=True))
    step = tuple(a / b for a, b in zip(speed["deterministic"], speed["default"], strict=True))
    return Measurement(
        compared=(
            "wordgraft with itself: words/s of training skip-gram with negative sampling, D=100, "
            "on the whole corpus, in turns, the median of each round's ratio"
        ),
        cache="warm",
        settings=COMMON,
        figures={"tokens": ours.tokens, "rounds": rounds},
        checks=(
            Check(
                name="two workers over one",
                value=median(two),
                unit="x",
                target=1.8,
                ours=median(speed["default"]),
                sides="M words/s",
                each=two,
            ),
            Check(
                name="deterministic over default",
                value=median(step),
                unit="x",
                target=0.6,
                ours=median(speed["deterministic"]),
                sides="M words/s",
                each=step,
            ),
            Check(
                name="one worker",
                value=median(speed["one worker"]),
                unit="M words/s",
                each=tuple(speed["one worker"]),
            ),
        ),
    )


def _model(settings: Mapping[str, Any], *, epochs: int) -> Any:
    from wordgraft import FastText, Word2Vec

    return (FastText if "bucket" in settings else Word2Vec)(**settings, epochs=epochs, seed=1)


def calibrated(
    theirs: Trainer, ours: OwnTrainer, place: Workplace, *, lines: int
) -> tuple[float, Path, int]:
    """Return gensim's time to start, and a text that keeps it busy for as long as wanted."""
    part = place.scratch / "part.txt"
    one = ours.write_part(part, stride=lines)
    start_up = mean([theirs.train(part, one)["seconds"] for _ in range(3)])
    few = ours.write_part(part, stride=max(1, ours.tokens // _CALIBRATION))
    tried = theirs.train(part, few)
    speed = tried["words"] / max(1e-3, tried["seconds"] - start_up)
    wanted = min(ours.tokens, speed * place.scale.peer_seconds)
    return start_up, part, ours.write_part(part, stride=max(1, round(ours.tokens / wanted)))


def with_speed(found: dict[str, float]) -> dict[str, float]:
    return {**found, "words_per_second": found["words"] / found["seconds"]}


def _fast_version() -> int:
    from gensim.models import word2vec

    return int(word2vec.FAST_VERSION)
