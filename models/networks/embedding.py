"""Pretrained vectors as the first layer of a network: frozen, tuned, or tuned in part."""

from __future__ import annotations

from typing import Any, Literal, cast

import numpy as np
import torch
from torch import Tensor, nn

from ...embeddings.errors import ConfigurationError
from ..indexing import PADDING
from .batching import Batch
from .ragged import Layout, TokenVectors

Mode = Literal["frozen", "tuned"]


class EmbeddingLayer(nn.Module):
    """Looks up the rows of a matrix; learns those that occur, all or only selected ones.

    Its gradient is a sparse tensor with a row for each word of the batch, so that a step costs the
    same whatever the size of the vocabulary, provided the optimiser is a
    :class:`.RowAdam` (or another that takes sparse gradients).

    Whether it learns is ``weight.requires_grad``, as of any parameter: a schedule that freezes and
    unfreezes groups needs to know nothing of this layer.

    Args:
        matrix: float32[V, D]; copied. Row :data:`~.indexing.PADDING` is made zero, and stays so:
            it is never learnt.
        mode: Whether rows learn at first.
        rows: Rows that may learn, int[n] or bool[V]; ``None`` for all. See :attr:`rows`.

    Raises:
        ConfigurationError: The mode is none of those, or ``rows`` are no rows.
        ValueError: The matrix has no rows or columns, or a number that isn't finite.
    """

    def __init__(self, matrix: Any, *, mode: Mode = "tuned", rows: Any = None) -> None:
        super().__init__()
        weight = torch.tensor(np.asarray(matrix), dtype=torch.float32)
        if weight.ndim != 2 or not all(weight.shape):
            raise ValueError(f"expected a matrix [V, D], found the shape {list(weight.shape)}")
        weight[PADDING] = 0.0
        if not bool(torch.isfinite(weight).all()):
            row = int(torch.nonzero(~torch.isfinite(weight).all(1))[0, 0])
            raise ValueError(f"row {row} of the matrix has NaN or an infinite number")
        # Of this kind, and sparse: so that training in several processes knows what to expect.
        self.table = nn.Embedding.from_pretrained(
            weight, freeze=False, padding_idx=PADDING, sparse=True
        )
        self._selected: Tensor | None
        self.register_buffer("_selected", None, persistent=False)
        self.mode = mode
        self.rows = rows

    @property
    def weight(self) -> nn.Parameter:
        """float32[V, D], the rows."""
        return cast(nn.Parameter, self.table.weight)

    @property
    def mode(self) -> Mode:
        """``"tuned"`` where rows learn, ``"frozen"`` where none does."""
        return "tuned" if self.weight.requires_grad else "frozen"

    @mode.setter
    def mode(self, mode: Mode) -> None:
        if mode not in ("frozen", "tuned"):
            raise ConfigurationError(f'mode: expected "frozen" or "tuned", found {mode!r}')
        self.weight.requires_grad_(mode == "tuned")

    @property
    def rows(self) -> Tensor | None:
        """bool[V], the rows that learn where the layer is tuned; ``None`` for all.

        May be set at any time, by numbers int[n] or bool[V]. The others keep their bits.
        """
        return self._selected

    @rows.setter
    def rows(self, rows: Any) -> None:
        if rows is None:
            self._selected = None
            return
        chosen, size = np.asarray(rows), len(self.weight)
        mask = np.zeros(size, np.bool_)
        if chosen.dtype == np.bool_ and chosen.shape == (size,):
            mask |= chosen
        elif chosen.ndim == 1 and (not chosen.size or chosen.dtype.kind in "iu"):
            if chosen.size and not (chosen.min() >= 0 and chosen.max() < size):
                raise ConfigurationError(f"rows: expected numbers from 0 to {size - 1}")
            mask[chosen.astype(np.int64)] = True
        else:
            raise ConfigurationError(
                f"rows: expected int[n] or bool[{size}], found {chosen.dtype}{list(chosen.shape)}"
            )
        mask[PADDING] = False
        self._selected = torch.from_numpy(mask).to(self.weight.device)

    def forward(self, batch: Batch) -> TokenVectors:
        """Look up the words of a batch, each once."""
        layout = Layout(batch.lengths.numpy())
        ids = batch.ids
        inside = torch.arange(ids.shape[1]) < batch.lengths[:, None]
        words, index = torch.unique(ids[inside.to(ids.device)], return_inverse=True)
        return TokenVectors(self.look_up(words), index.cpu(), layout)

    def look_up(self, words: Tensor) -> Tensor:
        """Return float32[U, D], the rows of words.

        Args:
            words: int64[U], distinct and rising.
        """
        found: Any = _LookUp.apply(self.weight, words, self._selected)
        return found

    def extra_repr(self) -> str:
        """Return size and mode, for ``print``."""
        some = "" if self._selected is None else f", {int(self._selected.sum())} rows"
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}, {self.mode}{some}"


class _LookUp(torch.autograd.Function):
    """Rows of a matrix, with a sparse gradient whose rows are in order and each there once."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, words: Tensor, selected: Tensor | None) -> Tensor:
        ctx.words, ctx.selected, ctx.shape = words, selected, weight.shape
        return weight[words]

    @staticmethod
    @torch.autograd.function.once_differentiable  # hides the names of the arguments
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, *grad_outputs: Tensor
    ) -> tuple[Tensor | None, None, None]:
        """Return the gradient of the matrix: sparse, its rows in order."""
        if not ctx.needs_input_grad[0]:
            return None, None, None
        words, (gradient,) = ctx.words, grad_outputs
        if ctx.selected is not None:
            learnt = ctx.selected[words]
            words, gradient = words[learnt], gradient[learnt]
        sparse = torch.sparse_coo_tensor(
            words[None], gradient, ctx.shape, is_coalesced=True, check_invariants=False
        )
        return sparse, None, None
