"""A training run's folder: the encoded corpus and the newest state, each whole or not there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from .arrayfile import check_sums, open_arrays, write_arrays
from .encoded import EncodedCorpus, open_encoded
from .errors import CheckpointError, VectorFormatError
from .settings import Settings
from .training import Position
from .weights import Weights

STATE_FILE = "state.safetensors"
CORPUS_FOLDER = "corpus"
_MAY_DIFFER = ("workers",)


class Checkpoint:
    """The folder of one training run.

    Args:
        folder: Made when the run begins.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    @property
    def corpus(self) -> Path:
        """Where the encoded corpus is."""
        return self.folder / CORPUS_FOLDER

    def encoded(self, fingerprint: str | None) -> EncodedCorpus | None:
        """Return the encoded corpus of the interrupted run; ``None`` if it got not so far.

        Args:
            fingerprint: Mark of the corpus given now; ``None`` where it has none.

        Raises:
            CheckpointError: There is nothing to resume, or it belongs to another corpus.
        """
        if not self.folder.is_dir():
            raise CheckpointError(
                f"{self.folder}: nothing to resume: no such folder. Start without resume"
            )
        if not (self.corpus / "meta.json").exists():
            return None
        encoded = open_encoded(self.corpus)
        if fingerprint != encoded.fingerprint and fingerprint is not None:
            raise CheckpointError(
                f"{self.folder} belongs to another corpus or tokeniser ({encoded.name}), or the "
                "files have changed since. Give the same corpus, or start without resume"
            )
        return encoded

    def save(self, weights: Weights, position: Position, settings: Settings, digest: str) -> None:
        """Write the state in place of an older one.

        Raises:
            OutputError: It can't be written; the older one is still whole.
        """
        state = {
            "settings": settings.as_dict(),
            "position": position.as_dict(),
            "digest": digest,
        }
        write_arrays(
            self.folder / STATE_FILE,
            {"inputs": weights.rows(weights.inputs), "outputs": weights.rows(weights.outputs)},
            metadata={"wordgraft.training": json.dumps(state)},
        )

    def restore(self, weights: Weights, settings: Settings, digest: str) -> Position | None:
        """Fill ``weights`` from the state; ``None`` when the run was stopped before the first one.

        Raises:
            CheckpointError: The state is damaged, or belongs to other settings or another corpus.
        """
        path = self.folder / STATE_FILE
        if not path.exists():
            return None
        try:
            opened = open_arrays(path)
            check_sums(opened)
            state: dict[str, Any] = json.loads(opened.metadata["wordgraft.training"])
            position = Position.from_dict(state["position"])
            found, found_digest = dict(state["settings"]), state["digest"]
            arrays = opened.arrays["inputs"], opened.arrays["outputs"]
        except (VectorFormatError, KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"{path}: the checkpoint is damaged ({error}). Remove {self.folder} and start again"
            ) from error
        _check_same(found, settings.as_dict(), path)
        targets = weights.rows(weights.inputs), weights.rows(weights.outputs)
        if found_digest != digest or any(
            a.shape != t.shape for a, t in zip(arrays, targets, strict=True)
        ):
            raise CheckpointError(
                f"{path} was written for other text than {self.corpus} holds. Remove "
                f"{self.folder} and start again"
            )
        for target, array in zip(targets, arrays, strict=True):
            np.copyto(target, array)
        return position


def _check_same(found: dict[str, Any], wanted: dict[str, Any], path: Path) -> None:
    differing = [
        f"{name}={wanted[name]!r} instead of {found.get(name)!r}"
        for name in wanted
        if name not in _MAY_DIFFER and wanted[name] != found.get(name)
    ]
    if differing:
        raise CheckpointError(
            f"{path} belongs to a run with other settings: {', '.join(differing)}. Give the same "
            "settings, or start without resume"
        )
