"""Domain-adversarial training of a feed-forward network on features."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn
from torch.nn import functional

from ...embeddings.errors import ConfigurationError
from ..training.batch_scores import class_score
from ..training.batch_source import Batches
from ..training.devices import device_named, make_accelerator
from ..training.fitting import fit
from ..training.groups import Groups
from ..training.progress import FitHistory, FitProgress
from ..training.schedules import Stage
from .adversarial import (
    STEEPNESS,
    AdversarialNetwork,
    PairedSource,
    adversarial_loss,
    adversarial_score,
    strength_at,
)
from .data import class_numbers, needed_target, real, rows_of, target_of, whole

LEAST_EPOCHS, LEAST_STEPS = 20, 600
"""Passes over the source where nobody says how many, and steps that they must amount to."""


class DomainAdversarial(ClassifierMixin, BaseEstimator):
    """A feed-forward network that learns the source's classes and unlearns which domain it sees.

    Args:
        hidden: H, numbers in its one hidden layer.
        strength: What the critic's weight rises to; 0 is the same network without adaptation.
        steepness: How fast it rises.
        critic: Numbers in the critic's hidden layer; 0 for a linear one, as in the paper's shallow
            network.
        input_dropout: Share of the features set to zero when training.
        dropout: Likewise of the hidden layer.
        epochs: Passes over the source; ``None`` for 20, more where rows are few.
        batch_size: Rows of each domain in a step, about.
        rate: Highest learning rate (Adam); it rises for a tenth of the training, then falls.
        weight_decay: Decoupled.
        device: "cpu", "cuda", "mps"; ``None`` for the best there is.
        seed: Of weights, order and dropout.

    Attributes:
        classes_: The C classes in order.
        network_: :class:`.AdversarialNetwork`.
        history_: :class:`.FitHistory`.

    Source: Ganin et al. 2016, arXiv:1505.07818, section 4 and, for the rise, 5.2.2.
    """

    takes_target = True

    def __init__(
        self,
        *,
        hidden: int = 100,
        strength: float = 1.0,
        steepness: float = STEEPNESS,
        critic: int = 100,
        input_dropout: float = 0.2,
        dropout: float = 0.5,
        epochs: int | None = None,
        batch_size: int = 64,
        rate: float = 1e-3,
        weight_decay: float = 0.01,
        device: str | None = None,
        seed: int = 0,
    ) -> None:
        self.hidden, self.strength, self.steepness = hidden, strength, steepness
        self.critic, self.input_dropout, self.dropout = critic, input_dropout, dropout
        self.epochs, self.batch_size, self.rate = epochs, batch_size, rate
        self.weight_decay, self.device, self.seed = weight_decay, device, seed

    def fit(
        self,
        X: Any,
        y: Any,
        Xt: Any = None,
        *,
        progress: Callable[[FitProgress], None] | None = None,
    ) -> Self:
        """Learn from labelled rows of the source and unlabelled ones of the target.

        Args:
            X: float[N, D], rows of the source.
            y: N classes.
            Xt: float[M, D], rows of the target.
            progress: Called a few times a second.

        Raises:
            ConfigurationError: Settings are wrong, all of them in one error.
            DomainError: The domains don't fit together.
            LabelledDataError: Labels are missing or of one class only.
        """
        if problems := self._problems():
            raise ConfigurationError(*problems)
        source = rows_of(self, X, reset=True)
        target = target_of(source, needed_target(Xt))
        classes, numbers = class_numbers(y, rows=source.shape[0])
        network = self.new_network(source.shape[1], len(classes))
        known = self._batches(source, numbers)
        epochs = self.epochs or max(LEAST_EPOCHS, -(-LEAST_STEPS // len(known)))
        pairs = PairedSource(
            known,
            self._batches(target, np.zeros(target.shape[0], np.int64)),
            epochs=epochs,
            strength=lambda p: strength_at(p, most=self.strength, steepness=self.steepness),
        )
        self.history_: FitHistory = fit(
            network,
            train=pairs,
            stages=[Stage(epochs=epochs, rate=self.rate, curve="slanted")],
            loss=adversarial_loss(functional.cross_entropy),
            score=adversarial_score(class_score),
            groups=Groups.of(network),
            optimizer=lambda parts: torch.optim.AdamW(parts, weight_decay=self.weight_decay),
            seed=self.seed,
            progress=progress,
            accelerator=make_accelerator(self.device),
        )
        self.classes_, self.network_ = classes, network.eval()
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the class of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    @torch.no_grad()
    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return float64[N, C], the probability of each class."""
        check_is_fitted(self)
        rows = rows_of(self, X)
        place = next(self.network_.parameters()).device
        found = [
            self.network_(_tensor(rows[start : start + 1024]).to(place)).double().softmax(1).cpu()
            for start in range(0, rows.shape[0], 1024)
        ]
        return torch.cat(found).numpy()

    def __sklearn_tags__(self) -> Any:
        """Say that sparse rows are taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def new_network(self, width: int, classes: int) -> AdversarialNetwork:
        """Return a network of these settings that has learnt nothing.

        Args:
            width: D, numbers in a row.
            classes: C.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            body = nn.Sequential(
                nn.Dropout(self.input_dropout), nn.Linear(width, self.hidden), nn.ReLU()
            )
            head = nn.Sequential(nn.Dropout(self.dropout), nn.Linear(self.hidden, classes))
        return AdversarialNetwork(body, head, self.hidden, hidden=self.critic, seed=self.seed)

    def _batches(self, rows: Any, numbers: NDArray[np.int64]) -> RowBatches:
        return RowBatches(rows, numbers, batch_size=self.batch_size, seed=self.seed)

    def _problems(self) -> list[str]:
        problems = [
            *whole("hidden", self.hidden, 1),
            *real("strength", self.strength, 0.0, np.inf),
            *real("steepness", self.steepness, 0.0, np.inf, above=True),
            *whole("critic", self.critic, 0),
            *real("input_dropout", self.input_dropout, 0.0, 0.99),
            *real("dropout", self.dropout, 0.0, 0.99),
            *whole("epochs", self.epochs, 1, optional=True),
            *whole("batch_size", self.batch_size, 1),
            *real("rate", self.rate, 0.0, 10.0, above=True),
            *real("weight_decay", self.weight_decay, 0.0, np.inf),
            *whole("seed", self.seed, 0),
        ]
        try:
            device_named(self.device)
        except ConfigurationError as error:
            problems.extend(error.problems)
        return problems


