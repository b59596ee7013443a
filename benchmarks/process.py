"""The whole command, from a text file to a saved file, against gensim doing the same."""

from __future__ import annotations

import shutil
from typing import Any

from . import own, peer, quality
from .commands import Finished
from .peer import COMMON
from .records import Check, Measurement, median
from .workplace import TokenFile, Workplace


def measure(place: Workplace, *, corpus: str, cold: bool) -> Measurement:
    """Compare the whole process with gensim's; scores of both are kept for the quality rows.

    Args:
        place: Where and how much.
        corpus: "wiki" or "imdb".
        cold: Run once more with an empty kernel cache.
    """
    text = place.corpus(corpus)
    own.warm_up(place, text, COMMON)
    seeds = place.scale.seeds
    mine = [_own(place, text, seeds[0])]
    theirs = _peer(place, text, seeds[0])
    mine += [_own(place, text, seed) for seed in seeds[1:]]
    figures: dict[str, Any] = {
        "tokens": text.tokens,
        "sha256": text.sha256,
        "epochs": place.scale.epochs,
        "wordgraft": [_figures(done) for done in mine],
        "gensim": [_figures(theirs)],
    }
    each = tuple(theirs.seconds / done.seconds for done in mine)
    warm = median(done.seconds for done in mine)
    checks = [
        Check(
            name="wall clock, warm kernel cache",
            value=theirs.seconds / warm,
            unit="x",
            target=7.0,
            ours=warm,
            peer=theirs.seconds,
            sides="s",
            each=each,
        ),
        Check(
            name="CPU time",
            value=theirs.cpu_seconds / median(done.cpu_seconds for done in mine),
            unit="x",
            ours=median(done.cpu_seconds for done in mine),
            peer=theirs.cpu_seconds,
            sides="s",
        ),
    ]
    if cold:
        empty = place.scratch / "numba-empty"
        empty.mkdir()
        done, output = own.train(place, text.path, settings=COMMON, seed=seeds[0], cache=empty)
        output.unlink()
        shutil.rmtree(empty)
        figures["wordgraft_cold"] = _figures(done)
        checks.append(
            Check(
                name="wall clock, empty kernel cache",
                value=theirs.seconds / done.seconds,
                unit="x",
                ours=done.seconds,
                peer=theirs.seconds,
                sides="s",
            )
        )
    runs = f"{len(mine)} runs" if len(mine) > 1 else "1 run"
    return Measurement(
        compared=(
            f"the process `wordgraft train` ({runs}, the median) and a Python process with "
            "Word2Vec(corpus_file=...) and wv.save (1 run: it takes minutes), wall clock from "
            f"start to exit, the same file of tokens, skip-gram with negative sampling, D=100, "
            f"{place.scale.epochs} epochs, two workers"
        ),
        cache="warm and cold" if cold else "warm",
        settings=COMMON,
        figures=figures,
        checks=tuple(checks),
    )


def _own(place: Workplace, text: TokenFile, seed: int) -> Finished:
    done, output = own.train(place, text.path, settings=COMMON, seed=seed)
    quality.keep_own(place, text, COMMON, seed, output)
    output.unlink()
    return done


def _peer(place: Workplace, text: TokenFile, seed: int) -> Finished:
    output = place.scratch / "gensim.kv"
    done = peer.whole_process(
        text.path,
        output,
        settings=COMMON,
        epochs=place.scale.epochs,
        seed=seed,
        timeout=3 * own.TIMEOUT,
        environment=place.environment,
    )
    quality.keep_peer(place, text, COMMON, seed, output, seconds=done.seconds)
    return done


def _figures(done: Finished) -> dict[str, Any]:
    told = done.json() if done.output.strip() else {}
    return {
        "seconds": done.seconds,
        "cpu_seconds": done.cpu_seconds,
        **{f"training_{name}": told[name] for name in ("seconds", "words_per_second") if told},
    }
