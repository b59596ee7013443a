"""Adam that touches only the rows of a matrix that a batch has used."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim.adamw import adamw

from ...embeddings.errors import ConfigurationError
from ...embeddings.kernels.adam import adam_rows


class RowAdam(torch.optim.Optimizer):
    """AdamW for dense gradients, and for sparse ones an Adam for every row by itself.

    A row of an embedding matrix learns in the batches that have its word. Each row has its own
    moments and its own clock, which tick only then: to the row it is as if there were no other
    batches, and a step costs the rows of the batch, not those of the vocabulary. Dense Adam
    lets moments decay and rows drift on between; for a rare word that is some thirty times the
    learning rate in all after a single occurrence, and its cost is the whole matrix at each step.

    Takes all parameters of a network together, in groups with their own options as usual. The state
    of a matrix appears at its first sparse gradient; use one kind of gradient for a parameter.

    Args:
        params: Parameters, or groups of them.
        lr: Learning rate.
        betas: Decay of the two moments.
        eps: Added to the root of the second moment.
        weight_decay: Decoupled, per step; of a matrix with sparse gradients only the rows of the
            batch decay.

    Raises:
        ConfigurationError: An option is out of range.

    Source: Kingma & Ba 2015 (arXiv:1412.6980), algorithm 1; Loshchilov & Hutter 2019
    (arXiv:1711.05101), algorithm 2; a clock for each row as in DGL's SparseAdam.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        problems = [
            f"{name}: expected {wanted}, found {value!r}"
            for name, value, fits, wanted in (
                ("lr", lr, lr >= 0, "a learning rate from 0"),
                ("betas", betas, all(0 <= b < 1 for b in betas), "numbers from 0 to below 1"),
                ("eps", eps, eps > 0, "a number above 0"),
                ("weight_decay", weight_decay, weight_decay >= 0, "a number from 0"),
            )
            if not fits
        ]
        if problems:
            raise ConfigurationError(*problems)
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        )

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:  # type: ignore[override]
        """Make one step; returns what ``closure``, where one is given, returns."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            dense: list[Tensor] = []
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                if parameter.grad.is_sparse:
                    self._step_rows(parameter, group)
                else:
                    dense.append(parameter)
            self._step_dense(dense, group)
        return loss

    def load_state_dict(self, state_dict: Any) -> None:
        """Take over a state that ``state_dict`` gave."""
        super().load_state_dict(state_dict)
        for state in self.state.values():  # PyTorch makes everything what the parameter is: floats
            if "clocks" in state:
                state["clocks"] = state["clocks"].to(torch.int64)

    def _step_dense(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        for parameter in parameters:
            state = self.state[parameter]
            if not state:
                state["step"] = torch.zeros(())
                state["first"] = torch.zeros_like(parameter)
                state["second"] = torch.zeros_like(parameter)
        states = [self.state[parameter] for parameter in parameters]
        adamw(
            parameters,
            [p.grad for p in parameters if p.grad is not None],
            [state["first"] for state in states],
            [state["second"] for state in states],
            [],
            [state["step"] for state in states],
            amsgrad=False,
            beta1=group["betas"][0],
            beta2=group["betas"][1],
            lr=group["lr"],
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            maximize=False,
        )

    def _step_rows(self, matrix: Tensor, group: dict[str, Any]) -> None:
        assert matrix.grad is not None
        rows, values = rows_and_values(matrix.grad)
        state = self.state[matrix]
        if not state:
            state["clocks"] = torch.zeros(len(matrix), dtype=torch.int64, device=matrix.device)
            state["first"] = torch.zeros_like(matrix)
            state["second"] = torch.zeros_like(matrix)
        if matrix.device.type == "cpu" and matrix.dtype == torch.float32:
            _compiled_step(matrix, state, rows, values, group)
        else:
            _plain_step(matrix, state, rows, values, group)


def _compiled_step(
    matrix: Tensor, state: Mapping[str, Tensor], rows: Tensor, values: Tensor, group: Any
) -> None:
    """Step in one passage over the rows."""
    adam_rows(
        *(part.view(-1).numpy() for part in (matrix, state["first"], state["second"])),
        state["clocks"].numpy(),
        rows.contiguous().numpy(),
        values.contiguous().view(-1).numpy(),
        matrix.shape[1],
        float(group["lr"]),
        float(group["betas"][0]),
        float(group["betas"][1]),
        float(group["eps"]),
        1.0 - float(group["lr"] * group["weight_decay"]),
    )


def _plain_step(
    matrix: Tensor, state: Mapping[str, Tensor], rows: Tensor, values: Tensor, group: Any
) -> None:
    """Step on any device and in any precision."""
    (beta1, beta2), rate = group["betas"], group["lr"]
    clocks = state["clocks"][rows] + 1
    first = state["first"][rows].lerp_(values, 1 - beta1)
    second = state["second"][rows].mul_(beta2).addcmul_(values, values, value=1 - beta2)
    state["clocks"][rows], state["first"][rows], state["second"][rows] = clocks, first, second
    time = clocks[:, None].to(torch.float64)
    size = (rate / (1 - beta1**time)).to(matrix.dtype)
    root = (1 - beta2**time).sqrt().to(matrix.dtype)
    new = matrix[rows].mul_(1 - rate * group["weight_decay"])
    matrix[rows] = new.sub_(size * first / (second.sqrt_() / root + group["eps"]))


def rows_and_values(gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Return int64[n], distinct, and [n, D] of a sparse gradient of a matrix.

    Autograd forgets that a gradient's rows are in order and each there once, and to sort and copy
    them again takes longer than the step.
    """
    rows = gradient._indices()[0]
    if gradient.is_coalesced() or bool((rows[1:] > rows[:-1]).all()):
        return rows, gradient._values()
    summed = gradient.coalesce()
    return summed.indices()[0], summed.values()


def clip_gradients(parameters: Iterable[Tensor], max_norm: float) -> float:
    """Scale gradients, sparse ones among them, so that their common norm is at most ``max_norm``.

    PyTorch's own ``clip_grad_norm_`` refuses sparse gradients.

    Args:
        parameters: Whose gradients; changed in place. Those without one are left out.
        max_norm: The Euclidean norm of all of them together; infinite to only measure it.

    Returns:
        The norm before.
    """
    values: list[Tensor] = []
    for parameter in parameters:
        if parameter.grad is None:
            continue
        if parameter.grad.is_sparse:
            rows, own = rows_and_values(parameter.grad)
            if own is not parameter.grad._values():
                shape = parameter.grad.shape
                parameter.grad = torch.sparse_coo_tensor(
                    rows[None], own, shape, is_coalesced=True, check_invariants=False
                )
            values.append(own)
        else:
            values.append(parameter.grad)
    if not values:
        return 0.0
    norm = math.sqrt(sum(float(value.detach().norm()) ** 2 for value in values))
    if norm > max_norm:
        for value in values:
            value.mul_(max_norm / (norm + 1e-6))
    return norm
