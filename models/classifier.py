"""Texts to classes: word vectors grafted onto a recurrent network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from torch import Tensor
from torch.nn import functional

from ..embeddings.errors import ConfigurationError
from . import targets
from .calibration import temperature
from .indexing import Text
from .text_estimator import TextEstimator
from .training.batch_scores import class_score, label_score
from .training.progress import FitProgress

ClassWeight = Literal["balanced"] | Mapping[Any, float] | None


@dataclass(eq=False, repr=False)
class TextClassifier(ClassifierMixin, TextEstimator):
    """A recurrent classifier of texts on pretrained word vectors, for scikit-learn and alone.

    Words are looked up in the vectors, read by a recurrent network (or averaged: ``"bag"``),
    pooled and classified. What is pretrained can stay as it is, learn from the beginning, or learn
    after the head: the slides' two steps, first the new classifier on frozen features, then
    everything, carefully.

    Words without a vector are left out. A text of which no word is known is left out of training,
    and its answer is the share of each class there; :meth:`read` counts both.

    The same data, settings, threads and machine give the same weights, bit for bit.

    Args:
        vectors: :class:`.WordVectors` or :class:`.FastText`; ``None`` to begin from random ones.
        encoder: "gru", "lstm", "rnn", or "bag": vectors in no order, the baseline.
        hidden: H, numbers in the state of one direction.
        layers: Recurrent layers.
        bidirectional: Whether texts are also read from their end.
        pooling: From states to one vector: "last", "max", "mean", "attention", joined by "+".
        embedding_dropout: Share of the numbers of word vectors set to zero when training.
        layer_dropout: Likewise between layers.
        head_dropout: Likewise before the head.
        embeddings: What pretrained parts do: "frozen", "tuned", "staged" (new parts learn first,
            then one carried part more at a time, from the top down, each slower than the one
            above), or "scratch" for random vectors. ``None``: staged where something is carried.
        tune_words: The only words whose vectors may learn, or how many of the training texts'
            and vectors' first ones; ``None`` for all.
        extra_words: Words of the vectors that get a row though no training text has them.
        vector_size: D of random vectors; where vectors are given, theirs counts.
        min_count: Rarer words of the training texts get no random vector.
        max_words: Most random vectors; ``None`` for no limit.
        max_length: Words read at once.
        long_texts: Of longer texts the beginning and the end are read ("head+tail", 1 to 3), or
            all of it in equal "chunks", whose answers are averaged.
        epochs: Passes over the texts in the last stage; ``None`` for 3, more where texts are few.
        head_epochs: Passes in each stage before it ("staged").
        batch_size: Texts in a step.
        rate: Highest learning rate of the new parts. It rises for a tenth of a stage, then falls.
        factor: How much slower each carried part learns than the one above it ("staged").
        weight_decay: Decoupled, of all that learns.
        adversary: How far words are moved where it hurts most, when each batch is learnt a second
            time: per word, on average, as a share of the length of a typical vector
            (:class:`.Adversary`). 0 learns once, in half the time.
        clip: Largest norm of a step's gradient; ``None`` for no limit.
        validation_fraction: Share of the texts held out; the best epoch on them is kept. 0 learns
            from all, to the last epoch. ``None``: 0.05 of 2,000 texts or more, and none of fewer;
            0.1 where ``patience`` or ``calibrate`` needs them.
        patience: Epochs without a better one after which a stage ends; ``None`` for never.
        tokenizer: Name, spec, function or tokeniser; ``None`` takes the vectors' own.
        init_from: A fitted model, or its folder, whose words, vectors and layers are carried over;
            the shape of the network is then its. With ``vectors`` (of the same space), words it
            has no row for get theirs.
        device: "cpu", "cuda", "mps"; ``None`` for the best there is.
        precision: "no", "bf16" or "fp16"; ``None`` for what ``accelerate`` is configured for.
        seed: Of the held-out part, new weights, order and dropout.
        class_weight: What a text of each class counts; "balanced" for one over its frequency.
        label_names: Names of the columns of ``y`` where texts have several labels.
        calibrate: Divide logits by the temperature that fits the held-out part best (Guo et al.
            2017, arXiv:1706.04599, section 4.2); classes stay as they are.

    Attributes:
        classes_: The C classes in order; names of the labels where texts have several.
        multilabel_: Whether texts have several labels.
        network_: :class:`.TextNetwork`.
        indexer_: :class:`.TextIndexer`.
        history_: :class:`.FitHistory`.
        report_: :class:`.TextReport` of the training texts.
        prior_: float64[C], shares of the classes among them.
        temperature_: What logits are divided by; 1 without calibration.

    Example:
        >>> classifier = TextClassifier(load_vectors("wiki.safetensors"))  # doctest: +SKIP
        >>> classifier.fit(texts, labels).predict(["A moving, funny film."])  # doctest: +SKIP
    """

    _: KW_ONLY
    class_weight: ClassWeight = None
    label_names: Sequence[str] | None = None
    calibrate: bool = False

    def fit(
        self,
        X: Iterable[Text],
        y: Any,
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
        progress: Callable[[FitProgress], None] | None = None,
    ) -> Self:
        """Learn from labelled texts.

        Args:
            X: N texts, or token lists.
            y: N classes, or [N, C] of 0 and 1 where texts have several labels.
            checkpoint: Folder that a killed run resumes from; it may be removed afterwards.
            resume: Go on from it; all else must be as it was.
            progress: Called a few times a second.

        Raises:
            ConfigurationError: Settings are wrong, all of them in one error.
            LabelledDataError: Labels are missing, of one class only, of another number than texts.
            TrainingInterrupted: Ctrl-C, with a checkpoint where one was asked for.
        """
        self._check()
        found = targets.classes_of(y, label_names=self.label_names)
        weights = targets.class_weights(found, self.class_weight)
        several = found.multilabel
        learnt, held = self._fit_network(
            X,
            torch.from_numpy(found.numbers),
            outputs=len(found.classes),
            loss=_labels_loss(weights) if several else _classes_loss(weights),
            score=label_score if several else class_score,
            classes=None if several else found.numbers,
            checkpoint=checkpoint,
            resume=resume,
            progress=progress,
        )
        self.classes_, self.multilabel_, self.prior_ = found.classes, several, found.shares
        self.temperature_ = 1.0
        if self.calibrate:
            logits = self._answers_of(learnt.take(held))
            self.temperature_ = temperature(logits, found.numbers[held], multilabel=several)
        return self

    def predict(self, X: Iterable[Text]) -> np.ndarray:
        """Return the most probable class of each text; int64[N, C] of 0 and 1 for several labels.

        A label counts from a probability of a half on.
        """
        chances = self.predict_proba(X)
        if self.multilabel_:
            return (chances >= 0.5).astype(np.int64)
        return self.classes_[chances.argmax(axis=1)]

    def predict_proba(self, X: Iterable[Text]) -> NDArray[np.float64]:
        """Return float64[N, C], the probability of each class, or of each label by itself."""
        logits, empty = self._answers(X)
        scaled = torch.from_numpy(logits).double() / self.temperature_
        chances = (scaled.sigmoid() if self.multilabel_ else scaled.softmax(1)).numpy()
        chances[empty] = self.prior_
        return chances

    def _kept(self) -> dict[str, Any]:
        kept = super()._kept()
        # Classes may be other things than strings, which alone JSON has for names.
        return kept | {"class_weight": "balanced" if self.class_weight == "balanced" else None}

    def _fitted(self) -> dict[str, Any]:
        return {
            "classes": self.classes_.tolist(),
            "multilabel": self.multilabel_,
            "prior": self.prior_.tolist(),
            "temperature": self.temperature_,
        }

    def _restore(self, fitted: Mapping[str, Any]) -> None:
        self.classes_ = np.array(fitted["classes"])
        self.multilabel_ = bool(fitted["multilabel"])
        self.prior_ = np.array(fitted["prior"], np.float64)
        self.temperature_ = float(fitted["temperature"])
        outputs = self.network_.head.out_features
        if not self.classes_.shape == self.prior_.shape == (outputs,):
            raise ConfigurationError(
                f"{len(self.classes_)} classes and {len(self.prior_)} shares, but {outputs} outputs"
            )
        if not np.isfinite(self.prior_).all() or not 0 < self.temperature_ < np.inf:
            raise ConfigurationError(
                f"expected shares and a temperature, found {self.prior_} and {self.temperature_}"
            )

    def _needs_held_out(self) -> bool:
        return self.calibrate

    def _problems(self) -> list[str]:
        problems = super()._problems()
        if not isinstance(self.calibrate, bool):
            problems.append(f"calibrate: expected True or False, found {self.calibrate!r}")
        if self.calibrate is True and self.validation_fraction == 0:
            problems.append("calibrate=True needs a held-out part: validation_fraction above 0")
        weight = self.class_weight
        if weight is not None and weight != "balanced" and not isinstance(weight, Mapping):
            problems.append(
                f'class_weight: expected "balanced", a mapping or None, found {weight!r}'
            )
        return problems


def _classes_loss(weights: Tensor | None) -> Callable[[Tensor, Tensor], Tensor]:
    def loss(output: Tensor, target: Tensor) -> Tensor:
        if weights is None:
            return functional.cross_entropy(output, target)
        # Not divided by the weights of the batch: a text counts the same in any company.
        own = weights.to(output.device)[target]
        return (functional.cross_entropy(output, target, reduction="none") * own).mean()

    return loss


def _labels_loss(weights: Tensor | None) -> Callable[[Tensor, Tensor], Tensor]:
    def loss(output: Tensor, target: Tensor) -> Tensor:
        own = None if weights is None else weights.to(output.device)
        return functional.binary_cross_entropy_with_logits(
            output, target.to(output.dtype), pos_weight=own
        )

    return loss
