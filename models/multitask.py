"""Several tasks at once: one network that reads, and a head for each task."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ..embeddings.errors import ConfigurationError, LabelledDataError
from .classifier import TextClassifier
from .indexing import IndexedTexts, Text, TextIndexer, listed_texts
from .layer_features import Layer, layer_features
from .linear_head import STRENGTH, LinearHead, fit_head, softmax
from .networks.network import TextNetwork
from .recipe import groups_of
from .saving import SavedModel, write_model
from .task_heads import (
    SampledSource,
    heads_of,
    joined_head,
    single_head,
    split_head,
    task_loss,
    task_score,
)
from .task_labels import check_names, sampling_rates, task_labels
from .text_estimator import TextEstimator
from .text_source import TextSource
from .training.progress import FitHistory, FitProgress


@dataclass(eq=False, repr=False)
class MultiTaskClassifier(TextEstimator):
    """One recurrent reader of texts, shared by several tasks, each with a head of its own.

    What one task teaches the shared part about the language of the texts serves the others. Tasks
    may have other classes, and labels for other texts.

    All settings are those of :class:`.TextClassifier` but ``class_weight``, ``label_names`` and
    ``calibrate``, and these:

    Args:
        temperature: How tasks of unequal size are met: 1 every text once an epoch, larger numbers
            bring small tasks up, infinity meets all tasks as often (:func:`.sampling_rates`).
        task_weights: Name of a task -> what a label of it counts; 1 for those not named.

    Attributes:
        tasks_: Names of the tasks, in the order of their heads.
        classes_: Name -> its classes in order.
        priors_: Name -> float64[C], shares of the classes among its labels.
        unlabelled_: Texts that had no label of any task, and were left out.
        network_: :class:`.TextNetwork`, whose head is a :class:`.TaskHeads`.
        indexer_: :class:`.TextIndexer`.
        history_: :class:`.FitHistory`.
        report_: :class:`.TextReport` of the training texts.

    A task of which a batch has no label adds nothing to its loss, and nothing of its head moves in
    that step. Each label there is counts the same in any company: the loss of a batch is the sum
    over its labels, divided by its texts.

    Source: Caruana 1997 (Machine Learning 28): hard sharing of the hidden layers.

    Example:
        >>> model = MultiTaskClassifier(load_vectors("wiki.safetensors"))  # doctest: +SKIP
        >>> model.fit(texts, {"mood": moods, "topic": topics})  # doctest: +SKIP
        >>> model.predict(["A moving, funny film."], task="mood")  # doctest: +SKIP
    """

    _: KW_ONLY
    temperature: float = 1.0
    task_weights: Mapping[str, float] | None = None

    def fit(
        self,
        X: Iterable[Text],
        y: Mapping[str, Any],
        *,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
        progress: Callable[[FitProgress], None] | None = None,
    ) -> Self:
        """Learn all tasks together.

        Args:
            X: N texts, or token lists.
            y: Name of the task -> N labels, ``None`` where a text has none of it.
                :func:`.joined_tasks` makes both of separate data.
            checkpoint: Folder that a killed run resumes from; it may be removed afterwards.
            resume: Go on from it; all else must be as it was.
            progress: Called a few times a second.

        Raises:
            ConfigurationError: Settings are wrong, all of them in one error.
            LabelledDataError: A task has no labels, those of one class only, or labels of another
                number than there are texts; all such tasks in one error.
            TrainingInterrupted: Ctrl-C, with a checkpoint where one was asked for.
        """
        self._check()
        texts = listed_texts(X)
        found = task_labels(y, texts=len(texts))
        names = tuple(found.classes)
        if problems := check_names(names, self.task_weights):
            raise ConfigurationError(*problems)
        sizes = [len(classes) for classes in found.classes.values()]
        weights = [float((self.task_weights or {}).get(name, 1.0)) for name in names]
        some = np.asarray(found.known.any(axis=1))
        self._sizes = sizes
        try:
            self._fit_network(
                [text for text, kept in zip(texts, some, strict=True) if kept],
                torch.from_numpy(found.numbers[some]),
                outputs=sum(sizes),
                loss=task_loss(sizes, weights),
                score=task_score(sizes),
                classes=None,
                checkpoint=checkpoint,
                resume=resume,
                progress=progress,
            )
        finally:
            del self._sizes
        self.tasks_, self.classes_ = names, dict(found.classes)
        self.priors_, self.unlabelled_ = found.priors(), int((~some).sum())
        return self

    def problems(self) -> list[str]:
        """Return one sentence for each setting that is wrong: what :meth:`fit` would raise."""
        return self._problems()

    def add_task(
        self, name: str, X: Iterable[Text], y: Any, *, strength: float = STRENGTH
    ) -> LinearHead:
        """Learn a head for one more task; all that is there stays as it is, bit for bit.

        A logistic regression on what the network sees of the texts ("bottleneck features"), exact
        and in seconds. Texts without a known word are left out.

        Args:
            name: Of the new task.
            X: N texts, or token lists.
            y: N classes.
            strength: ``C`` of the regression.

        Returns:
            The head; :meth:`predict` knows the task from now on.

        Raises:
            ConfigurationError: There is a task of that name, or none was given.
            LabelledDataError: Labels are missing, of one class only, of another number than texts.
        """
        self._fitted_tasks()
        if not isinstance(name, str) or not name or name in self.tasks_:
            raise ConfigurationError(
                f"name: expected one other than {', '.join(map(repr, self.tasks_))}, found {name!r}"
            )
        texts, labels = listed_texts(X), np.asarray(y)
        if labels.ndim != 1 or len(texts) != len(labels):
            raise LabelledDataError(
                f"{name}: expected a label for each text, found {len(texts):,} texts and labels of "
                f"shape {list(labels.shape)}"
            )
        read = self.indexer_(texts)
        kept = ~read.empty
        if not kept.any():
            raise LabelledDataError(f"{name}: no text has a word that the model knows")
        head = fit_head(self._layer(read.take(kept), "last"), labels[kept], strength=strength)
        shares = np.array([(labels == one).mean() for one in head.classes])
        heads_of(self.network_).add(head.weights, head.bias)
        self.tasks_ = (*self.tasks_, name)
        self.classes_ = {**self.classes_, name: head.classes}
        self.priors_ = {**self.priors_, name: shares / shares.sum()}
        return head

    def predict(self, X: Iterable[Text], *, task: str | None = None) -> Any:
        """Return the most probable class of each text.

        Args:
            X: N texts.
            task: Whose; ``None`` returns name -> classes for all of them, from one reading.
        """
        found = self.predict_proba(X, task=task)
        if task is not None:
            return self.classes_[task][found.argmax(axis=1)]
        return {name: self.classes_[name][own.argmax(axis=1)] for name, own in found.items()}

    def predict_proba(self, X: Iterable[Text], *, task: str | None = None) -> Any:
        """Return float64[N, C], the probability of each class.

        A text without a known word gets the share of each class among the training labels.

        Args:
            X: N texts.
            task: Whose; ``None`` returns name -> probabilities for all of them.

        Raises:
            ConfigurationError: There is no such task; says which there are.
        """
        self._fitted_tasks()
        if task is not None:
            self._check_task(task)
        logits, empty = self._answers(X)
        found: dict[str, NDArray[np.float64]] = {}
        borders = np.cumsum([len(self.classes_[name]) for name in self.tasks_])[:-1]
        for name, own in zip(self.tasks_, np.split(logits, borders, axis=1), strict=True):
            chances = softmax(own)
            chances[empty] = self.priors_[name]
            found[name] = chances
        return found if task is None else found[task]

    def only(self, task: str) -> TextClassifier:
        """Return the classifier of one task: this network with that head alone.

        It answers as this one does, and can be scored, explained and saved as any other. The
        weights below the head are shared with this model, not copied.

        Args:
            task: Its name.

        Raises:
            ConfigurationError: There is no such task; says which there are.
        """
        self._check_task(task)
        fitted = {
            "classes": self.classes_[task].tolist(),
            "multilabel": False,
            "prior": self.priors_[task].tolist(),
            "temperature": 1.0,
        }
        own = ("temperature", "task_weights")
        saved = SavedModel(
            kind=TextClassifier.__name__,
            settings={name: value for name, value in self._kept().items() if name not in own},
            fitted=fitted,
            network=single_head(self.network_, self.tasks_.index(task)),
            indexer=self.indexer_,
            history=self.history_,
            report=self.report_,
        )
        made = TextClassifier.of(saved)
        made.device, made.tokenizer = self.device, self.tokenizer
        return made

    def scores(self, X: Iterable[Text], y: Mapping[str, Any]) -> dict[str, float]:
        """Return for each task its accuracy on the texts that have a label of it.

        Args:
            X: N texts.
            y: Name of the task -> N labels, ``None`` for none.

        Raises:
            LabelledDataError: A task has no labels here, or of another number.
        """
        texts = listed_texts(X)
        answers = self.predict(texts)
        found: dict[str, float] = {}
        for name, own in y.items():
            if name not in answers:
                raise ConfigurationError(f"y: {name!r} is none of {', '.join(self.tasks_)}")
            given = list(own)
            there = [i for i, label in enumerate(given) if label is not None]
            if len(given) != len(texts) or not there:
                raise LabelledDataError(
                    f"{name}: expected {len(texts):,} labels, some of them there, found "
                    f"{len(given):,} with {len(there):,}"
                )
            found[name] = float(np.mean([answers[name][i] == given[i] for i in there]))
        return found

    def score(self, X: Iterable[Text], y: Mapping[str, Any]) -> float:
        """Return the mean over the tasks of :meth:`scores`."""
        return float(np.mean(list(self.scores(X, y).values())))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to a new folder: JSON and safetensors, nothing that runs.

        The heads are stored as one, row under row, so that every reader of models opens the folder:
        also :class:`.TextClassifier`'s ``init_from``.

        Raises:
            OutputError: The place is taken or can't be written; nothing is left behind.
        """
        self._fitted_tasks()
        saved = SavedModel(
            kind=type(self).__name__,
            settings=self._kept(),
            fitted=self._fitted(),
            network=joined_head(self.network_),
            indexer=self.indexer_,
            history=self.history_,
            report=self.report_,
        )
        write_model(path, saved)

    # --- how -------------------------------------------------------------------------------------

    def _learn(self, network: TextNetwork, indexer: TextIndexer, **how: Any) -> FitHistory:
        split_head(network, self._sizes)
        how["groups"] = groups_of(network, carried=self.init_from is not None)
        return super()._learn(network, indexer, **how)

    def _text_source(
        self,
        texts: IndexedTexts,
        targets: Tensor,
        rows: NDArray[np.int64],
        *,
        shuffle: bool,
        reader: str = "",
    ) -> TextSource:
        source = super()._text_source(texts, targets, rows, shuffle=shuffle, reader=reader)
        if not shuffle or self.temperature == 1:
            return source
        rates = sampling_rates(source.targets.numpy() >= 0, self.temperature)
        return SampledSource.over(source, rates)

    def _layer(self, texts: IndexedTexts, layer: Layer) -> NDArray[np.float32]:
        parts, owner = self._cut(texts)
        return layer_features(self.network_, parts, owner, texts=len(texts), layer=layer)

    def _fitted_tasks(self) -> None:
        check_is_fitted(self)

    def _check_task(self, task: str) -> None:
        self._fitted_tasks()
        if task not in self.tasks_:
            raise ConfigurationError(
                f"task: expected one of {', '.join(map(repr, self.tasks_))}, found {task!r}"
            )

    def _problems(self) -> list[str]:
        problems = super()._problems()
        heat = self.temperature
        if isinstance(heat, bool) or not isinstance(heat, (int, float)) or not heat >= 1:
            problems.append(f"temperature: expected a number from 1, found {heat!r}")
        weights = self.task_weights
        if weights is not None and not isinstance(weights, Mapping):
            problems.append(f"task_weights: expected a mapping or None, found {weights!r:.60}")
        elif weights:
            problems += [
                f"task_weights: expected a number from 0 for {name!r}, found {value!r}"
                for name, value in weights.items()
                if isinstance(value, bool)
                or not isinstance(value, (int, float))
                or not 0 <= value < math.inf
            ]
        return problems

    def _kept(self) -> dict[str, Any]:
        heat = self.temperature  # JSON has no infinity
        return super()._kept() | {"temperature": heat if math.isfinite(heat) else "inf"}

    def _fitted(self) -> dict[str, Any]:
        return {
            "tasks": list(self.tasks_),
            "classes": [self.classes_[name].tolist() for name in self.tasks_],
            "priors": [self.priors_[name].tolist() for name in self.tasks_],
            "unlabelled": self.unlabelled_,
        }

    def _restore(self, fitted: Mapping[str, Any]) -> None:
        self.temperature = float(self.temperature)
        self.tasks_ = tuple(map(str, fitted["tasks"]))
        classes = [np.array(own) for own in fitted["classes"]]
        priors = [np.array(own, np.float64) for own in fitted["priors"]]
        sizes = [len(own) for own in classes]
        outputs = self.network_.head.out_features
        if (
            sizes != [len(own) for own in priors]
            or sum(sizes) != outputs
            or len(set(self.tasks_)) != len(sizes)
        ):
            raise ConfigurationError(
                f"{len(self.tasks_)} tasks of {sizes} classes, but {outputs} outputs"
            )
        self.classes_ = dict(zip(self.tasks_, classes, strict=True))
        self.priors_ = dict(zip(self.tasks_, priors, strict=True))
        self.unlabelled_ = int(fitted["unlabelled"])
        split_head(self.network_, sizes)
