"""Quality at equal settings: the mean of several seeds, against gensim's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from . import own, peer
from .peer import COMMON
from .records import Check, Measurement, deviation, mean, plain, read_json, write_json
from .workplace import TokenFile, Workplace, data_file

Scores = dict[str, Any]
BARS = {"WordSim-353": 0.01, "SimLex-999": 0.01, "analogies": 0.01}
SHOWN = ("analogies, semantic", "analogies, syntactic")


def measure(
    place: Workplace, *, corpus: str, trainings: int | None = None, **settings: Any
) -> Measurement:
    """Compare mean scores over seeds; parts measured before are taken from where they are kept.

    Args:
        place: Where and how much.
        corpus: "wiki" or "imdb".
        trainings: How many of the seeds, where a training of the peer takes an hour; ``None``
            for all.
        **settings: What differs from :data:`.peer.COMMON`. gensim has no ``deterministic``.
    """
    chosen = {**COMMON, **settings}
    text = place.corpus(corpus)
    seeds = place.scale.seeds[:trainings]
    theirs = [peer_scores(place, text, chosen, seed) for seed in seeds]
    own.warm_up(place, text, chosen)
    mine = [own_scores(place, text, chosen, seed) for seed in seeds]
    checks: list[Check] = []
    for name in (*BARS, *SHOWN):
        ours, other = _of(mine, name), _of(theirs, name)
        bar = BARS.get(name)
        checks.append(
            Check(
                name=name,
                value=mean(ours) - mean(other),
                unit="difference",
                target=None if bar is None else -bar,
                ours=mean(ours),
                peer=mean(other),
                sides="score",
                each=tuple(a - b for a, b in zip(ours, other, strict=True)),
            )
        )
    return Measurement(
        compared=(
            f"wordgraft minus gensim, means over seeds {', '.join(map(str, seeds))}: "
            "Spearman's correlation on WordSim-353 and SimLex-999 (covered pairs), share of right "
            "answers among the Google analogies (3CosAdd, the 30,000 most frequent words); both by "
            f"wordgraft's evaluation; {place.scale.epochs} epochs. CBOW: alpha .075 in wordgraft "
            "(its step is shared among the contexts), .025 in gensim, each its default"
        ),
        cache="warm",
        settings=chosen,
        figures={
            "tokens": text.tokens,
            "sha256": text.sha256,
            "wordgraft": mine,
            "gensim": theirs,
            "deviations": {
                name: {
                    "wordgraft": deviation(_of(mine, name)),
                    "gensim": deviation(_of(theirs, name)),
                }
                for name in (*BARS, *SHOWN)
            },
        },
        checks=tuple(checks),
    )


def own_scores(place: Workplace, text: TokenFile, settings: Mapping[str, Any], seed: int) -> Scores:
    """Return the scores of a training by the present sources."""
    kept = _own_place(place, text, settings, seed)
    found = read_json(kept)
    if found is None:
        _, output = own.train(place, text.path, settings=settings, seed=seed)
        found = keep_own(place, text, settings, seed, output)
        output.unlink()
    return found


def peer_scores(
    place: Workplace, text: TokenFile, settings: Mapping[str, Any], seed: int
) -> Scores:
    """Return the scores of gensim's training; it is run only where no result is kept."""
    kept = _peer_place(place, text, settings, seed)
    found = read_json(kept)
    if found is None:
        output = place.scratch / f"gensim-{seed}.kv"
        done = peer.whole_process(
            text.path,
            output,
            settings=settings,
            epochs=place.scale.epochs,
            seed=seed,
            timeout=4 * own.TIMEOUT,  # it may run beside other work: only its result counts
            environment=place.environment,
        )
        found = keep_peer(place, text, settings, seed, output, seconds=done.seconds)
    return found


def keep_own(
    place: Workplace, text: TokenFile, settings: Mapping[str, Any], seed: int, output: Path
) -> Scores:
    """Score a file that ``wordgraft train`` wrote and keep the scores."""
    from wordgraft import load_vectors

    found = plain({"seed": seed, **score(load_vectors(output))})
    write_json(_own_place(place, text, settings, seed), found)
    return found


def keep_peer(
    place: Workplace,
    text: TokenFile,
    settings: Mapping[str, Any],
    seed: int,
    output: Path,
    *,
    seconds: float,
) -> Scores:
    """Score a file that gensim wrote and keep the scores."""
    from wordgraft import WordVectors

    words, matrix = peer.load(output)
    found = plain({"seed": seed, **score(WordVectors(words, matrix))})
    about = {
        **found,
        "measured_at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),  # of a process perhaps among others: no measure of speed
        "key": _peer_key(place, text, settings, seed),
    }
    write_json(_peer_place(place, text, settings, seed), plain(about))
    for file in output.parent.glob(f"{output.name}*"):
        file.unlink()
    return about


def score(vectors: Any) -> Scores:
    """Return the scores of vectors on the three sets, with coverage and sections."""
    from wordgraft import evaluate_analogies, evaluate_similarity

    found: Scores = {"vocabulary": len(vectors)}
    for name, file in (("WordSim-353", "EN-WS-353-ALL.txt"), ("SimLex-999", "EN-SIMLEX-999.txt")):
        report = evaluate_similarity(vectors, data_file(f"wordsim/{file}"))
        found[name] = report.spearman
        found[f"{name} covered"] = report.covered
    analogies = evaluate_analogies(
        vectors, data_file("analogy/questions-words.txt.gz"), restrict_vocab=30_000
    )
    found["analogies"] = analogies.total.accuracy
    found["analogies asked"] = analogies.total.asked
    found["analogies, semantic"] = analogies.semantic.accuracy
    found["analogies, syntactic"] = analogies.syntactic.accuracy
    found["sections"] = {s.name: s.accuracy for s in analogies.sections}
    return found


def _of(scores: list[Scores], name: str) -> list[float]:
    return [math.nan if one[name] is None else float(one[name]) for one in scores]


def _kind(settings: Mapping[str, Any]) -> str:
    return f"{'subword-' if 'bucket' in settings else ''}{settings['model']}"


def _own_place(place: Workplace, text: TokenFile, settings: Mapping[str, Any], seed: int) -> Path:
    key = {
        "sources": place.state(),
        "text": text.sha256,
        "settings": dict(settings),
        "epochs": place.scale.epochs,
        "seed": seed,
    }
    return place.kept(f"wordgraft-{text.name}-{_kind(settings)}-seed{seed}", key)


def _peer_place(place: Workplace, text: TokenFile, settings: Mapping[str, Any], seed: int) -> Path:
    key = _peer_key(place, text, settings, seed)
    return place.kept(f"{text.name}-{_kind(settings)}-seed{seed}", key, shared=True)


def _peer_key(
    place: Workplace, text: TokenFile, settings: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    given = peer.arguments(settings, epochs=place.scale.epochs, seed=seed)
    return {"gensim": version("gensim"), "text": text.sha256, "settings": given}
