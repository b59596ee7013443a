"""A recurrent layer on the processor: compiled loops over texts instead of steps of a batch.

PyTorch runs a recurrent layer step by step over the whole batch: small products with the gates'
bookkeeping between, one thread at a time. Here threads take groups of texts and go through all
their steps in compiled code, and what the words say to the gates is computed once per distinct word
(``ragged.py``). The numbers are those of ``nn.GRU`` and the like, up to rounding; so are the
parameters, which stay those of PyTorch's modules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import linear, pad

from ...embeddings.kernels.recurrent import ELMAN, GRU, LSTM, run_forward, run_gradient, sum_by_word
from ...embeddings.kernels.simd import LANES, aligned_zeros
from .ragged import Layout, TokenVectors

_SMALLEST, _LARGEST = 4, 16
"""Texts that go through their steps together: enough to fill the register tiles, and no more."""


@dataclass(frozen=True)
class _Cell:
    """What the kernels do for a kind of network.

    Attributes:
        kind: Number of the kernels' cell.
        gates: Parts of a row that inputs and states say something to.
        saved: Parts of a row kept for the way back.
    """

    kind: int
    gates: int
    saved: int


_CELLS = {
    nn.RNN: _Cell(ELMAN, gates=1, saved=1),
    nn.GRU: _Cell(GRU, gates=3, saved=4),
    nn.LSTM: _Cell(LSTM, gates=4, saved=5),
}


def can_run(layer: nn.Module, vectors: Tensor) -> bool:
    """Tell whether the compiled loops take this layer and these inputs."""
    return (
        type(layer) in _CELLS
        and vectors.device.type == "cpu"
        and vectors.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
    )


def run_layer(layer: Any, tokens: TokenVectors) -> Tensor:
    """Run one layer over the texts of a batch.

    Args:
        layer: ``nn.RNN`` (tanh), ``nn.GRU`` or ``nn.LSTM`` of one layer, for whose inputs
            :func:`can_run` holds.
        tokens: The inputs.

    Returns:
        float32[T, H] for H numbers in the states of all directions; differentiable once.
    """
    cell, size = _CELLS[type(layer)], layer.hidden_size
    wide = -(-size // LANES) * LANES
    ends = ["", "_reverse"] if layer.bidirectional else [""]

    def padded(name: str) -> Tensor:
        """Each direction's parameter with the rows of every gate padded: [directions, G, ...]."""
        found = torch.stack([getattr(layer, name + end) for end in ends])
        parts = found.unflatten(1, (cell.gates, size))
        if wide == size:
            return parts
        return pad(parts, (0, 0) * (parts.ndim - 3) + (0, wide - size))

    inputs, of_inputs = padded("weight_ih_l0").flatten(0, 2), padded("bias_ih_l0").flatten()
    said = linear(tokens.vectors, inputs, of_inputs)  # [U, directions * G * H]
    weights = pad(padded("weight_hh_l0"), (0, wide - size)).flatten(1, 2)
    found: Any = _Recurrence.apply(said, weights, padded("bias_hh_l0").flatten(1), tokens, cell)
    states = found.unflatten(1, (len(ends), wide))
    return states[:, :, :size].flatten(1)


