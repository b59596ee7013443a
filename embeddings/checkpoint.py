"""A training run's folder: mark, encoded corpus and newest state, each whole or not there.

``run.json`` says which run the folder belongs to. It is written before anything else, so that
whatever a killed run left is never taken for that of another one.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .arrayfile import check_sums, open_arrays, write_arrays
from .atomic import atomic_writer
from .encoded import META_FILE, EncodedCorpus, open_encoded
from .errors import CheckpointError, OutputError, VectorFormatError
from .formats.native_subwords import subword_parts
from .learnt import Learnt
from .settings import Settings
from .training import Position
from .weights import Weights

RUN_FILE = "run.json"
STATE_FILE = "state.safetensors"
CORPUS_FOLDER = "corpus"
_MAY_DIFFER = ("workers",)


@dataclass(frozen=True)
class Mark:
    """What a run must have in common with the one it resumes.

    Attributes:
        settings: All settings but those that may differ.
        train_only: "all" or "new".
        model: Digest of the model that training goes on from; ``None`` for a new one.
        corpus: Fingerprint of the corpus; ``None`` for text from memory or a stream.
    """

    settings: dict[str, Any]
    train_only: str
    model: str | None
    corpus: str | None

    @classmethod
    def of(
        cls, settings: Settings, *, train_only: str, previous: Learnt | None, corpus: str | None
    ) -> Mark:
        """Return the mark of a run."""
        kept = {n: v for n, v in settings.as_dict().items() if n not in _MAY_DIFFER}
        return cls(kept, train_only, None if previous is None else _digest(previous), corpus)

    def differences(self, found: Mark) -> list[str]:
        """Return what ``found``, the mark in a folder, has otherwise, as a person would say it."""
        names = [*self.settings, *(n for n in found.settings if n not in self.settings)]
        wanted, had = self.settings | {"train_only": self.train_only}, found.settings
        had = had | {"train_only": found.train_only}
        told = [
            f"{name}={wanted.get(name)!r} instead of {had.get(name)!r}"
            for name in (*names, "train_only")
            if wanted.get(name) != had.get(name)
        ]
        if self.model != found.model:
            was = "a new model" if found.model is None else "going on from a model"
            now = "a new model" if self.model is None else "going on from another one"
            told.append(f"{now} instead of {was}")
        return told


class Checkpoint:
    """The folder of one training run.

    Args:
        folder: Made when the run begins.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self._made = False

    @property
    def corpus(self) -> Path:
        """Where the encoded corpus is."""
        return self.folder / CORPUS_FOLDER

    @property
    def has_corpus(self) -> bool:
        """Whether the encoded corpus is whole."""
        return (self.corpus / META_FILE).exists()

    @property
    def has_state(self) -> bool:
        """Whether there is a state to resume from."""
        return (self.folder / STATE_FILE).exists()

    def begin(self, mark: Mark) -> None:
        """Make the folder a new run's: what another run left there is removed.

        Raises:
            OutputError: The folder can't be made or written.
        """
        try:
            self._made = not self.folder.is_dir()
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / STATE_FILE).unlink(missing_ok=True)
            (self.corpus / META_FILE).unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"{self.folder}: can't keep checkpoints here ({error.strerror or error})"
            ) from error
        with atomic_writer(self.folder / RUN_FILE) as file:
            file.write(json.dumps(asdict(mark)).encode())

    def encoded(self, mark: Mark) -> EncodedCorpus | None:
        """Return the encoded corpus of the interrupted run; ``None`` if it got not so far.

        Raises:
            CheckpointError: There is nothing to resume, or it belongs to another run.
        """
        if not self.folder.is_dir():
            raise CheckpointError(
                f"{self.folder}: nothing to resume: no such folder. Start without resume"
            )
        if not (self.folder / RUN_FILE).exists():
            if self.has_corpus or self.has_state:
                raise CheckpointError(
                    f"{self.folder}: {RUN_FILE} is missing, so nobody knows which run this was. "
                    "Start without resume"
                )
            self.begin(mark)  # killed before it had begun
            return None
        found = self._mark()
        differing = mark.differences(found)
        if differing:
            raise CheckpointError(
                f"{self.folder} belongs to a run with other settings: {', '.join(differing)}. Give "
                "the same settings, or start without resume"
            )
        if mark.corpus != found.corpus:
            raise CheckpointError(
                f"{self.folder} belongs to another corpus or tokeniser, or the files have changed "
                "since. Give the same corpus, or start without resume"
            )
        return open_encoded(self.corpus) if self.has_corpus else None

    def _mark(self) -> Mark:
        path = self.folder / RUN_FILE
        try:
            found = Mark(**json.loads(path.read_bytes()))
            if not isinstance(found.settings, dict):
                raise TypeError("its settings must be an object")
        except (OSError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"{path}: the checkpoint is damaged ({error}). Remove {self.folder} and start again"
            ) from error
        return found

    def forget_if_empty(self) -> None:
        """Remove the mark, and the folder if it was made for it, where nothing can be resumed."""
        if self.has_corpus or self.has_state:
            return
        with suppress(OSError):
            (self.folder / RUN_FILE).unlink(missing_ok=True)
            self.corpus.rmdir()
        if self._made:
            with suppress(OSError):
                self.folder.rmdir()

    def save(self, weights: Weights, position: Position, digest: str) -> None:
        """Write the state in place of an older one.

        Raises:
            OutputError: It can't be written; the older one is still whole.
        """
        state = {"position": position.as_dict(), "digest": digest}
        write_arrays(
            self.folder / STATE_FILE,
            {"inputs": weights.rows(weights.inputs), "outputs": weights.rows(weights.outputs)},
            metadata={"wordgraft.training": json.dumps(state)},
        )

    def restore(self, weights: Weights, digest: str) -> Position | None:
        """Fill ``weights`` from the state; ``None`` when the run was stopped before the first one.

        Raises:
            CheckpointError: The state is damaged, or belongs to another text.
        """
        path = self.folder / STATE_FILE
        if not path.exists():
            return None
        try:
            opened = open_arrays(path)
            check_sums(opened)
            state: dict[str, Any] = json.loads(opened.metadata["wordgraft.training"])
            position, found = Position.from_dict(state["position"]), state["digest"]
            arrays = opened.arrays["inputs"], opened.arrays["outputs"]
        except (VectorFormatError, KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"{path}: the checkpoint is damaged ({error}). Remove {self.folder} and start again"
            ) from error
        targets = weights.rows(weights.inputs), weights.rows(weights.outputs)
        if found != digest or any(a.shape != t.shape for a, t in zip(arrays, targets, strict=True)):
            raise CheckpointError(
                f"{path} was written for other text than {self.corpus} holds. Give the same "
                "corpus, or start without resume"
            )
        for target, array in zip(targets, arrays, strict=True):
            np.copyto(target, array)
        return position


def _digest(model: Learnt) -> str:
    found = hashlib.sha256("\n".join(model.vocabulary.words).encode())
    ngrams = subword_parts(model.vectors.subwords).arrays.values()
    for array in (model.vocabulary.counts, model.vectors.vectors, model.context, *ngrams):
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()
