"""Labelled texts as batches of about one length: where fitting a text network gets them from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .indexing import IndexedTexts
from .networks.batching import Batch, batches, collate
from .training.batch_source import Batches

MOST_TOKENS = 32_768
"""Most tokens of a batch that is only read, padding included: keeps memory within bounds."""


@dataclass(frozen=True, eq=False)
class TextSource:
    """Texts and their targets; a :class:`.BatchSource`.

    Attributes:
        texts: N texts, none of them empty.
        targets: N targets, a row each.
        batch_size: Texts in a batch.
        seed: Of the order, another one in each epoch.
        shuffle: ``False`` for a held-out part: longest texts first.
        reader: Mark of the network that learns from them (:func:`mark_of`).
    """

    texts: IndexedTexts
    targets: Tensor
    batch_size: int
    seed: int = 0
    shuffle: bool = True
    reader: str = ""

    def __len__(self) -> int:
        return -(-len(self.texts) // self.batch_size)

    def epoch(self, number: int) -> Batches:
        """Return the batches of an epoch, each made when it is asked for."""
        rows = batches(
            self.texts.lengths,
            batch_size=self.batch_size,
            seed=self.seed,
            epoch=number,
            shuffle=self.shuffle,
        )
        return Batches(rows, self._batch)

    def digest(self) -> str:
        """Return a checksum of texts and targets, and of who reads them."""
        known = f"{self.batch_size} {self.seed} {self.shuffle} {self.reader}"
        found = hashlib.sha256(known.encode())
        for part in (self.texts.ids, self.texts.offsets, self.targets.numpy()):
            found.update(np.ascontiguousarray(part).data)
        return found.hexdigest()

    def _batch(self, rows: NDArray[np.int64]) -> tuple[Batch, Tensor]:
        return collate(self.texts, rows), self.targets[torch.from_numpy(rows)]


def mark_of(network: nn.Module) -> str:
    """Return a checksum of a network's weights: a run that other ones began isn't resumed."""
    found = hashlib.sha256()
    for tensor in network.state_dict().values():
        found.update(tensor.detach().cpu().contiguous().numpy().data)
    return found.hexdigest()


def reading_batches(texts: IndexedTexts) -> Iterator[tuple[NDArray[np.int64], Batch]]:
    """Yield all texts once, longest first, in batches to be read without learning.

    Yields:
        int64[B], numbers of the texts, and the texts.
    """
    order = batches(texts.lengths, batch_size=256, max_tokens=MOST_TOKENS, shuffle=False)
    for rows in order:
        yield rows, collate(texts, rows)


@torch.no_grad()
def answers(network: Any, texts: IndexedTexts, *, outputs: int) -> NDArray[np.float32]:
    """Return what a network answers for each text, in order.

    Args:
        network: Takes a :class:`.Batch`; left in evaluation mode.
        texts: N texts.
        outputs: C, numbers in an answer.

    Returns:
        float32[N, C].
    """
    network.eval()
    device = next(network.parameters()).device
    found = np.zeros((len(texts), outputs), np.float32)
    for rows, batch in reading_batches(texts):
        found[rows] = network(batch.to(device)).float().cpu().numpy()
    return found
