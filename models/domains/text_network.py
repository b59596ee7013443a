"""Domain-adversarial training of the recurrent network on texts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from ...embeddings.errors import DomainError
from ..classifier import TextClassifier
from ..indexing import Text, TextIndexer, listed_texts
from ..networks.batching import Batch
from ..networks.network import TextNetwork
from ..training.progress import FitHistory, FitProgress
from .adversarial import (
    STEEPNESS,
    AdversarialNetwork,
    PairedSource,
    adversarial_loss,
    adversarial_score,
    strength_at,
    with_critic,
)
from .data import needed_target, real, whole


@dataclass(eq=False, repr=False)
class DomainAdversarialText(TextClassifier):
    """:class:`.TextClassifier` that also unlearns which domain its texts are of.

    A critic reads what the head reads, the pooled states, and the network learns to give it
    nothing to go by. All settings are those of :class:`.TextClassifier`, and these:

    Args:
        strength: What the critic's weight rises to; 0 is the same network without adaptation.
        steepness: How fast it rises.
        critic: Numbers in the critic's hidden layer; 0 for a linear one.

    Source: Ganin et al. 2016, arXiv:1505.07818, sections 4 and 5.2.2.
    """

    _: KW_ONLY
    strength: float = 0.1
    steepness: float = STEEPNESS
    critic: int = 100

    takes_target = True  # no annotation: no setting

    def fit(
        self,
        X: Iterable[Text],
        y: Any,
        Xt: Iterable[Text] | None = None,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
        progress: Callable[[FitProgress], None] | None = None,
    ) -> Self:
        """Learn from labelled texts of the source and unlabelled ones of the target.

        Args:
            X: N texts, or token lists.
            y: N classes.
            Xt: M texts of the target.
            checkpoint: Folder that a killed run resumes from; it may be removed afterwards.
            resume: Go on from it; all else must be as it was.
            progress: Called a few times a second.

        Raises:
            ConfigurationError: Settings are wrong, all of them in one error.
            DomainError: ``Xt`` is missing, or no word of it is known.
            LabelledDataError: Labels are missing, of one class only, of another number than texts.
            TrainingInterrupted: Ctrl-C, with a checkpoint where one was asked for.
        """
        self._target = listed_texts(needed_target(Xt))
        try:
            return super().fit(X, y, checkpoint=checkpoint, resume=resume, progress=progress)
        finally:
            del self._target

    def _learn(self, network: TextNetwork, indexer: TextIndexer, **how: Any) -> FitHistory:
        found = indexer(self._target)
        read = np.flatnonzero(~found.empty)
        if not len(read):
            raise DomainError(
                f"none of the {len(found):,} texts of the target has a word that the source or the "
                "vectors know: are they of the same language, and does the tokenizer fit?"
            )
        whole_network = AdversarialNetwork(
            _Body(network),
            nn.Sequential(network.head_dropout, network.head),
            network.pooling.size,
            hidden=self.critic,
            seed=self.seed,
        )
        target = self._text_source(
            found, torch.zeros(len(found), dtype=torch.int64), read, shuffle=True
        )
        how["train"] = PairedSource(
            how["train"],
            target,
            epochs=sum(stage.epochs for stage in how["stages"]),
            strength=lambda p: strength_at(p, most=self.strength, steepness=self.steepness),
        )
        how["groups"] = with_critic(whole_network, how["groups"], prefix="body.network.")
        how["loss"] = adversarial_loss(how["loss"])
        how["score"] = adversarial_score(how["score"])
        return super()._learn(whole_network, indexer, **how)  # type: ignore[arg-type]

    def _problems(self) -> list[str]:
        return [
            *super()._problems(),
            *real("strength", self.strength, 0.0, np.inf),
            *real("steepness", self.steepness, 0.0, np.inf, above=True),
            *whole("critic", self.critic, 0),
        ]


class _Body(nn.Module):
    """What the head of a network of texts sees."""

    def __init__(self, network: TextNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: Batch) -> Tensor:
        """Return float32[B, P]."""
        return self.network.features(batch)