class _Recurrence(torch.autograd.Function):
    """All steps of a layer; ``backward`` works once, in the memory that ``forward`` has filled."""

    @staticmethod
    def forward(
        ctx: Any, said: Tensor, weights: Tensor, bias: Tensor, tokens: TokenVectors, cell: _Cell
    ) -> Tensor:
        """Return float32[T, directions * H].

        Args:
            ctx: Autograd's.
            said: float32[U, directions * G * H], what each word says to the gates.
            weights: float32[directions, G * H, H], what each gate hears from the state.
            bias: float32[directions, G * H].
            tokens: The inputs' layout.
            cell: What kind of network.
        """
        directions, width, size = weights.shape
        count = tokens.layout.tokens
        learns = any(ctx.needs_input_grad)
        states = torch.empty(count, directions * size)
        saved = torch.empty(directions, count if learns else 0, cell.saved * size)
        across = weights.detach().transpose(1, 2).contiguous()
        x_at = tokens.index.numpy() * (directions * width)
        x, flat, written = (_flat(part) for part in (said, across, states))
        weights_at = np.arange(size) * width

        def run(direction: int, group: NDArray[np.int64]) -> None:
            n, start = len(group), direction * size * width
            run_forward(
                cell.kind,
                x,
                x_at + direction * width,
                flat,
                weights_at + start,
                _flat(bias[direction]),
                tokens.layout.offsets[:-1][group],
                tokens.layout.lengths[group],
                direction == 1,
                written,
                direction * size,
                directions * size,
                _flat(saved[direction]) if learns else aligned_zeros(cell.saved * size),
                cell.saved * size if learns else 0,
                aligned_zeros(n * size),
                aligned_zeros(n * size),
                aligned_zeros(n * width),
                np.arange(n) * width,
                size,
            )

        _in_threads(run, _tasks(tokens.layout, directions))
        if learns:
            ctx.tokens, ctx.cell, ctx.saved = tokens, cell, saved
            ctx.save_for_backward(weights, states)
        return states

    @staticmethod
    @torch.autograd.function.once_differentiable  # hides the names of the arguments
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, *grad_outputs: Tensor
    ) -> tuple[Tensor | None, ...]:
        """Return the gradients of what words say, of weights and of bias."""
        if ctx.saved is None:
            raise RuntimeError("this network's backward works once: run it forward again")
        weights, states = ctx.saved_tensors
        (gradient,) = grad_outputs
        tokens, cell, saved = ctx.tokens, ctx.cell, ctx.saved
        ctx.saved = None
        directions, width, size = weights.shape
        flat, read, given = (
            _flat(part) for part in (weights.detach().contiguous(), states, gradient.contiguous())
        )
        weights_at = np.arange(width) * size

        def run(direction: int, group: NDArray[np.int64]) -> None:
            n = len(group)
            run_gradient(
                cell.kind,
                flat,
                weights_at + direction * width * size,
                tokens.layout.offsets[:-1][group],
                tokens.layout.lengths[group],
                direction == 1,
                read,
                given,
                direction * size,
                directions * size,
                _flat(saved[direction]),
                cell.saved * size,
                aligned_zeros(size),
                aligned_zeros(n * size),
                aligned_zeros(n * size),
                aligned_zeros(n * width),
                np.arange(n) * width,
                np.arange(n) * size,
                size,
            )

        _in_threads(run, _tasks(tokens.layout, directions))
        of_said = _of_words(saved, tokens, cell, size) if ctx.needs_input_grad[0] else None
        of_weights = of_bias = None
        if ctx.needs_input_grad[1] or ctx.needs_input_grad[2]:
            heard = saved[:, :, :width]
            before = _before(states.view(-1, directions, size), tokens.layout)
            of_weights = torch.stack([heard[d].T @ before[d] for d in range(directions)])
            of_bias = heard.sum(1)
        return of_said, of_weights, of_bias, None, None


def _of_words(saved: Tensor, tokens: TokenVectors, cell: _Cell, size: int) -> Tensor:
    """Return float32[U, directions * G * H], the gradients of what each word says, summed.

    A GRU's row has, between the gates' gradients and that of the new state, that of what the state
    said to the latter.
    """
    directions, width = len(saved), cell.gates * size
    total = torch.empty(len(tokens.vectors), directions * width)
    order, starts = tokens.by_word
    gap = size if cell.kind == GRU else 0
    head = width - gap
    borders = np.searchsorted(starts, np.linspace(0, len(order), torch.get_num_threads() * 4 + 1))
    borders[0], borders[-1] = 0, len(starts) - 1

    def run(direction: int, part: NDArray[np.int64]) -> None:
        sum_by_word(
            order,
            starts,
            part[0],
            part[1],
            _flat(saved[direction]),
            cell.saved * size,
            head,
            gap,
            width,
            _flat(total),
            directions * width,
            direction * width,
        )

    parts = np.stack([borders[:-1], borders[1:]], 1)
    _in_threads(run, [(d, part) for d in range(directions) for part in parts])
    return total


def _before(states: Tensor, layout: Layout) -> list[Tensor]:
    """Return for each direction float32[T, H], the state before each token; zeros at a start."""
    filled = layout.filled
    first = torch.from_numpy(layout.offsets[:-1][filled])
    last = torch.from_numpy(layout.offsets[1:][filled] - 1)
    found: list[Tensor] = []
    for direction, starts in zip(range(states.shape[1]), (first, last), strict=False):
        before = states[:, direction].roll(-1 if direction else 1, 0)
        before[starts] = 0.0
        found.append(before)
    return found


def _tasks(layout: Layout, directions: int) -> list[tuple[int, NDArray[np.int64]]]:
    """Return pairs of a direction and a group of texts, the longest first."""
    order = layout.filled
    share = len(order) * directions // (2 * torch.get_num_threads())  # two tasks for each thread
    size = min(max(share, _SMALLEST), _LARGEST)
    groups = [order[start : start + size] for start in range(0, len(order), size)]
    return [(direction, group) for group in groups for direction in range(directions)]


def _in_threads(
    run: Callable[[int, NDArray[np.int64]], None], tasks: Sequence[tuple[int, NDArray[np.int64]]]
) -> None:
    """Do all tasks on as many threads as PyTorch may use."""
    threads = min(torch.get_num_threads(), len(tasks))
    if threads <= 1:
        for task in tasks:
            run(*task)
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(run, *task) for task in tasks]:
            done.result()


def _flat(tensor: Tensor) -> NDArray[np.float32]:
    """Return the numbers of a contiguous tensor, in place."""
    return tensor.detach().reshape(-1).numpy()
