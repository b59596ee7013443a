"""Heads on features of fitted models, averaged: "the fine-tuning of the poor"."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from ..embeddings.errors import ConfigurationError, LabelledDataError, ModelFormatError
from .feature_cache import FeatureCache, check_reader, compute_features
from .indexing import Text, listed_texts
from .layer_features import LAYERS, Layer
from .linear_head import STRENGTH, LinearHead, fit_head
from .model_folder import read_folder, refused_together, write_folder
from .saved_networks import load_reader
from .takes_texts import TakesTexts

FORMAT, FORMAT_VERSION = "wordgraft-heads", 1


@dataclass(eq=False, repr=False)
class BottleneckClassifier(ClassifierMixin, TakesTexts):
    """A logistic regression on what fitted models see of texts; the mean of several.

    Nothing of the models is changed. Features come from a cache where one is given, so that the
    second head on the same texts, with other labels, takes no time. Texts without a known word have
    features of zeros, like any others.

    Args:
        models: A fitted :class:`.TextClassifier`, :class:`.DocumentVectorizer` or the like, or
            several: their probabilities are averaged.
        layers: Layer of the features ("last", "encoder", "embedding": lower ones where the models'
            own tasks are far from this one), the same for all models or one for each.
        cache: A :class:`.FeatureCache` or its folder; ``None`` computes features whenever needed.
        strength: ``C`` of each logistic regression, on features scaled to unit length.

    Attributes:
        classes_: The C classes in order.
        heads_: A :class:`.LinearHead` for each model.
        n_models_: How many there are.

    Example:
        >>> head = BottleneckClassifier([films, wiki_sif], cache="features")  # doctest: +SKIP
        >>> head.fit(few_texts, labels).predict(others)  # doctest: +SKIP
        >>> head.save("heads")  # the models are in the folder  # doctest: +SKIP
    """

    models: Any = None
    _: KW_ONLY
    layers: Layer | Sequence[Layer] = "last"
    cache: Any = None
    strength: float = STRENGTH

    def fit(self, X: Iterable[Text], y: Any) -> Self:
        """Fit a head on the features of each model.

        Args:
            X: N texts, or token lists.
            y: N classes.

        Raises:
            ConfigurationError: Settings are wrong, all of them in one error.
            LabelledDataError: Labels are missing, of one class only, of another number than texts.
            FeatureCacheError: As :meth:`.FeatureCache.features`.
        """
        pairs = self._pairs()
        texts, cache = listed_texts(X), self._cache()
        labels = np.asarray(y)
        if len(texts) != len(labels):
            raise LabelledDataError(
                f"expected a label for each text, found {len(texts):,} texts and "
                f"{len(labels):,} labels"
            )
        heads = [
            fit_head(_features(cache, model, texts, layer), labels, strength=self.strength)
            for model, layer in pairs
        ]
        self.heads_: tuple[LinearHead, ...] = tuple(heads)
        self.classes_, self.n_models_ = heads[0].classes, len(heads)
        return self

    def predict_proba(self, X: Iterable[Text]) -> NDArray[np.float64]:
        """Return float64[N, C], the mean over the models of each class's probability."""
        check_is_fitted(self)
        texts, cache = listed_texts(X), self._cache()
        found = [
            head.predict_proba(_features(cache, model, texts, layer))
            for head, (model, layer) in zip(self.heads_, self._pairs(), strict=True)
        ]
        return np.mean(found, axis=0)

    def predict(self, X: Iterable[Text]) -> np.ndarray:
        """Return the class whose mean probability is highest."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    def unread(self, X: Iterable[Text]) -> NDArray[np.bool_]:
        """Return bool[N], whether no word of a text is known to any of the models."""
        check_is_fitted(self)
        texts = listed_texts(X)
        found = np.ones(len(texts), np.bool_)
        for model, _ in self._pairs():
            if hasattr(model, "network_"):
                found &= model.indexer_(texts).empty
            else:
                found &= np.count_nonzero(model.transform(texts), axis=1) == 0
        return found

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the heads and the models under them to a new folder: nothing in it runs.

        A model that serves with several layers is written once. The cache isn't kept.

        Raises:
            OutputError: The place is taken or can't be written; nothing is left behind.
        """
        check_is_fitted(self)
        models: list[Any] = []
        heads: list[dict[str, Any]] = []
        for model, layer in self._pairs():
            if not any(model is one for one in models):
                models.append(model)
            place = next(i for i, one in enumerate(models) if one is model)
            heads.append({"model": place, "layer": layer})

        def more(folder: Path) -> None:
            for number, model in enumerate(models):
                model.save(folder / _name(number))

        arrays: dict[str, np.ndarray] = {}
        for number, head in enumerate(self.heads_):
            arrays |= {f"weights-{number}": head.weights, f"bias-{number}": head.bias}
        write_folder(
            path,
            {
                "class": type(self).__name__,
                "settings": {"strength": self.strength},
                "classes": self.classes_.tolist(),
                "heads": heads,
            },
            arrays,
            format=FORMAT,
            version=FORMAT_VERSION,
            more=more,
        )

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, device: str | None = None, tokenizer: Any = None
    ) -> Self:
        """Open what :meth:`save` wrote, to predict with.

        Args:
            path: The folder.
            device: Where networks compute; ``None`` for the best there is.
            tokenizer: The function that made the words, where it was one: no file can hold it.

        Raises:
            ModelFormatError: The folder holds no such heads, or it is damaged or newer.
        """
        config, arrays = read_folder(
            path, format=FORMAT, version=FORMAT_VERSION, kinds=(cls.__name__,)
        )
        with refused_together(path):
            heads = [(int(one["model"]), one["layer"]) for one in config["heads"]]
            classes, strength = np.array(config["classes"]), float(config["settings"]["strength"])
            fitted = tuple(
                LinearHead(arrays[f"weights-{i}"], arrays[f"bias-{i}"], classes)
                for i in range(len(heads))
            )
        models = {
            place: load_reader(Path(path, _name(place)), device=device, tokenizer=tokenizer)
            for place in {place for place, _ in heads}
        }
        made = cls([models[place] for place, _ in heads], layers=[layer for _, layer in heads])
        made.strength, made.heads_ = strength, fitted
        made.classes_, made.n_models_ = classes, len(fitted)
        with refused_together(path):
            shapes = [(one.weights.shape, one.bias.shape) for one in fitted]
            wanted = [
                ((len(classes), _width(model, layer)), (len(classes),))
                for model, layer in made._pairs()
            ]
        if classes.ndim != 1 or shapes != wanted:
            raise ModelFormatError("its heads and models don't fit", path=path)
        return made

    def __sklearn_clone__(self) -> Self:
        """Return an unfitted estimator of the same settings; the models stay fitted."""
        return type(self)(**self.get_params(deep=False))

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002 - scikit-learn's
        """Return the settings by name; those of the models are their own business."""
        del deep
        return super().get_params(deep=False)

    def _cache(self) -> FeatureCache | None:
        if isinstance(self.cache, (str, os.PathLike)):
            return FeatureCache(self.cache)
        return self.cache

    def _pairs(self) -> list[tuple[Any, Layer]]:
        """Return each model with its layer."""
        several = isinstance(self.models, Sequence) and not isinstance(self.models, str)
        models: list[Any] = list(self.models) if several else [self.models]
        layers: list[Any] = (
            [self.layers] * len(models) if isinstance(self.layers, str) else list(self.layers)
        )
        problems: list[str] = []
        if not models or models == [None]:
            problems.append("models: expected a fitted model, or several, found none")
        if len(layers) != len(models):
            problems.append(f"layers: expected one for all or {len(models)}, found {len(layers)}")
        problems += [
            f"layers: expected one of {', '.join(map(repr, LAYERS))}, found {layer!r}"
            for layer in layers
            if layer not in LAYERS
        ]
        if self.cache is not None and not isinstance(self.cache, (str, os.PathLike, FeatureCache)):
            problems.append(
                f"cache: expected a FeatureCache, a folder or None, found {self.cache!r:.60}"
            )
        if problems:
            raise ConfigurationError(*problems)
        return list(zip(models, layers, strict=True))


def _features(
    cache: FeatureCache | None, model: Any, texts: list[Text], layer: Layer
) -> NDArray[np.float32]:
    if cache is None:
        return compute_features(model, texts, layer=layer)
    return cache.features(model, texts, layer=layer)


def _width(model: Any, layer: Layer) -> int:
    """Return how many numbers a model's features have."""
    check_reader(model, layer)
    if not hasattr(model, "network_"):
        return model.n_features_out_
    return compute_features(model, [""], layer=layer).shape[1]


def _name(place: int) -> str:
    """Return the name of a model's folder within that of the heads."""
    return f"model-{place + 1}"
