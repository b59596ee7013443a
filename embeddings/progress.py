"""What training tells while it runs and afterwards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EpochRecord:
    """One finished pass over the corpus.

    Attributes:
        epoch: Its number, from 1.
        loss: Mean loss per pair in nats, of all pairs as each was trained; chunks of pairs are
            summed in float64.
        pairs: Pairs trained (positions, in CBOW).
        words: Words of the corpus passed over, before subsampling.
        seconds: Time taken. NaN in a loaded model: files of equal training are equal.
        words_per_second: ``words / seconds``.
        alpha: Learning rate at its end.
    """

    epoch: int
    loss: float
    pairs: int
    words: int
    seconds: float
    words_per_second: float
    alpha: float


@dataclass(frozen=True)
class TrainingProgress:
    """How far training has come.

    Attributes:
        epoch: The epoch being trained, from 1.
        epochs: How many there are.
        words_done: Words passed over, all epochs together.
        words_total: What ``words_done`` will be at the end.
        words_per_second: Since training began (or was resumed).
        loss: Mean loss per pair in the current epoch so far, in nats; 0 before the first pair.
        seconds_left: Estimate.
        alpha: Current learning rate.
    """

    epoch: int
    epochs: int
    words_done: int
    words_total: int
    words_per_second: float
    loss: float
    seconds_left: float
    alpha: float
