"""``TextClusterer``: texts into clusters with names."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClusterMixin
from sklearn.utils.validation import check_is_fitted

from ...embeddings.errors import ConfigurationError, ModelFormatError
from ..documents.vectorizer import DocumentVectorizer
from ..indexing import Text, listed_texts
from ..model_folder import read_folder, refused_together, write_folder
from ..takes_texts import TakesTexts, drawn_texts
from .clustering import Clustering, Method, cluster
from .count import choose_k
from .names import ClusterName, Term, name_clusters

FORMAT, FORMAT_VERSION = "wordgraft-clusters", 1
VECTORIZER = "vectorizer"
"""Folder of the vectoriser within the folder of the clusters."""

Progress = Callable[[str, int, int], None]
"""Takes what is being done ("reading", "clustering"), steps done, and steps in all."""


@dataclass(eq=False, repr=False)
class TextClusterer(ClusterMixin, TakesTexts):
    """Divide texts into clusters by what they are about, and name them.

    Texts become vectors (:class:`.DocumentVectorizer`), vectors clusters (:func:`.cluster`), and
    clusters get words (:func:`.name_clusters`). Texts without a known word are in no cluster: their
    label is -1.

    Args:
        vectors: Word vectors; never modified.
        k: Number of clusters; ``None`` chooses one by silhouettes, see :func:`.choose_k`.
        method: As :func:`.cluster` has it; ``None`` for k-means.
        weighting: How words make a document; see :class:`.DocumentVectorizer`.
        tokenizer: How texts become words; ``None`` for the vectors' own.
        n_init: Starts of k-means of which the best is kept.
        min_size: Of HDBSCAN: documents of the smallest cluster.
        fit_on: The vectoriser learns from at most so many texts, drawn by chance.
        seed: Start of every random draw.

    Attributes:
        labels_: int64[N], the cluster of each text, from 0 by falling size; -1 for none.
        names_: A :class:`.ClusterName` for each cluster.
        clustering_: The :class:`.Clustering`: centres, sizes, notes.
        vectorizer_: The fitted :class:`.DocumentVectorizer`.
        choice_: How the number of clusters was chosen; ``None`` where it was given.

    Example:
        >>> from wordgraft import WordVectors
        >>> rows = {"sun": [1, 0.1], "rain": [1, 0], "goal": [0, 1], "match": [0.1, 1]}
        >>> texts = ["the sun, the rain", "rain", "the goal", "match, goal!", "rain, sun"]
        >>> found = TextClusterer(WordVectors.from_mapping(rows), k=2, weighting="mean").fit(texts)
        >>> found.labels_.tolist(), found.names_[0].title
        ([0, 0, 1, 1, 0], 'rain, sun')
    """

    vectors: Any = None
    _: KW_ONLY
    k: int | None = None
    method: Method | None = None
    weighting: str = "auto"
    tokenizer: Any = None
    n_init: int = 10
    min_size: int | None = None
    fit_on: int = 100_000
    seed: int = 0

    def fit(self, texts: Iterable[Text], y: Any = None) -> Self:
        """Find clusters of texts.

        Args:
            texts: Each a ``str`` or a list of tokens.
            y: Not used; scikit-learn passes it.

        Raises:
            ConfigurationError: Settings are wrong, such as more clusters than texts.
            DocumentError: There are no texts, or none has a known word.
            TypeError: ``texts`` is a single ``str``, or one of them is neither text nor tokens.
        """
        del y
        self.fit_rows(listed_texts(texts))
        return self

    def fit_rows(
        self, texts: Sequence[Text], *, progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """Fit, and return the vectors that were clustered.

        Args:
            texts: N texts.
            progress: Told what is done.

        Returns:
            float32[N, W]; zeros for texts without a known word.
        """
        if self.fit_on < 1:
            raise ConfigurationError(f"fit_on: expected a whole number from 1, found {self.fit_on}")
        vectorizer = DocumentVectorizer(
            self.vectors, weighting=self.weighting, tokenizer=self.tokenizer, seed=self.seed
        )
        vectorizer.fit(drawn_texts(texts, self.fit_on, seed=self.seed))
        rows = document_rows(vectorizer, texts, progress=_part(progress, "reading"))
        k, choice = self.k, None
        if k is None and self.method != "hdbscan":
            choice = choose_k(rows, seed=self.seed, progress=_part(progress, "trying numbers"))
            k = choice.k
        clustering = cluster(
            rows,
            k=k,
            method=self.method,
            n_init=self.n_init,
            min_size=self.min_size,
            seed=self.seed,
            progress=_part(progress, "clustering"),
        )
        names = name_clusters(
            texts,
            clustering,
            tokenizer=vectorizer.space_.words.indexer.tokenizer,
            vectorizer=vectorizer,
        )
        self.vectorizer_, self.clustering_, self.names_ = vectorizer, clustering, names
        self.labels_, self.choice_ = clustering.labels, choice
        return rows

    def predict(self, texts: Iterable[Text]) -> NDArray[np.int64]:
        """Return int64[n], the nearest cluster of each text; -1 for those without a known word."""
        check_is_fitted(self)
        return self.clustering_.predict(self.vectorizer_.transform(listed_texts(texts)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write clusters, names and vectoriser to a new folder: nothing in it runs.

        The labels of the texts aren't kept.

        Raises:
            OutputError: The place is taken or can't be written; nothing is left behind.
        """
        check_is_fitted(self)
        kept = ("vectors", "tokenizer")
        settings = {n: v for n, v in self.get_params(deep=False).items() if n not in kept}
        found: Clustering = self.clustering_
        config = {
            "class": type(self).__name__,
            "settings": settings,
            "method": found.method,
            "notes": found.notes,
            "names": [asdict(name) for name in self.names_],
        }
        write_folder(
            path,
            config,
            {"centres": found.centres, "sizes": found.sizes},
            format=FORMAT,
            version=FORMAT_VERSION,
            more=lambda folder: self.vectorizer_.save(folder / VECTORIZER),
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, tokenizer: Any = None) -> Self:
        """Open what :meth:`save` wrote, to predict with.

        Args:
            path: The folder.
            tokenizer: The function that made the words, where it was one: no file can hold it.

        Raises:
            ModelFormatError: The folder holds no clusters, or they are damaged or of a newer
                format.
        """
        config, arrays = read_folder(
            path, format=FORMAT, version=FORMAT_VERSION, kinds=(cls.__name__,)
        )
        vectorizer = DocumentVectorizer.load(Path(path) / VECTORIZER, tokenizer=tokenizer)
        with refused_together(path):
            model = cls(**config["settings"])
            model.vectorizer_, model.tokenizer, model.choice_ = vectorizer, tokenizer, None
            model.names_ = tuple(_name(stored) for stored in config["names"])
            model.labels_ = np.zeros(0, np.int64)
            model.clustering_ = Clustering(
                labels=model.labels_,
                centres=arrays["centres"],
                sizes=arrays["sizes"],
                empty=np.zeros(0, bool),
                method=config["method"],
                notes=tuple(config["notes"]),
            )
        lengths = {len(model.names_), len(model.clustering_), len(model.clustering_.sizes)}
        if len(lengths) > 1 or model.clustering_.centres.shape[1] != vectorizer.n_features_out_:
            raise ModelFormatError("its centres, sizes, names and vectoriser don't fit", path=path)
        return model

    # --- scikit-learn ----------------------------------------------------------------------------

    def __sklearn_is_fitted__(self) -> bool:
        """Say whether there are clusters."""
        return hasattr(self, "clustering_")


def document_rows(
    vectorizer: DocumentVectorizer,
    texts: Sequence[Text],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> NDArray[np.float32]:
    """Return float32[N, W], the vectors of texts, without a second copy of them on the way.

    Args:
        vectorizer: Fitted.
        texts: N texts.
        progress: Called with texts done and texts in all.
    """
    rows = np.empty((len(texts), vectorizer.n_features_out_), np.float32)
    done = 0
    for block in vectorizer.transform_blocks(texts):
        rows[done : done + len(block)] = block
        done += len(block)
        if progress is not None:
            progress(done, len(texts))
    return rows


def _part(progress: Progress | None, name: str) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, total: progress(name, done, total)


def _name(stored: Any) -> ClusterName:
    return ClusterName(
        terms=tuple(Term(**term) for term in stored["terms"]),
        nearest=tuple((str(word), float(cosine)) for word, cosine in stored["nearest"]),
    )
