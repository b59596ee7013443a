"""Features of texts computed once: kept on disk, as long as nothing they depend on has changed."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from ..embeddings.arrayfile import ArrayFile, open_arrays, write_arrays
from ..embeddings.errors import (
    ConfigurationError,
    FeatureCacheError,
    OutputError,
    VectorFormatError,
)
from .feature_marks import mark_of_reader, mark_of_texts
from .indexing import Text, listed_texts
from .layer_features import LAYERS, Layer, layer_features
from .model_folder import package_version

FORMAT, FORMAT_VERSION = "wordgraft-features", 1
_ARRAY, _SUFFIX = "features", ".safetensors"


@dataclass(frozen=True)
class CacheReport:
    """What a cache did since it was opened.

    Attributes:
        kept: Questions answered from the disk.
        computed: Those for which features had to be computed and were written.
        rebuilt: Of those, how many replaced a file that was damaged or of another version.
    """

    kept: int = 0
    computed: int = 0
    rebuilt: int = 0


@dataclass(frozen=True)
class CacheEntry:
    """What a file of the cache holds.

    Attributes:
        path: The file.
        layer: What features they are.
        model: Mark of what made them.
        texts: Mark of the texts.
        shape: N texts, W numbers each.
        written_by: Version of wordgraft that wrote it.
    """

    path: Path
    layer: str
    model: str
    texts: str
    shape: tuple[int, int]
    written_by: str


class FeatureCache:
    """Bottleneck features: what a fitted model sees of texts, computed once.

    A question is the model, the layer and the texts. Its answer is on the disk under a name made of
    marks of all three: of every number that the features depend on (word vectors, weights below the
    layer), of the words, the tokenizer and how long texts are cut, and of every character of the
    texts. So when anything changed the name is another one, and features are computed anew; there
    is nothing to invalidate by hand, and old files stay until :meth:`clear`.

    A file that is damaged, or was written by another version of wordgraft, is refused with what to
    do about it; with ``rebuild=True`` it is written anew.

    Args:
        folder: Where to keep files; made where it isn't there.
        rebuild: What becomes of files of other versions, and damaged ones.

    Attributes:
        folder: As given.
        report: :class:`CacheReport`.

    Source: features of a network's upper layers as they come: Donahue et al. 2014,
        arXiv:1310.1531; Sharif Razavian et al. 2014, arXiv:1403.6382.

    Example:
        >>> cache = FeatureCache("features")  # doctest: +SKIP
        >>> rows = cache.features(classifier, texts)  # minutes  # doctest: +SKIP
        >>> rows = cache.features(classifier, texts)  # milliseconds  # doctest: +SKIP
    """

    def __init__(self, folder: str | os.PathLike[str], *, rebuild: bool = False) -> None:
        self.folder, self.rebuild = Path(folder), rebuild
        self.report = CacheReport()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"{self.folder}: can't make the folder of the cache: {error.strerror or error}"
            ) from error

    def features(
        self, model: Any, texts: Iterable[Text], *, layer: Layer = "last", below: int = 0
    ) -> NDArray[np.float32]:
        """Return features of texts, from the disk or computed now.

        Args:
            model: Fitted: a :class:`.TextClassifier` or another model of texts, or a
                :class:`.DocumentVectorizer` (which has one layer, the last).
            texts: N texts, or token lists.
            layer: "last", what the head sees; "encoder", states of a recurrent layer, pooled;
                "embedding", the mean of the word vectors (:func:`.layer_features`).
            below: For "encoder": how many recurrent layers are left out from the top.

        Returns:
            float32[N, W]; zeros where a text has no known word.

        Raises:
            ConfigurationError: The layer isn't there, the model can't be used, or its tokenizer is
                a function, of which nobody could tell that it has changed.
            NotFittedError: The model isn't fitted.
            FeatureCacheError: The file is damaged or of another version, and ``rebuild`` is off.
            OutputError: The file can't be written.
        """
        listed = listed_texts(texts)
        check_reader(model, layer, below=below)
        about = {
            "layer": f"{layer}-{below}" if below else layer,
            "model": mark_of_reader(model, layer),
            "texts": mark_of_texts(listed),
        }
        key = hashlib.blake2b(json.dumps(about).encode(), digest_size=16).hexdigest()
        path = self.folder / f"{about['layer']}-{key}{_SUFFIX}"
        found = None
        rebuilt = False
        if path.exists():
            try:
                found = _checked(path, about, texts=len(listed))
            except FeatureCacheError:
                if not self.rebuild:
                    raise
                rebuilt = True
        if found is not None:
            self.report = replace(self.report, kept=self.report.kept + 1)
            return found
        made = compute_features(model, listed, layer=layer, below=below)
        head = {"format": FORMAT, "version": str(FORMAT_VERSION), "written_by": package_version()}
        write_arrays(path, {_ARRAY: made}, metadata={**head, "about": json.dumps(about)})
        self.report = replace(
            self.report,
            computed=self.report.computed + 1,
            rebuilt=self.report.rebuilt + rebuilt,
        )
        return made

    def entries(self) -> tuple[CacheEntry, ...]:
        """Return what the files of this version hold, by name; others are passed over."""
        found: list[CacheEntry] = []
        for path in self._files():
            try:
                opened = _opened(path, mmap=True)
                about = json.loads(opened.metadata["about"])
                rows, width = opened.arrays[_ARRAY].shape
                found.append(
                    CacheEntry(path, about["layer"], about["model"], about["texts"],
                               (rows, width), opened.metadata["written_by"])
                )  # fmt: skip
            except (FeatureCacheError, LookupError, ValueError):
                continue
        return tuple(found)

    def clear(self) -> int:
        """Remove the files of the cache, of whatever version; return how many there were."""
        files = self._files()
        for path in files:
            path.unlink()
        return len(files)

    def _files(self) -> list[Path]:
        """Return what looks like files of a cache: nothing else in the folder is ever touched."""
        prefixes = tuple(f"{layer}-" for layer in LAYERS)
        return sorted(
            path
            for path in self.folder.glob(f"*{_SUFFIX}")
            if path.name.startswith(prefixes) and len(path.stem.rpartition("-")[2]) == 32
        )


def compute_features(
    model: Any, texts: Iterable[Text], *, layer: Layer = "last", below: int = 0
) -> NDArray[np.float32]:
    """Return features of texts, computed now: :meth:`FeatureCache.features` without a disk.

    Args and errors as there.
    """
    check_reader(model, layer, below=below)
    listed = listed_texts(texts)
    if not hasattr(model, "network_"):
        return np.ascontiguousarray(model.transform(listed), np.float32)
    found = model.indexer_(listed)
    parts, owner = model._cut(found)
    return layer_features(model.network_, parts, owner, texts=len(found), layer=layer, below=below)


def check_reader(model: Any, layer: str, *, below: int = 0) -> None:
    """Raise unless a model has features of a layer.

    Raises:
        ConfigurationError: There is no such layer, or nothing of the model reads texts.
        NotFittedError: It isn't fitted.
    """
    if layer not in LAYERS:
        raise ConfigurationError(
            f"layer: expected one of {', '.join(map(repr, LAYERS))}, found {layer!r}"
        )
    if not hasattr(model, "_cut") and not hasattr(model, "transform_blocks"):
        raise ConfigurationError(
            "model: expected a TextClassifier or another model of texts, or a DocumentVectorizer, "
            f"found {type(model).__name__}"
        )
    check_is_fitted(model)
    if not hasattr(model, "network_") and (layer != "last" or below):
        raise ConfigurationError(
            f'layer: a {type(model).__name__} has one layer, "last", found {layer!r}'
        )


def _checked(path: Path, about: dict[str, str], *, texts: int) -> NDArray[np.float32]:
    """Return the features in a file, or raise what is wrong with it."""
    opened = _opened(path, mmap=False)
    try:
        same = json.loads(opened.metadata["about"]) == about
        features = opened.arrays[_ARRAY]
        fits = features.ndim == 2 and len(features) == texts and features.dtype == np.float32
    except (LookupError, ValueError):
        same = fits = False
        features = np.empty(0, np.float32)
    if not (same and fits):
        raise FeatureCacheError("it isn't what its name says: damaged or renamed", path=path)
    return features


def _opened(path: Path, *, mmap: bool) -> ArrayFile:
    try:
        opened = open_arrays(path, mmap=mmap)
    except VectorFormatError as error:
        raise FeatureCacheError(f"damaged ({error})", path=path) from error
    except OSError as error:
        raise FeatureCacheError(f"can't be read ({error.strerror or error})", path=path) from error
    told = opened.metadata
    if told.get("format") != FORMAT:
        raise FeatureCacheError("expected features, found another file", path=path)
    version, writer = told.get("version"), told.get("written_by")
    if version != str(FORMAT_VERSION) or writer != package_version():
        raise FeatureCacheError(
            f"written by wordgraft {writer} (format {version}), and this is {package_version()} "
            f"(format {FORMAT_VERSION}): its features may be others",
            path=path,
        )
    return opened
