"""Adversarial training: each batch is learnt twice, once with its words where they hurt most.

A network on word vectors fits its training texts long before it has learnt from them what there is.
Small moves of the words against it are a regulariser that costs a second passage and no data.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager

import torch
from torch import nn

from ...embeddings.errors import ConfigurationError
from .row_optimizer import rows_and_values


class Adversary:
    """Moves the rows of a matrix a little way in which the loss of a batch rises fastest.

    All occurrences of a word in a batch move together, so that it is still looked up once. Rows
    that don't learn don't move; while the whole matrix is frozen nothing is done.

    Args:
        matrix: float32[V, D], with sparse gradients.
        size: Length of the move of all rows of a batch together, if the batch had one token; it
            grows with the root of the tokens, among which it is shared.

    Raises:
        ConfigurationError: ``size`` isn't above 0.

    Source: Miyato, Dai & Goodfellow 2017 (arXiv:1605.07725), equations 2 and 3, where each
        occurrence moves by itself and each text's move has one length.
    """

    def __init__(self, matrix: nn.Parameter, *, size: float) -> None:
        if not 0 < size < math.inf:
            raise ConfigurationError(f"size: expected a length above 0, found {size!r}")
        self.size, self._matrix = size, matrix

    @property
    def active(self) -> bool:
        """Whether the matrix has a gradient to go by."""
        gradient = self._matrix.grad
        return gradient is not None and gradient.is_sparse

    @contextmanager
    def moved(self, tokens: int) -> Generator[None]:
        """Move the rows of the present gradient while the block adds another one.

        Args:
            tokens: In the batch.
        """
        assert self._matrix.grad is not None
        rows, values = rows_and_values(self._matrix.grad)
        norm = float(values.norm())
        before = self._matrix.detach()[rows]
        step = self.size * math.sqrt(tokens) / norm if norm > 0 else 0.0
        self._matrix.grad = None
        with torch.no_grad():
            self._matrix[rows] = before.add(values, alpha=step)
        try:
            yield
        finally:
            with torch.no_grad():
                self._matrix[rows] = before
        self._add(rows, values)

    def _add(self, rows: torch.Tensor, values: torch.Tensor) -> None:
        """Add the gradient of before to that of the block, whose rows are mostly the same."""
        own = self._matrix.grad
        if own is not None:
            own_rows, own_values = rows_and_values(own)
            if torch.equal(own_rows, rows):
                rows, values = rows, values + own_values
            else:
                rows = torch.cat([rows, own_rows])
                values = torch.cat([values, own_values])
        self._matrix.grad = torch.sparse_coo_tensor(
            rows[None], values, self._matrix.shape, check_invariants=False
        )
