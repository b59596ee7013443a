"""What classifier and regressor share: from texts to a fitted network, and to its answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ..embeddings.errors import ConfigurationError, LabelledDataError
from .estimator_settings import LongTexts, setting_problems, stored_problems
from .first_network import Carried, first_network, first_rows
from .indexing import IndexedTexts, Text, TextIndexer, count_words, listed_texts
from .networks.network import TextNetwork
from .networks.wordrows import LENGTH
from .recipe import Embeddings, default_epochs, groups_of, stages
from .saving import SavedModel, read_model, refused_together, write_model
from .takes_texts import TakesTexts
from .text_report import TextReport
from .text_source import TextSource, answers, mark_of
from .text_tokens import tokenizer_for
from .training.adversary import Adversary
from .training.devices import device_for, make_accelerator
from .training.fitting import fit
from .training.held_out import hold_out
from .training.learner import Loss, Score
from .training.progress import FitHistory, FitProgress
from .training.row_optimizer import RowAdam

NEEDED_SHARE, USUAL_SHARE, MANY_TEXTS = 0.1, 0.05, 2000
"""Which part of the texts is held out: where something is chosen by it, and of so many texts."""
HEAD_SHARE = 0.25
"""Which part of ``max_length`` is taken from the beginning of a long text."""


@dataclass(eq=False, repr=False)
class TextEstimator(TakesTexts):
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
    rate: float = 2e-3
    factor: float = 2.0
    weight_decay: float = 0.0
    adversary: float = 0.01
    clip: float | None = 1.0
    validation_fraction: float | None = None
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
        check_is_fitted(self)
        write_model(
            path,
            SavedModel(
                kind=type(self).__name__,
                settings=self._kept(),
                fitted=self._fitted(),
                network=self.network_,
                indexer=self.indexer_,
                history=self.history_,
                report=self.report_,
            ),
        )

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, device: str | None = None, tokenizer: Any = None
    ) -> Self:
        """Open a model that :meth:`save` wrote.

        Args:
            path: The folder.
            device: Where to compute; ``None`` for the best there is.
            tokenizer: The function that made the words, where it was one: no file can hold it.

        Raises:
            ModelFormatError: The folder is no model, damaged, of a newer format or another kind.
            DeviceError: There is no such device.
        """
        place = device_for(device)
        saved = read_model(path, kinds=(cls.__name__,), tokenizer=tokenizer)
        with refused_together(path):
            model = cls.of(saved)
        model.network_.to(place)
        model.device, model.tokenizer = device, tokenizer
        return model

    @classmethod
    def of(cls, saved: SavedModel) -> Self:
        """Return the model of what a folder holds.

        Raises:
            ValueError, TypeError, LookupError, AttributeError: It holds no model of this kind.
        """
        model = cls(**saved.settings)
        if problems := stored_problems(model):
            raise ConfigurationError(*problems)
        model.network_, model.indexer_ = saved.network.eval(), saved.indexer
        model.history_, model.report_ = saved.history, saved.report
        model._restore(saved.fitted)
        return model

    def _kept(self) -> dict[str, Any]:
        """Return the settings that a file keeps, JSON-able."""
        return {n: value for n, value in self.get_params().items() if n not in _NOT_KEPT}

    def _fitted(self) -> dict[str, Any]:
        """Return what fitting found beside the network, JSON-able."""
        raise NotImplementedError

    def _restore(self, fitted: Mapping[str, Any]) -> None:
        """Take back what :meth:`_fitted` returned; raise where it can't be."""
        raise NotImplementedError

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
            checkpoint: As :func:`.fit`.
            resume: Likewise.
            progress: Likewise.

        Returns:
            The texts that learning saw, cut; and int64[n], which of them were held out.
        """
        accelerator = make_accelerator(self.device, precision=self.precision)
        source = self._source()
        listed = listed_texts(texts)
        if len(listed) != len(targets):
            raise LabelledDataError(
                f"expected a label for each text, found {len(listed):,} texts and "
                f"{len(targets):,} labels"
            )
        tokenizer = self._tokenizer(source, listed)
        rows = first_rows(self, count_words(listed, tokenizer), source, scratch=self._scratch)
        indexer = TextIndexer(rows.words, tokenizer, unknown="skip")
        found = indexer(listed)
        read = np.flatnonzero(~found.empty)
        if len(read) < 2:
            raise LabelledDataError(
                f"expected texts with words that have a vector, found {len(read):,} of "
                f"{len(listed):,}: do tokenizer and letter case fit the vectors?"
            )
        report = TextReport.of(found, skipped=True, max_length=self.max_length)
        share = self._held_out_share(len(read))
        train, valid = hold_out(
            read,
            share,
            classes=None if classes is None else classes[read],
            seed=self.seed,
        )
        if self._needs_held_out() and not len(valid):
            raise LabelledDataError(
                f"calibrate=True needs held-out texts, but validation_fraction={share:g} of "
                f"{len(read):,} leaves none"
            )
        self.report_ = replace(report, held_out=len(valid))
        network = first_network(self, rows, outputs, source, indexer)
        groups = groups_of(network, carried=source is not None)
        reader = "" if checkpoint is None else mark_of(network)
        learns = self._text_source(found, targets, train, shuffle=True, reader=reader)
        held = self._text_source(found, targets, valid, shuffle=False) if len(valid) else None
        self.history_: FitHistory = self._learn(
            network,
            indexer,
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
            adversary=self._adversary(network),
            clip=self.clip,
            patience=self.patience if held else None,
            seed=self.seed,
            checkpoint=checkpoint,
            resume=resume,
            progress=progress,
            accelerator=accelerator,
        )
        self.network_, self.indexer_ = network.eval(), indexer
        return found, valid

    def _learn(self, network: TextNetwork, indexer: TextIndexer, **how: Any) -> FitHistory:
        """Train the network, which reads what the indexer gives; ``how`` is for ``fit``."""
        return fit(network, **how)

    def _adversary(self, network: TextNetwork) -> Adversary | None:
        if not self.adversary:
            return None
        return Adversary(network.embedding.weight, size=self.adversary * LENGTH)

    def _text_source(
        self,
        texts: IndexedTexts,
        targets: Tensor,
        rows: NDArray[np.int64],
        *,
        shuffle: bool,
        reader: str = "",
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
            reader=reader,
        )

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

    @property
    def _scratch(self) -> bool:
        return self._mode() == "scratch"

    def _needs_held_out(self) -> bool:
        """Say whether fitting can't do without a held-out part."""
        return False

    def _held_out_share(self, texts: int) -> float:
        """Return which part of the texts is held out.

        Where nobody says: none of few texts, of which each teaches more than can be told from it.
        """
        if self.validation_fraction is not None:
            return self.validation_fraction
        if self._needs_held_out() or self.patience is not None:
            return NEEDED_SHARE
        return USUAL_SHARE if texts >= MANY_TEXTS else 0.0

    def _mode(self) -> Embeddings:
        """Return how vectors are used: as said, or staged where there are any."""
        if self.embeddings is not None:
            return self.embeddings
        return "scratch" if self.vectors is None and self.init_from is None else "staged"

    def _source(self) -> Carried | None:
        """Return the network to carry over, and what reads texts for it."""
        source = self.init_from
        if source is None:
            return None
        if isinstance(source, (str, os.PathLike)):
            saved = read_model(source, tokenizer=self.tokenizer)
            return Carried(saved.network, saved.indexer)
        return Carried(source.network_, source.indexer_)

    def _tokenizer(self, source: Carried | None, texts: Sequence[Text]) -> Any:
        """Return the tokeniser that was asked for, or the one the words were made with."""
        if self.tokenizer is None and source is not None:
            return source.indexer.tokenizer
        return tokenizer_for(self.vectors, self.tokenizer, texts)

    def _check(self) -> None:
        """Raise where settings are wrong, all of it in one error."""
        if problems := self._problems():
            raise ConfigurationError(*problems)

    def _problems(self) -> list[str]:
        """Return one sentence for each mistake."""
        return setting_problems(self)


_NOT_KEPT = ("vectors", "init_from", "tokenizer", "device", "precision", "tune_words")
