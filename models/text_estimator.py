"""What classifier and regressor share: from texts to a fitted network, and from texts to answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Literal, Self, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ..embeddings.errors import ConfigurationError, LabelledDataError
from ..embeddings.tokenizers import make_tokenizer
from .devices import make_accelerator
from .fit_progress import FitHistory, FitProgress
from .fitting import fit
from .indexing import FIRST_WORD, IndexedTexts, Text, TextIndexer, count_words
from .learner import Loss, Score
from .network import NetworkSettings, TextNetwork
from .recipe import Embeddings, default_epochs, groups_of, stages
from .row_optimizer import RowAdam
from .text_report import TextReport
from .text_source import TextSource, answers
from .wordrows import WordRows, drawn, extended, grafted

LongTexts = Literal["head+tail", "chunks"]
HEAD_SHARE = 0.25
"""Which part of ``max_length`` is taken from the beginning of a long text."""


@dataclass(eq=False, repr=False)
class TextEstimator(BaseEstimator):
    """Settings and network of a model that reads texts; see :class:`.TextClassifier`."""

    vectors: Any = None
    _: KW_ONLY
    encoder: str = "gru"
    hidden: int = 96
    layers: int = 1
    bidirectional: bool = True
    pooling: str = "max+mean+attention"
    embedding_dropout: float = 0.3
    layer_dropout: float = 0.3
    head_dropout: float = 0.3
    embeddings: Embeddings | None = None
    tune_words: Sequence[str] | int | None = None
    extra_words: int = 50_000
    vector_size: int = 100
    min_count: int = 2
    max_words: int | None = None
    max_length: int = 400
    long_texts: LongTexts = "head+tail"
    epochs: int | None = None
    head_epochs: int = 1
    batch_size: int = 32
    rate: float = 1e-3
    factor: float = 2.6
    weight_decay: float = 0.0
    clip: float = 1.0
    validation_fraction: float = 0.1
    patience: int | None = None
    tokenizer: Any = None
    init_from: Any = None
    device: str | None = None
    precision: str | None = None
    seed: int = 0

    def __sklearn_clone__(self) -> Self:
        """Return an unfitted estimator of the same settings; what it starts from stays fitted."""
        settings = self.get_params(deep=False)
        kept = {name: settings.pop(name) for name in ("vectors", "init_from")}
        copies = {name: clone(value, safe=False) for name, value in settings.items()}
        return type(self)(**copies, **kept)

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002 - scikit-learn's
        """Return the settings by name; those of ``init_from`` are its own business."""
        del deep
        return super().get_params(deep=False)

    def __sklearn_tags__(self) -> Any:
        """Say that texts are taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        tags.non_deterministic = False
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        """Say whether there is a network."""
        return hasattr(self, "network_")

    def read(self, texts: Iterable[Text]) -> TextReport:
        """Return how much of some texts the fitted model reads."""
        check_is_fitted(self)
        indexer: TextIndexer = self.indexer_
        return TextReport.of(
            indexer(texts), skipped=indexer.unknown == "skip", max_length=self.max_length
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to a new folder: JSON and safetensors, nothing that runs.

        Vectors and the model it was carried over from aren't needed to use it, and aren't kept.

        Raises:
            OutputError: The place is taken or can't be written; nothing is left behind.
        """
        from .saving import save_estimator

        check_is_fitted(self)
        save_estimator(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, device: str | None = None) -> Self:
        """Open a model that :meth:`save` wrote.

        Args:
            path: The folder.
            device: Where to compute; ``None`` for the best there is.

        Raises:
            ModelFormatError: The folder is no model, damaged, of a newer format or another kind.
        """
        from .saving import load_estimator

        return load_estimator(path, device=device, expected=cls)

    # --- fitting ---------------------------------------------------------------------------------

    def _fit_network(
        self,
        texts: Iterable[Text],
        targets: Tensor,
        *,
        outputs: int,
        loss: Loss,
        score: Score | None,
        classes: NDArray[np.int64] | None,
        checkpoint: str | os.PathLike[str] | None,
        resume: bool,
        progress: Callable[[FitProgress], None] | None,
    ) -> tuple[IndexedTexts, NDArray[np.int64]]:
        """Fit ``network_``; set ``indexer_``, ``history_`` and ``report_``.

        Args:
            texts: N.
            targets: N rows.
            outputs: C, numbers in an answer.
            loss: Mean loss of a batch.
            score: Score of each example.
            classes: int64[N], what to keep the shares of in the held-out part.
            checkpoint: As :func:`~.fitting.fit`.
            resume: Likewise.
            progress: Likewise.

        Returns:
            The texts that learning saw, cut; and int64[n], which of them were held out.
        """
        self._check()
        source = self._source()
        listed = list(texts)
        if len(listed) != len(targets):
            raise LabelledDataError(
                f"expected a label for each text, found {len(listed):,} texts and "
                f"{len(targets):,} labels"
            )
        tokenizer = self._tokenizer(source)
        rows = self._rows(count_words(listed, tokenizer), source)
        indexer = TextIndexer(rows.words, tokenizer, unknown="skip")
        found = indexer(listed)
        read = np.flatnonzero(~found.empty)
        if len(read) < 2:
            raise LabelledDataError(
                f"expected texts with words that have a vector, found {len(read):,} of "
                f"{len(listed):,}: do tokenizer and letter case fit the vectors?"
            )
        report = TextReport.of(found, skipped=True, max_length=self.max_length)
        train, valid = self._split(read, None if classes is None else classes[read])
        self.report_ = replace(report, held_out=len(valid))
        network = self._network(rows, outputs, source, indexer)
        groups = groups_of(network, carried=source is not None)
        learns = self._text_source(found, targets, train, shuffle=True)
        held = self._text_source(found, targets, valid, shuffle=False) if len(valid) else None
        self.history_: FitHistory = fit(
            network,
            train=learns,
            valid=held,
            stages=stages(
                groups,
                self._mode(),
                epochs=self.epochs or default_epochs(len(learns)),
                head_epochs=self.head_epochs,
                rate=self.rate,
                factor=self.factor,
            ),
            loss=loss,
            score=score,
            groups=groups,
            optimizer=lambda parts: RowAdam(parts, weight_decay=self.weight_decay),
            clip=self.clip,
            patience=self.patience,
            monitor="loss",
            seed=self.seed,
            checkpoint=checkpoint,
            resume=resume,
            progress=progress,
            accelerator=make_accelerator(self.device, precision=self.precision),
        )
        self.network_, self.indexer_ = network.eval(), indexer
        return found, valid

    def _text_source(
        self, texts: IndexedTexts, targets: Tensor, rows: NDArray[np.int64], *, shuffle: bool
    ) -> TextSource:
        """Return texts, cut as they will be read, and their targets."""
        parts, owner = self._cut(texts.take(rows))
        owner = rows[owner]
        return TextSource(
            parts,
            targets[torch.from_numpy(owner)],
            batch_size=self.batch_size,
            seed=self.seed,
            shuffle=shuffle,
        )

    def _split(
        self, read: NDArray[np.int64], classes: NDArray[np.int64] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the texts to learn from and those held out, each in order."""
        count = round(self.validation_fraction * len(read))
        if not self.validation_fraction or not 0 < count < len(read):
            return read, read[:0]
        shares = classes
        if shares is not None:
            met = np.unique(shares, return_counts=True)[1]
            count = max(count, len(met))
            if met.min() < 2 or len(read) - count < len(met):
                shares = None
        if count >= len(read):
            return read, read[:0]
        left, held = train_test_split(
            read, test_size=count, random_state=self.seed, stratify=shares
        )
        return np.sort(left), np.sort(held)

    def _network(
        self, rows: WordRows, outputs: int, source: TextEstimator | None, indexer: TextIndexer
    ) -> TextNetwork:
        """Return the network before fitting."""
        shape = self._shape() if source is None else self._carried_shape(source)
        network = TextNetwork(
            rows.matrix, outputs, shape, rows=self._learning_rows(indexer), seed=self.seed
        )
        if source is not None:
            network.encoder.load_state_dict(source.network_.encoder.state_dict())
            network.pooling.load_state_dict(source.network_.pooling.state_dict())
        return network

    def _rows(self, counts: dict[str, int], source: TextEstimator | None) -> WordRows:
        """Return the words that get rows, and the rows."""
        if source is None and self._mode() == "scratch":
            return drawn(
                counts,
                min_count=self.min_count,
                size=self.vector_size,
                most=self.max_words,
                seed=self.seed,
            )
        if source is None:
            return grafted(counts, self.vectors, extra=self.extra_words)
        words = tuple(source.indexer_.words)
        matrix = source.network_.embedding.weight.detach().cpu().numpy()
        own = WordRows(words, matrix, pretrained=True)
        if self.vectors is None:
            return own
        if self.vectors.vector_size != matrix.shape[1]:
            raise ConfigurationError(
                f"vectors: expected vectors of {matrix.shape[1]} numbers, as the model in "
                f"init_from has; found {self.vectors.vector_size}. Leave them out, or give those "
                "it was trained on"
            )
        return extended(words, matrix, grafted(counts, self.vectors, extra=0))

    def _learning_rows(self, indexer: TextIndexer) -> NDArray[np.int64] | None:
        """Return the rows that may learn; ``None`` for all."""
        if self.tune_words is None:
            return None
        if isinstance(self.tune_words, int):
            return np.arange(FIRST_WORD, min(len(indexer), FIRST_WORD + self.tune_words))
        unknown = [word for word in self.tune_words if word not in indexer.index]
        if unknown:
            raise ConfigurationError(
                f"tune_words: {len(unknown):,} words have no row: {', '.join(unknown[:5])}"
            )
        return np.array([indexer.index[word] for word in self.tune_words], np.int64)

    # --- answering -------------------------------------------------------------------------------

    def _answers(self, texts: Iterable[Text]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return float32[N, C], what the network answers, and bool[N]: texts nothing was read of.

        The answer for a text in chunks is the mean over its chunks.
        """
        check_is_fitted(self)
        found: IndexedTexts = self.indexer_(texts)
        return self._answers_of(found), found.empty

    def _answers_of(self, texts: IndexedTexts) -> NDArray[np.float32]:
        outputs = self.network_.head.out_features
        parts, owner = self._cut(texts)
        own = answers(self.network_, parts, outputs=outputs)
        if len(parts) == len(texts):
            return own
        sums = np.zeros((len(texts), outputs))
        np.add.at(sums, owner, own)
        return (sums / np.bincount(owner, minlength=len(texts))[:, None]).astype(np.float32)

    def _cut(self, texts: IndexedTexts) -> tuple[IndexedTexts, NDArray[np.int64]]:
        """Return what is read of texts, and int64[n], which text each part is of."""
        if self.long_texts == "chunks":
            return texts.chunks(self.max_length)
        return texts.cut(self.max_length, head_share=HEAD_SHARE), np.arange(len(texts))

    # --- settings --------------------------------------------------------------------------------

    def _mode(self) -> Embeddings:
        """Return how vectors are used: as said, or staged where there are any."""
        if self.embeddings is not None:
            return self.embeddings
        return "scratch" if self.vectors is None and self.init_from is None else "staged"

    def _shape(self) -> NetworkSettings:
        return NetworkSettings(
            **{name: getattr(self, name) for name in NetworkSettings.__dataclass_fields__}
        )

    def _carried_shape(self, source: TextEstimator) -> NetworkSettings:
        """Return the shape of the carried network; dropout is this model's own."""
        own = {name: getattr(self, name) for name in _DROPOUTS}
        return replace(source.network_.settings, **own)

    def _source(self) -> TextEstimator | None:
        """Return the model to carry over."""
        source = self.init_from
        if isinstance(source, (str, os.PathLike)):
            from .saving import load_estimator

            source = load_estimator(source, device="cpu")
        if source is None:
            return None
        if not isinstance(source, TextEstimator) or not hasattr(source, "network_"):
            raise ConfigurationError(
                f"init_from: expected a fitted TextClassifier or TextRegressor, or the folder of "
                f"one, found {source!r:.80}"
            )
        return source

    def _tokenizer(self, source: TextEstimator | None) -> Any:
        """Return the tokeniser that was asked for, or the one the words were made with."""
        if self.tokenizer is not None:
            return make_tokenizer(self.tokenizer)
        if source is not None:
            return source.indexer_.tokenizer
        own = None if self.vectors is None else self.vectors.tokenizer
        return make_tokenizer("default" if own is None else own)

    def _check(self) -> None:
        """Raise where settings are wrong, all of it in one error."""
        problems = self._problems()
        if problems:
            raise ConfigurationError(*problems)

    def _problems(self) -> list[str]:
        """Return one sentence for each mistake."""
        problems: list[str] = []
        try:
            self._shape()
        except ConfigurationError as error:
            problems += error.problems
        problems += _number_problems(self)
        for name, allowed in (
            ("embeddings", (None, *get_args(Embeddings))),
            ("long_texts", get_args(LongTexts)),
        ):
            value = getattr(self, name)
            if value not in allowed:
                wanted = ", ".join(map(repr, allowed))
                problems.append(f"{name}: expected one of {wanted}, found {value!r}")
        if self.embeddings == "scratch" and self.init_from is not None:
            problems.append('embeddings="scratch" contradicts init_from, which carries a model')
        missing = self.vectors is None and self.init_from is None
        if self.embeddings in ("frozen", "tuned", "staged") and missing:
            problems.append(
                f"embeddings={self.embeddings!r} needs vectors (or init_from): load some with "
                'load_vectors, or say embeddings="scratch"'
            )
        if self.vectors is not None and not hasattr(self.vectors, "with_vectors"):
            kind = type(self.vectors).__name__
            problems.append(
                f"vectors: expected WordVectors, as load_vectors returns them, found {kind}"
            )
        return problems


_DROPOUTS = ("embedding_dropout", "layer_dropout", "head_dropout")
_WHOLE = {
    "extra_words": 0, "vector_size": 1, "min_count": 1, "max_length": 1, "head_epochs": 1,
    "batch_size": 1, "seed": 0,
}  # fmt: skip
_WHOLE_OR_NONE = {"max_words": 1, "epochs": 1, "patience": 1}
_RANGES = {
    "rate": (0.0, 10.0, "a learning rate above 0, at most 10"),
    "clip": (0.0, np.inf, "a norm above 0"),
}


def _number_problems(model: TextEstimator) -> list[str]:
    problems: list[str] = []
    for name, least in {**_WHOLE, **_WHOLE_OR_NONE}.items():
        value = getattr(model, name)
        if value is None and name in _WHOLE_OR_NONE:
            continue
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if not whole or value < least:
            problems.append(f"{name}: expected a whole number from {least}, found {value!r}")
    for name, (low, high, wanted) in _RANGES.items():
        value = getattr(model, name)
        if not _real(value) or not low < value <= high:
            problems.append(f"{name}: expected {wanted}, found {value!r}")
    for name, wanted, fits in (
        ("factor", "a number from 1", lambda v: v >= 1),
        ("weight_decay", "a number from 0", lambda v: v >= 0),
        ("validation_fraction", "a share from 0 to below 1", lambda v: 0 <= v < 1),
    ):
        value = getattr(model, name)
        if not _real(value) or not fits(value):
            problems.append(f"{name}: expected {wanted}, found {value!r}")
    return problems


def _real(value: object) -> bool:
    return isinstance(value, (int, float, np.floating, np.integer)) and not isinstance(value, bool)
