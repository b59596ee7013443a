"""fastText's own program, run by a Python of its own: it needs an older NumPy than ours.

``WORDGRAFT_FASTTEXT_PYTHON`` names that Python: ``pip install fasttext-wheel "numpy<2"`` in a
virtual environment makes one. Without it the rows are skipped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import own
from .commands import CommandError, Finished, run
from .peer import COMMON
from .quality import BARS, SHOWN, own_scores, score
from .records import HOME, Check, Measurement, mean, median, plain, read_json, write_json
from .rows import PARTS
from .speed import OwnTrainer, with_speed
from .workplace import MissingPeerError, TokenFile, Workplace

VARIABLE = "WORDGRAFT_FASTTEXT_PYTHON"
RATE = 0.05
"""fastText's default learning rate for both models; in skip-gram ours too, for its step is ours."""
_TIMEOUT = 4 * 3600.0
_CALIBRATION = 400_000


def arguments(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same settings under fastText's names; it takes no seed."""
    return {
        "model": settings["model"],
        "dim": settings["vector_size"],
        "ws": settings["window"],
        "minCount": settings["min_count"],
        "neg": settings["negative"],
        "t": settings["sample"],
        "minn": settings["min_n"],
        "maxn": settings["max_n"],
        "bucket": settings["bucket"],
        "thread": settings["workers"],
        "lr": RATE,
    }


def training(place: Workplace, *, corpus: str, target: float) -> Measurement:
    """Compare words/s of skip-gram with n-grams with fastText's, in turns.

    Args:
        place: Where and how much.
        corpus: "wiki" or "imdb".
        target: Least ratio.

    Raises:
        MissingPeerError: No Python with fastText is named.
    """
    python = python_with_fasttext(place)
    chosen = {**COMMON, **PARTS, "alpha": RATE}
    text = place.corpus(corpus)
    ours = OwnTrainer(text, place.scratch)
    part = place.scratch / "part.txt"
    few = ours.write_part(part, stride=max(1, ours.tokens // _CALIBRATION))
    tried = _speed(python, place, part, chosen, few)
    wanted = min(ours.tokens, tried["words_per_second"] * place.scale.peer_seconds)
    words = ours.write_part(part, stride=max(1, round(ours.tokens / wanted)))
    ours.warm_up(chosen)
    pairs: list[dict[str, dict[str, float]]] = []
    for _ in range(place.scale.repetitions):
        peer = _speed(python, place, part, chosen, words)
        pairs.append({"fasttext": peer, "wordgraft": with_speed(ours.train(chosen))})
    speeds = {
        side: median([pair[side]["words_per_second"] for pair in pairs]) / 1e6
        for side in ("fasttext", "wordgraft")
    }
    ratios = tuple(
        pair["wordgraft"]["words_per_second"] / pair["fasttext"]["words_per_second"]
        for pair in pairs
    )
    return Measurement(
        compared=(
            "training alone, skip-gram with n-grams of 3 to 6 characters, two million buckets, "
            "D=100, words/s, two workers each, in turns, the median of the pairs' ratios. "
            "wordgraft trains on the whole corpus; fastText (in the peer's column) through "
            "train_unsupervised on every n-th line of it without rare words, its time for two "
            "epochs less that for one, so that reading and first weights don't count"
        ),
        cache="warm",
        settings=chosen,
        figures={"tokens_wordgraft": ours.tokens, "tokens_fasttext": words, "pairs": pairs},
        checks=(
            Check(
                name="words/s",
                value=median(ratios),
                unit="x",
                target=target,
                ours=speeds["wordgraft"],
                peer=speeds["fasttext"],
                sides="M words/s",
                each=ratios,
            ),
        ),
    )


def quality(
    place: Workplace,
    *,
    corpus: str,
    trainings: int | None = None,
    epochs: int | None = None,
    **settings: Any,
) -> Measurement:
    """Compare mean scores over seeds; fastText's are kept, as gensim's are.

    Args:
        place: Where and how much.
        corpus: "wiki" or "imdb".
        trainings: How many of the seeds; ``None`` for all.
        epochs: Fewer than elsewhere, for one of fastText's takes a quarter of an hour.
        **settings: What differs from :data:`.peer.COMMON`.

    Raises:
        MissingPeerError: No Python with fastText is named.
    """
    python = python_with_fasttext(place)
    if epochs is not None:
        place = replace(place, scale=replace(place.scale, epochs=epochs))
    chosen = {**COMMON, **settings}
    if chosen["model"] == "skipgram":
        chosen["alpha"] = RATE
    text, seeds = place.corpus(corpus), place.scale.seeds[:trainings]
    theirs = [_scores(python, place, text, chosen, seed) for seed in seeds]
    own.warm_up(place, text, chosen)
    mine = [own_scores(place, text, chosen, seed) for seed in seeds]
    checks = [
        Check(
            name=name,
            value=mean([float(one[name]) for one in mine]) - mean([one[name] for one in theirs]),
            unit="difference",
            target=-BARS[name] if name in BARS else None,
            ours=mean([float(one[name]) for one in mine]),
            peer=mean([float(one[name]) for one in theirs]),
            sides="score",
            each=tuple(a[name] - b[name] for a, b in zip(mine, theirs, strict=True)),
        )
        for name in (*BARS, *SHOWN)
    ]
    return Measurement(
        compared=(
            f"wordgraft minus fastText (in the peer's column), means over seeds "
            f"{', '.join(map(str, seeds))}, both by wordgraft's evaluation; "
            f"{place.scale.epochs} epochs, sample {chosen['sample']}; skip-gram at fastText's "
            f"default rate of {RATE}, CBOW at each program's default, for the steps differ"
        ),
        cache="warm",
        settings=chosen,
        figures={"tokens": text.tokens, "wordgraft": mine, "fasttext": theirs},
        checks=tuple(checks),
    )


def python_with_fasttext(place: Workplace) -> str:
    """Return the Python that has fastText; it is asked, so that a wrong one is told at once.

    Raises:
        MissingPeerError: None is named, or it has no fastText.
    """
    python = os.environ.get(VARIABLE)
    if not python:
        raise MissingPeerError(f"{VARIABLE} names no Python that has fastText")
    try:
        run(
            [python, "-c", "import fasttext, numpy; assert numpy.__version__ < '2'"],
            timeout=60.0,
            environment=os.environ,
            folder=place.scratch,
        )
    except (CommandError, OSError) as error:
        raise MissingPeerError(f"{VARIABLE}={python} has no fastText that works: {error}") from None
    return python


def _run(python: str, place: Workplace, given: Mapping[str, Any]) -> Finished:
    return run(
        [python, HOME / "fasttext_process.py", json.dumps(given)],
        timeout=_TIMEOUT,
        environment=os.environ,
        folder=place.scratch,
    )


def _speed(
    python: str, place: Workplace, part: Path, settings: Mapping[str, Any], words: int
) -> dict[str, float]:
    """Return the time and the speed of one epoch."""
    how = arguments({**settings, "min_count": 1})
    given = {"text": str(part), "settings": how, "epochs": [1, 2], "output": None}
    one, two = _run(python, place, given).json()["seconds"]
    return with_speed({"seconds": max(1e-3, two - one), "words": words})


def _scores(
    python: str, place: Workplace, text: TokenFile, settings: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """Return the scores of fastText's training; it is run only where no result is kept.

    Two threads make no two runs of it equal, whatever the seed: ``seed`` is the run's number.
    """
    how = arguments(settings)
    key = {"text": text.sha256, "settings": how, "epochs": place.scale.epochs, "run": seed}
    kept = place.kept(f"fasttext-{text.name}-{settings['model']}-run{seed}", key, shared=True)
    found = read_json(kept)
    if found is None:
        import numpy as np

        from wordgraft import WordVectors

        folder = place.scratch / "fasttext"
        folder.mkdir(exist_ok=True)
        epochs = [place.scale.epochs]
        given = {"text": str(text.path), "settings": how, "epochs": epochs, "output": str(folder)}
        _run(python, place, given)
        words = json.loads((folder / "words.json").read_text())
        vectors = np.load(folder / "vectors.npy")
        chosen = [row for row, word in enumerate(words) if word != "</s>"]  # ends of lines
        vectors = WordVectors([words[row] for row in chosen], vectors[chosen])
        found = plain({"seed": seed, **score(vectors), "key": key})
        write_json(kept, found)
    return found
