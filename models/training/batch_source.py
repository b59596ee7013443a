"""Where the batches of fitting come from: the interface, and arrays in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, overload

import numpy as np
import torch

from ...embeddings.errors import ConfigurationError


class BatchSource(Protocol):
    """Batches of examples, anew for every epoch.

    A batch is a pair: what the module takes, and the target that the loss takes, a tensor whose
    first axis counts the examples. What the module takes may be a tensor, tuples, lists, dicts and
    dataclasses of tensors, or anything with a method ``to(device)``.
    """

    def __len__(self) -> int:
        """Return the number of batches in an epoch; an estimate will do if epochs are sized."""
        ...

    def epoch(self, number: int) -> Iterable[tuple[Any, torch.Tensor]]:
        """Return the batches of epoch ``number``, from 0: the same ones whenever asked.

        They are a function of the source and the number alone, so that a resumed run, and every
        process of several, sees the same. A sequence that makes a batch when it is indexed spares
        those that another process trains, or that were trained before a run was resumed; anything
        else is walked through.
        """
        ...

    # A source may have ``digest() -> str``, a checksum of its data: a run then resumes on the same
    # data only.


class Batches(Sequence[tuple[Any, torch.Tensor]]):
    """A sequence of batches, each made when it is asked for.

    Args:
        rows: int64[B] for each batch: its examples.
        make: Makes a batch of such rows.
    """

    def __init__(
        self, rows: Sequence[np.ndarray], make: Callable[[np.ndarray], tuple[Any, torch.Tensor]]
    ) -> None:
        self._rows, self._make = rows, make

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> tuple[Any, torch.Tensor]: ...
    @overload
    def __getitem__(self, index: slice) -> Batches: ...
    def __getitem__(self, index: int | slice) -> tuple[Any, torch.Tensor] | Batches:
        if isinstance(index, slice):
            return Batches(self._rows[index], self._make)
        return self._make(self._rows[index])

    def __iter__(self) -> Iterator[tuple[Any, torch.Tensor]]:
        return (self._make(rows) for rows in self._rows)


class ArraySource:
    """Batches of examples that are rows of two arrays.

    Args:
        inputs: N rows, a tensor or array of any shape.
        targets: N targets, whole numbers (classes) or floats.
        batch_size: Rows in a batch; the last one of an epoch may have fewer.
        seed: Of the order, another one in each epoch.
        shuffle: ``False`` keeps the order of the rows, as for a held-out part.

    Raises:
        ConfigurationError: Lengths differ, there are no rows, or ``batch_size`` is below 1.
    """

    def __init__(
        self,
        inputs: torch.Tensor | np.ndarray,
        targets: torch.Tensor | np.ndarray,
        *,
        batch_size: int = 32,
        seed: int = 0,
        shuffle: bool = True,
    ) -> None:
        problems: list[str] = []
        if len(inputs) != len(targets):
            problems.append(
                f"expected as many targets as inputs, found {len(targets):,} and {len(inputs):,}"
            )
        if not len(inputs):
            problems.append("expected at least one example, found none")
        if batch_size < 1:
            problems.append(f"batch_size: expected at least 1, found {batch_size}")
        if problems:
            raise ConfigurationError(*problems)
        self._inputs, self._targets = torch.as_tensor(inputs), torch.as_tensor(targets)
        self._size, self._seed, self._shuffle = batch_size, seed, shuffle

    def __len__(self) -> int:
        return -(-len(self._targets) // self._size)

    def digest(self) -> str:
        """Return a checksum of data and order, in hexadecimal digits."""
        found = hashlib.sha256(f"{self._size} {self._seed} {self._shuffle}".encode())
        for rows in (self._inputs, self._targets):
            found.update(f"{rows.dtype} {list(rows.shape)}".encode())
            found.update(rows.cpu().contiguous().flatten().view(torch.uint8).numpy().data)
        return found.hexdigest()

    def epoch(self, number: int) -> Batches:
        """Return the batches of an epoch."""
        order = np.arange(len(self._targets))
        if self._shuffle:
            np.random.default_rng([self._seed, number]).shuffle(order)
        rows = [order[i : i + self._size] for i in range(0, len(order), self._size)]
        return Batches(rows, self._batch)

    def _batch(self, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        taken = torch.from_numpy(rows)
        return self._inputs[taken], self._targets[taken]
