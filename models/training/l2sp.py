"""A penalty that holds a tuned network near its pretrained weights, not near zero."""

from __future__ import annotations

import hashlib

import torch
from torch import nn

from ...embeddings.errors import ConfigurationError
from .groups import Groups, Trainable


class L2SP:
    """The L2-SP penalty: ``strength / 2 |w - w0|^2 + fresh / 2 |v|^2``.

    Weight decay pulls pretrained weights towards zero, and so away from what they know; this pulls
    them towards where they started (w0), and only new weights v towards zero. Make it before
    training: w0 is a copy of the weights as they are then.

    Training adds the gradient to those of a step (:meth:`add_gradients`). Where a gradient is
    row-sparse (an embedding's), only its rows are pulled: the cost follows the batch, and a row is
    held when, and only when, data move it.

    Args:
        groups: Of the network.
        strength: Of the pull towards w0, at least 0 (alpha in the paper).
        fresh: Of the pull of new weights towards zero, at least 0 (beta).
        new: Which groups have no pretrained weights: "head", n topmost, names; "all" makes it
            plain weight decay.

    Source: Li, Grandvalet & Davoine 2018, arXiv:1802.01483, eq. 4, with the factor 1/2 of its code.
    """

    def __init__(
        self, groups: Groups, *, strength: float = 0.01, fresh: float = 0.0, new: Trainable = "head"
    ) -> None:
        problems = [
            f"{name}: expected a number from 0, found {value!r}"
            for name, value in (("strength", strength), ("fresh", fresh))
            if not 0 <= value < float("inf")
        ]
        if problems:
            raise ConfigurationError(*problems)
        self.strength, self.fresh = float(strength), float(fresh)
        fresh_names = {group.name for group in groups.chosen(new)}
        self._new: list[nn.Parameter] = []
        self._held: list[tuple[nn.Parameter, torch.Tensor]] = []
        for group in groups:
            for parameter in group.parameters.values():
                if group.name in fresh_names:
                    self._new.append(parameter)
                else:
                    self._held.append((parameter, parameter.detach().clone()))

    def penalty(self) -> torch.Tensor:
        """Return the penalty, float[], differentiable; it touches every weight."""
        parts = [self.strength / 2 * (w - self._at(w, w0)).square().sum() for w, w0 in self._held]
        parts += [self.fresh / 2 * w.square().sum() for w in self._new]
        return torch.stack(parts).sum() if parts else torch.zeros(())

    @torch.no_grad()
    def add_gradients(self) -> None:
        """Add the penalty's gradient to ``grad`` of every parameter that has one, in place."""
        pulls = [(w, w0, self.strength) for w, w0 in self._held]
        pulls += [(w, None, self.fresh) for w in self._new]
        for weight, origin, strength in pulls:
            if weight.grad is None or not strength:
                continue
            if weight.grad.is_sparse:
                weight.grad = _pulled_rows(weight, origin, strength)
            elif origin is None:
                weight.grad.add_(weight, alpha=strength)
            else:
                weight.grad.add_(weight - self._at(weight, origin), alpha=strength)

    def digest(self) -> str:
        """Return a checksum of the pretrained point and the strengths, in hexadecimal digits."""
        found = hashlib.sha256(f"{self.strength!r} {self.fresh!r} {len(self._new)}".encode())
        for _, origin in self._held:
            found.update(origin.cpu().contiguous().flatten().view(torch.uint8).numpy().data)
        return found.hexdigest()

    def _at(self, weight: nn.Parameter, origin: torch.Tensor) -> torch.Tensor:
        """Return ``origin`` where ``weight`` is, and let it stay there."""
        if origin.device != weight.device:
            origin.data = origin.to(weight.device)
        return origin


def _pulled_rows(
    weight: nn.Parameter, origin: torch.Tensor | None, strength: float
) -> torch.Tensor:
    """Return the row-sparse gradient of ``weight`` with the pull added to its rows."""
    assert weight.grad is not None
    gradient = weight.grad.coalesce()
    rows = gradient.indices()[0]
    pull = weight[rows]
    if origin is not None:
        pull = pull - origin[rows.to(origin.device)].to(weight.device)
    values = gradient.values().add(pull, alpha=strength)
    return torch.sparse_coo_tensor(
        gradient.indices(), values, gradient.shape, is_coalesced=True, check_invariants=False
    )
