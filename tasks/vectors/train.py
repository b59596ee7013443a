"""Train word vectors end to end: from a corpus to one file, safely."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...embeddings.atomic import ensure_writable
from ...embeddings.corpus import Corpus
from ...embeddings.encoding import EncodingProgress
from ...embeddings.errors import CheckpointError, ConfigurationError
from ...embeddings.fasttext import FastText, load_model
from ...embeddings.phrases import learn_phrases
from ...embeddings.word2vec import TrainingProgress, Word2Vec


@dataclass(frozen=True)
class TrainingSummary:
    """What a training run made.

    Attributes:
        output: The file of vectors; ``None`` where they were not kept.
        words: Number of words V.
        vector_size: Length of each vector D.
        epochs: Passes over the corpus.
        words_trained: Words of the corpus times epochs.
        seconds: Time of the epochs alone, without encoding the corpus.
        words_per_second: Over all epochs.
        loss: Mean loss per pair in the last epoch.
    """

    output: Path | None
    words: int
    vector_size: int
    epochs: int
    words_trained: int
    seconds: float
    words_per_second: float
    loss: float


def checkpoint_folder(output: str | os.PathLike[str]) -> Path:
    """Return where a run that writes ``output`` keeps its tokens and checkpoints."""
    return Path(f"{os.fspath(output)}.checkpoint")


def run(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    settings: Mapping[str, Any],
    subword: bool = False,
    tokenizer: str | None = None,
    lower: bool | None = None,
    text_field: str = "text",
    errors: str = "strict",
    phrases: bool = False,
    continue_from: str | os.PathLike[str] | None = None,
    train_only: str = "all",
    checkpoint_every: float | None = None,
    resume: bool = False,
    progress: Callable[[TrainingProgress], None] | None = None,
    encoding_progress: Callable[[EncodingProgress], None] | None = None,
) -> TrainingSummary:
    """Train vectors on ``source`` and write them to ``output``.

    While it runs, ``OUTPUT.checkpoint/`` holds the encoded corpus and the checkpoints; it is
    removed after success and left after an interruption, for ``resume``.

    Args:
        source: What :class:`Corpus` takes: a path, a folder, ``-`` for standard input.
        output: File to write; replaced whole where it exists.
        settings: Arguments of :class:`Word2Vec` or :class:`FastText` by name; what is missing has
            its default, or, when continuing, the value of the file.
        subword: Train with character n-grams. When continuing, the file decides.
        tokenizer: Name of a tokeniser; ``None`` is the default one or, when continuing, the file's.
        lower: Lower-case the text or not; ``None`` leaves it to the tokeniser.
        text_field: Field of JSONL records that holds the text.
        errors: What to do with bytes that are no UTF-8: "strict", "replace" or "ignore".
        phrases: Learn collocations first (one more pass over the corpus) and join them: new_york.
        continue_from: File written by an earlier run, to train on.
        train_only: "new" leaves the words of ``continue_from`` untouched.
        checkpoint_every: Seconds between checkpoints; ``None`` writes one only on an interruption.
        resume: Go on from the checkpoint of an interrupted run with the same options.
        progress: Called a few times per second while training.
        encoding_progress: Likewise while the corpus is read.

    Raises:
        ConfigurationError: Settings out of range or in contradiction, all of them.
        OutputError: ``output`` can't be written: found out before any work.
        CheckpointError: Something to resume is there but wasn't asked for, or the reverse.
        TrainingInterrupted: On Ctrl-C, after a checkpoint was written.
    """
    _check_contradictions(
        source, phrases=phrases, continue_from=continue_from, train_only=train_only
    )
    _check_subwords(settings, subword=subword, continue_from=continue_from)
    ensure_writable(output)
    folder = checkpoint_folder(output)
    if not resume and folder.exists():
        raise CheckpointError(
            f"{folder} holds an unfinished run. Pass --resume to finish it, or remove the folder"
        )
    spec: str | Mapping[str, Any] | None = tokenizer
    if continue_from is None:
        model = (FastText if subword else Word2Vec)(**settings)
    else:
        model, known = _continued(continue_from, settings)
        spec = tokenizer if tokenizer is not None else known
    corpus = Corpus(source, tokenizer=spec, lower=lower, text_field=text_field, errors=errors)
    if phrases:
        joined = learn_phrases(corpus, min_count=model.min_count)
        corpus = Corpus(source, tokenizer=joined, text_field=text_field, errors=errors)
    try:
        model.fit(
            corpus,
            continue_training=continue_from is not None,
            train_only=train_only,
            checkpoint=folder,
            checkpoint_every=checkpoint_every,
            resume=resume,
            progress=progress,
            encoding_progress=encoding_progress,
        )
    except BaseException:
        if folder.is_dir() and not any(path.is_file() for path in folder.rglob("*")):
            shutil.rmtree(folder, ignore_errors=True)  # nothing was kept: nothing to resume
        raise
    model.save(output)
    shutil.rmtree(folder, ignore_errors=True)
    return summary(model, output)


def summary(model: Word2Vec, output: str | os.PathLike[str] | None = None) -> TrainingSummary:
    """Return what there is to say about a trained model, written to ``output`` or not at all."""
    history = model.history_
    words = sum(record.words for record in history)
    seconds = sum(record.seconds for record in history)
    return TrainingSummary(
        output=None if output is None else Path(output),
        words=len(model.vectors_),
        vector_size=model.vectors_.vector_size,
        epochs=len(history),
        words_trained=words,
        seconds=seconds,
        words_per_second=words / seconds if seconds else 0.0,
        loss=history[-1].loss,
    )


def _check_contradictions(
    source: str | os.PathLike[str],
    *,
    phrases: bool,
    continue_from: str | os.PathLike[str] | None,
    train_only: str,
) -> None:
    problems: list[str] = []
    if train_only != "all" and continue_from is None:
        problems.append(f"--train-only {train_only} needs --continue-from: all words are new")
    if phrases and os.fspath(source) == "-":
        problems.append("--phrases reads the corpus twice, which standard input can't be")
    if phrases and continue_from is not None:
        problems.append("--phrases contradicts --continue-from: the file's tokeniser knows its own")
    if problems:
        raise ConfigurationError(*problems)


def _check_subwords(
    settings: Mapping[str, Any], *, subword: bool, continue_from: str | os.PathLike[str] | None
) -> None:
    names = ["subword"] * subword + [n for n in ("min_n", "max_n", "bucket") if n in settings]
    options = ", ".join(f"--{name.replace('_', '-')}" for name in names)
    if continue_from is None:
        if names and not subword:
            raise ConfigurationError(f"{options}: n-grams are trained with --subword alone")
    elif names and not isinstance(load_model(continue_from), FastText):
        raise ConfigurationError(
            f"{options} contradicts --continue-from: {continue_from} was trained without n-grams"
        )


def _continued(
    path: str | os.PathLike[str], settings: Mapping[str, Any]
) -> tuple[Word2Vec, Mapping[str, Any] | None]:
    """Return the model of ``path`` with ``settings`` changed, and how its text was tokenised."""
    model = load_model(path)
    for name, value in settings.items():
        setattr(model, name, value)
    spec = model.vectors_.tokenizer
    # Token lists say nothing about how text is cut.
    return model, None if spec is None or spec["name"] == "pretokenized" else spec
