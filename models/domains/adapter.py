"""The ways of adapting that reverse validation likes best, among several."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from ...embeddings.errors import ConfigurationError
from ..classifier import TextClassifier
from ..documents.vectorizer import DocumentVectorizer
from ..indexing import listed_texts
from ..model_folder import refused_together
from ..text_tokens import tokenizer_for
from .candidates import AUTO, NONE, count_candidates, row_candidates
from .data import copy_of, needed_target, whole
from .reverse import FOLDS, ReverseScore, reverse_scores
from .saving import read_adapted, write_adapted
from .texts import ON_REQUEST, WordCounts, text_candidates
from .vote import DomainVote

Progress = Callable[[int, int], None]
VOTE = 3
"""How many of the best ways answer together. Chosen on pairs of groups of 20 Newsgroups."""


class DomainAdapter(ClassifierMixin, BaseEstimator):
    """Adapt to a target without labels, in the ways that reverse validation chooses.

    Texts, counts of words and rows of numbers each have their own ways (``ways``), from doing
    nothing (``"none"``) on. Every one is scored by :func:`.reverse_validation`; the best ones are
    fitted on everything, and answer together (:class:`.DomainVote`).
    ``docs/domains.md`` has the ways and how they fare.

    Args:
        vectors: Word vectors for texts; ``None`` for words alone.
        original: The vectors as they were, where ``vectors`` went on learning on both domains'
            texts (:func:`.continued_vectors`): doing nothing is done with these.
        method: "auto", or the name of a way, which is then taken unscored.
        ways: Names of the ways to choose from; ``None`` for all, but for texts without those that
            take minutes (:data:`.ON_REQUEST`).
        candidates: Name -> model with ``fit(X, y, Xt)``, instead of the built-in ways.
        tokenizer: How texts become words; ``None`` for the vectors' own.
        vote: How many of the best ways answer together; 1 for the best alone. Those that aren't
            better than doing nothing don't.
        folds: Of reverse validation.
        seed: Of folds and whatever draws.

    Attributes:
        classes_: The C classes in order.
        scores_: A :class:`.ReverseScore` of each way; empty where one was named.
        names_: Of the ways taken, the best first.
        model_: The ways taken, fitted.
    """

    takes_target = True

    def __init__(
        self,
        vectors: Any = None,
        *,
        original: Any = None,
        method: str = AUTO,
        ways: Sequence[str] | None = None,
        candidates: Mapping[str, Any] | None = None,
        tokenizer: Any = None,
        vote: int = VOTE,
        folds: int = FOLDS,
        seed: int = 0,
    ) -> None:
        self.vectors, self.original, self.method, self.ways = vectors, original, method, ways
        self.candidates, self.tokenizer = candidates, tokenizer
        self.vote, self.folds, self.seed = vote, folds, seed

    def __sklearn_clone__(self) -> Self:
        """Return an unfitted one of the same settings; vectors are shared."""
        settings = self.get_params(deep=False)
        if self.candidates is not None:
            settings["candidates"] = {n: copy_of(one) for n, one in self.candidates.items()}
        return type(self)(**settings)

    def fit(self, X: Any, y: Any, Xt: Any = None, *, progress: Progress | None = None) -> Self:
        """Choose a way, and learn from the source's labels and the target's rows.

        Args:
            X: N texts, or float[N, D]: counts where sparse or whole numbers from 0, else rows.
            y: N classes.
            Xt: M texts, or float[M, D].
            progress: Called with folds done and folds in all.

        Raises:
            ConfigurationError: Settings are wrong, or name no way.
            DomainError: ``Xt`` is missing, or the domains don't fit together.
            LabelledDataError: Labels are missing, of one class only, or a class has fewer rows than
                there are folds.
        """
        chosen = self.chosen(X)
        target = needed_target(Xt)
        names, scores = list(chosen), ()
        if len(chosen) > 1:
            scores = reverse_scores(
                chosen, X, y, target, folds=self.folds, seed=self.seed, progress=progress
            )
            names = best(scores, self.vote)
        model = DomainVote([(name, chosen[name]) for name in names]).fit(X, y, target)
        return self.take(model, scores)

    def take(self, model: DomainVote, scores: Sequence[ReverseScore]) -> Self:
        """Answer with ways that were chosen and fitted elsewhere, as :meth:`fit` would.

        Args:
            model: Fitted; the best way first.
            scores: Of all ways.
        """
        self.scores_: tuple[ReverseScore, ...] = tuple(scores)
        self.names_ = tuple(name for name, _ in model.members_)
        self.model_, self.classes_ = model, model.classes_
        return self

    def chosen(self, X: Any) -> dict[str, Any]:
        """Return the ways that settings name for such rows or texts, unfitted.

        Raises:
            ConfigurationError: They name none.
        """
        found = dict(self.candidates) if self.candidates is not None else self._built_in(X)
        usual = [n for n in found if self.candidates or not _are_texts(X) or n not in ON_REQUEST]
        wanted = usual if self.ways is None else list(self.ways)
        wanted = wanted if self.method == AUTO else [self.method]
        problems = [
            *whole("vote", self.vote, 1),
            *whole("folds", self.folds, 2),
            *whole("seed", self.seed, 0),
        ]
        problems += [
            f"method: expected {AUTO!r} or one of {', '.join(found)}; found {name!r}"
            for name in wanted
            if name not in found
        ]
        if self.original is not None and self.vectors is None:
            problems.append("original: of use beside vectors only: those that went on from it")
        if not wanted:
            problems.append("ways: expected at least one, found none")
        if problems:
            raise ConfigurationError(*problems)
        return {name: found[name] for name in wanted}

    def predict(self, X: Any) -> np.ndarray:
        """Return the class of each row of the target."""
        check_is_fitted(self)
        return self.model_.predict(X)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return float64[N, C], the probability of each class."""
        check_is_fitted(self)
        return self.model_.predict_proba(X)

    def unread(self, X: Any) -> NDArray[np.bool_]:
        """Return bool[N], whether a text, or a row, has nothing that the ways taken know of."""
        check_is_fitted(self)
        members = [member for _, member in self.model_.members_]
        for member in members:
            if readers := list(_text_readers(getattr(member, "chain_", None))):
                tables = [one.transform(X) for one in readers]
                return ~np.any([_met(table) for table in tables], axis=0)
        for member in members:  # networks alone
            if isinstance(network := getattr(member, "classifier_", None), TextClassifier):
                return network.indexer_(listed_texts(X)).empty
        return ~_met(X)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the ways taken, and the vectors, to a new folder: nothing in it runs.

        Raises:
            OutputError: The place is taken or can't be written; nothing is left behind.
            ConfigurationError: A way of your own isn't made of this package's steps and a logistic
                regression: nobody could read it again without running it.
        """
        check_is_fitted(self)
        kept = ("vectors", "original", "tokenizer", "candidates")
        settings = {n: v for n, v in self.get_params(deep=False).items() if n not in kept}
        write_adapted(
            path,
            type(self).__name__,
            {"settings": settings, "scores": self.scores_, "model": self.model_},
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, tokenizer: Any = None) -> Self:
        """Open what :meth:`save` wrote, to predict with; networks are on the CPU.

        Args:
            path: The folder.
            tokenizer: The function that made the words, where it was one: no file can hold it.

        Raises:
            ModelFormatError: The folder holds no adapted model, or it is damaged or newer.
            ConfigurationError: Its words were made by a function, and none is given.
        """
        found = read_adapted(path, cls.__name__, tokenizer=tokenizer)
        with refused_together(path):
            model = cls(found.vectors, tokenizer=tokenizer, **found.parts["settings"])
            return model.take(found.parts["model"], found.parts["scores"])

    def _built_in(self, X: Any) -> dict[str, Any]:
        if _are_texts(X):
            texts = listed_texts(X)
            cutter = tokenizer_for(self.vectors, self.tokenizer, texts)
            return dict(
                text_candidates(
                    self.vectors, original=self.original, tokenizer=cutter, seed=self.seed
                )
            )
        if self.vectors is not None:
            raise ConfigurationError("vectors: of use for texts only, found rows of numbers")
        if _are_counts(X):
            return dict(count_candidates(seed=self.seed))
        return dict(row_candidates(seed=self.seed))


def best(scores: Sequence[ReverseScore], count: int = 1) -> list[str]:
    """Return the names of the best ways, best first.

    Of equals the first is better. What isn't better than doing nothing is left out, where that was
    scored; if nothing is better, doing nothing is the answer.

    Args:
        scores: Of all ways.
        count: How many names, at most.
    """
    order = sorted(scores, key=lambda one: (-one.score, one.name != NONE))
    names = [one.name for one in order]
    better = names[: names.index(NONE)] if NONE in names else names
    return better[:count] or [NONE]


def _text_readers(step: Any) -> Iterator[Any]:
    """Yield those of a fitted chain's steps that make rows of texts."""
    if isinstance(step, (WordCounts, DocumentVectorizer)):
        yield step
    for _, inner in getattr(step, "steps_", ()):
        yield from _text_readers(inner)


def _met(table: Any) -> NDArray[np.bool_]:
    """Return bool[N], whether a row has anything."""
    return np.asarray((table != 0).sum(axis=1)).ravel() > 0


def _are_texts(X: Any) -> bool:
    return not (sp.issparse(X) or (isinstance(X, np.ndarray) and X.ndim == 2))


def _are_counts(X: Any) -> bool:
    values = X.data if sp.issparse(X) else X
    return bool(values.size) and bool(((values >= 0) & (values == np.floor(values))).all())