class RowBatches:
    """Rows, dense or sparse, as dense batches; a :class:`.BatchSource`.

    Args:
        rows: float[N, D], an array or CSR.
        numbers: int64[N], classes.
        batch_size: Rows in a batch, about: all batches of an epoch have nearly the same number.
        seed: Of the order, another one in each epoch.
    """

    def __init__(
        self, rows: Any, numbers: NDArray[np.int64], *, batch_size: int, seed: int
    ) -> None:
        self._rows, self._numbers = rows, numbers
        self._count, self._seed = max(1, round(rows.shape[0] / batch_size)), seed

    def __len__(self) -> int:
        return self._count

    def epoch(self, number: int) -> Batches:
        """Return the batches of an epoch."""
        order = np.random.default_rng([self._seed, number]).permutation(len(self._numbers))
        return Batches([np.sort(part) for part in np.array_split(order, self._count)], self._batch)

    def digest(self) -> str:
        """Return a checksum of data and order, in hexadecimal digits."""
        found = hashlib.sha256(f"{self._count} {self._seed} {self._rows.shape}".encode())
        parts = [self._numbers, self._rows]
        if sp.issparse(self._rows):
            parts = [self._numbers, self._rows.data, self._rows.indices, self._rows.indptr]
        for part in parts:
            found.update(np.ascontiguousarray(part).data)
        return found.hexdigest()

    def _batch(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        return _tensor(self._rows[rows]), torch.from_numpy(self._numbers[rows])


def _tensor(rows: Any) -> Tensor:
    """Return rows as float32[B, D]."""
    whole_rows = rows.toarray() if sp.issparse(rows) else np.asarray(rows)
    return torch.from_numpy(np.ascontiguousarray(whole_rows, np.float32))
