"""Classes never seen in training, told by what is known of them: ``ESZSL`` and ``SJE``.

Every class has a *signature*: a row of numbers, such as its attributes (striped, swims, …) or the
vector of its name. A bilinear map ``W`` says how well a thing with features ``x`` goes with a class
of signature ``s``: ``x W s``. It is learnt from the classes that have examples, the *seen* ones,
and answers for any class that has a signature.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ...embeddings.errors import ConfigurationError
from ..targets import classes_of

Among = Literal["all", "seen", "unseen"]
_EPSILON = 1e-12


class SignatureClassifier(ClassifierMixin, BaseEstimator):
    """What is common to classifiers by signatures; not for use by itself."""

    signatures: Any
    seen_penalty: float
    normalize: bool

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from examples of the seen classes.

        Args:
            X: float[N, D].
            y: N classes, each with a signature; two different ones or more.

        Raises:
            ConfigurationError: Settings are wrong, or signatures are missing, of different
                lengths, or not finite; says all that is.
            LabelledDataError: Labels are missing, or of one class only.
        """
        names, rows = self._signed()
        checked: Any = validate_data(self, X, y, dtype=np.float64)
        table, y = checked
        found = classes_of(y)
        place = {name: number for number, name in enumerate(names)}
        lacking = [name for name in found.classes.tolist() if name not in place]
        if lacking:
            raise ConfigurationError(
                f"signatures: expected one for each class of y, found none for "
                f"{few(lacking)}; there are some for {few(names)}"
            )
        # Classes of y and of the signatures in one array, of one type.
        self.classes_ = np.array(names, dtype=found.classes.dtype if _one_type(names) else object)
        self.signatures_ = _unit(rows) if self.normalize else rows
        seen = np.array([place[name] for name in found.classes.tolist()])
        self.seen_ = np.zeros(len(names), bool)
        self.seen_[seen] = True
        self.mean_ = table.mean(axis=0)
        x = self._features(table)
        self.weights_ = self._learn(x, found.numbers, self.signatures_[seen])
        return self

    def class_scores(self, X: Any) -> NDArray[np.float64]:
        """Return float64[N, C], how well each row goes with each class of :attr:`classes_`.

        ``seen_penalty`` is taken off the scores of seen classes.
        """
        check_is_fitted(self)
        table: Any = validate_data(self, X, reset=False, dtype=np.float64)
        scores = self._features(table) @ self.weights_ @ self.signatures_.T
        return scores - self.seen_penalty * self.seen_

    def predict(self, X: Any, *, among: Among = "all") -> NDArray[Any]:
        """Return N classes.

        Args:
            X: float[N, D].
            among: Which classes to choose from: "unseen" is zero-shot learning as it was first
                measured, "all" is the generalised form, where an example may be of any class.

        Raises:
            ConfigurationError: There are no such classes.
        """
        scores = self.class_scores(X)
        allowed = self._allowed(among)
        return self.classes_[np.where(allowed, scores, -np.inf).argmax(axis=1)]

    @abstractmethod
    def _learn(
        self, x: NDArray[np.float64], numbers: NDArray[np.int64], seen: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return float64[D, A], the map.

        Args:
            x: float64[N, D], features as :meth:`_features` gives them.
            numbers: int64[N], place of each example's class among the seen.
            seen: float64[S, A], signatures of these.
        """

    @abstractmethod
    def _problems(self) -> list[str]: ...

    def _features(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        return _unit(X - self.mean_) if self.normalize else X

    def _allowed(self, among: Among) -> NDArray[np.bool_]:
        choices = {"all": np.ones_like(self.seen_), "seen": self.seen_, "unseen": ~self.seen_}
        if among not in choices:
            raise ConfigurationError(f"among: expected all, seen or unseen, found {among!r:.60}")
        if not choices[among].any():
            raise ConfigurationError(
                f"among={among!r}: every one of the {len(self.classes_)} classes with a signature "
                "has examples; give signatures of others too"
            )
        return choices[among]

    def _signed(self) -> tuple[list[Any], NDArray[np.float64]]:
        problems = self._problems()
        if not _is_number(self.seen_penalty, math.inf):
            problems.append(f"seen_penalty: expected a number from 0, found {self.seen_penalty!r}")
        given = self.signatures
        if not isinstance(given, Mapping) or len(given) < 2:  # pyright: ignore[reportUnknownArgumentType]
            problems.append(
                "signatures: expected a mapping from two classes or more to rows of numbers, found "
                f"{given!r:.60}"
            )
            raise ConfigurationError(*problems)
        names = list(given)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        rows = [np.asarray(given[name], np.float64) for name in names]
        lengths = {row.shape for row in rows}
        if len(lengths) > 1 or rows[0].ndim != 1:
            shapes = ", ".join(str(list(one)) for one in sorted(lengths)[:5])
            problems.append(f"signatures: expected rows of one length, found shapes {shapes}")
        else:
            bad = [n for n, row in zip(names, rows, strict=True) if not np.isfinite(row).all()]
            void = [n for n, row in zip(names, rows, strict=True) if not row.any()]
            if bad:
                problems.append(f"signatures: not finite of {few(bad)}")
            if void:
                problems.append(
                    f"signatures: all zeros of {few(void)}, which says nothing of these classes: "
                    "leave them out, or describe them otherwise"
                )
        if problems:
            raise ConfigurationError(*problems)
        return names, np.stack(rows)


@dataclass(eq=False, repr=False)
class ESZSL(SignatureClassifier):
    """An embarrassingly simple approach to zero-shot learning: the map in closed form.

    ``W = (X'X + gamma I)^-1 X'Y S (S'S + lambda I)^-1``, where Y is 1 for an example's own class
    and -1 for the others.

    Args:
        signatures: A row of numbers for each class, seen and unseen.
        gamma: How much features are held back.
        lam: How much signatures are.
        seen_penalty: Taken off the scores of seen classes (calibrated stacking, Chao et al. 2016):
            they win too often, for the map was learnt on them. See :func:`.choose_penalty`.
        normalize: Centre features, and scale them and signatures to length 1.

    Attributes:
        classes_: The C classes with a signature, as ``signatures`` has them.
        seen_: bool[C], which had examples.
        weights_: float64[D, A], the map.

    Example:
        >>> stripes_hooves_claws = [[1, 1, 0], [0, 1, 0], [1, 0, 1], [0, 0, 1]]
        >>> animals = dict(zip(["zebra", "horse", "tiger", "lion"], stripes_hooves_claws))
        >>> X = [[1, 1, 0], [0, 1, 0], [1, 0, 1]]  # lions were never seen
        >>> model = ESZSL(animals, normalize=False, gamma=0.01, lam=0.01)
        >>> model.fit(X, ["zebra", "horse", "tiger"]).predict([[0, 0, 1]], among="unseen").tolist()
        ['lion']

    Source: Romera-Paredes and Torr 2015 (ICML), equation 4.
    """

    signatures: Any = None
    _: KW_ONLY
    gamma: float = 1.0
    lam: float = 1.0
    seen_penalty: float = 0.0
    normalize: bool = True

    def _problems(self) -> list[str]:
        return [
            f"{name}: expected a number above 0, found {getattr(self, name)!r}"
            for name in ("gamma", "lam")
            if not _is_number(getattr(self, name), math.inf) or getattr(self, name) == 0
        ]

    def _learn(
        self, x: NDArray[np.float64], numbers: NDArray[np.int64], seen: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        sums = np.zeros((len(seen), x.shape[1]))
        np.add.at(sums, numbers, x)
        # X'Y without the table Y: its columns are twice the class's sum, minus that of all.
        products = (2.0 * sums - x.sum(axis=0)).T @ seen
        left = x.T @ x + self.gamma * np.eye(x.shape[1])
        right = seen.T @ seen + self.lam * np.eye(seen.shape[1])
        found: Any = np.linalg.solve(right, np.linalg.solve(left, products).T)
        return found.T


@dataclass(eq=False, repr=False)
class SJE(SignatureClassifier):
    """Structured joint embedding: the map by stochastic steps on a ranking loss.

    For each example the class with the greatest ``1 + x W s`` is looked for (its own without the
    1); where that is another, ``W`` moves toward the own class's signature and away from that one.

    Args:
        signatures: A row of numbers for each class, seen and unseen.
        epochs: Passages over the examples.
        rate: Length of a step.
        seen_penalty: As :class:`ESZSL` has it.
        normalize: As there.
        seed: Of the order of the examples, and of the first map.

    Attributes:
        classes_: The C classes with a signature, as ``signatures`` has them.
        seen_: bool[C], which had examples.
        weights_: float64[D, A], the map.
        losses_: The mean loss of each passage.

    Source: Akata, Reed, Walter, Lee and Schiele 2015 (CVPR), equations 2 to 4.
    """

    signatures: Any = None
    _: KW_ONLY
    epochs: int = 50
    rate: float = 0.1
    seen_penalty: float = 0.0
    normalize: bool = True
    seed: int = 0

    def _problems(self) -> list[str]:
        problems = [
            f"{name}: expected a whole number from {least}, found {getattr(self, name)!r}"
            for name, least in (("epochs", 1), ("seed", 0))
            if not isinstance(getattr(self, name), int) or getattr(self, name) < least
        ]
        if not _is_number(self.rate, math.inf) or self.rate == 0:
            problems.append(f"rate: expected a number above 0, found {self.rate!r}")
        return problems

    def _learn(
        self, x: NDArray[np.float64], numbers: NDArray[np.int64], seen: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        rng = np.random.default_rng(self.seed)
        weights = rng.standard_normal((x.shape[1], seen.shape[1])) / math.sqrt(x.shape[1])
        margin = np.ones(len(seen))
        self.losses_: list[float] = []
        for _ in range(self.epochs):
            total = 0.0
            for row in rng.permutation(len(x)).tolist():
                own = int(numbers[row])
                scores = seen @ (x[row] @ weights) + margin
                scores[own] -= 1.0
                worst = int(scores.argmax())
                if worst != own:
                    total += float(scores[worst] - scores[own])
                    weights += self.rate * np.outer(x[row], seen[own] - seen[worst])
            self.losses_.append(total / len(x))
        found: Any = weights
        return found


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.sqrt((rows**2).sum(axis=1, keepdims=True))
    unit: NDArray[np.float64] = rows / np.maximum(lengths, _EPSILON)
    return unit


def few(names: Sequence[Any]) -> str:
    """Return the first names for a message."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(repr(name) for name in names[:5]) + more


def _one_type(names: Sequence[Any]) -> bool:
    return len({type(name) for name in names}) == 1


def _is_number(value: object, most: float) -> bool:
    real = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return real and 0 <= float(value) < most  # type: ignore[arg-type]
