"""``ZeroShotClassifier``: texts into classes of which only the names are known."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from ...embeddings.document_sums import document_frequencies
from ...embeddings.errors import ConfigurationError, ModelFormatError, TokenizerWarning
from ..documents.vectorizer import DocumentVectorizer
from ..indexing import FIRST_WORD, IndexedTexts, Text, listed_texts
from ..model_folder import read_folder, refused_together, write_folder
from ..takes_texts import TakesTexts, drawn_texts
from .class_names import ClassWords, class_directions, class_words, read_classes
from .refinement import ANCHOR, FIRST_SHARPNESS, SHARPNESS, balancing, refine, shares_of

FORMAT, FORMAT_VERSION = "wordgraft-zero-shot", 1
_NAMING, _JOINT = "naming", "joint"  # folders of the two vectorisers
_LEAST = 2  # documents that a neighbour stands in


@dataclass(eq=False, repr=False)
class ZeroShotClassifier(ClassifierMixin, TakesTexts):
    """Assign texts to classes from the classes' names, without a single label.

    1. A class is the mean of the vectors of its name's words, and of the words nearest to it that
       the texts have. A text is a weighted mean of its words' vectors (SIF). Both are centred: what
       all texts have in common is taken off texts, what all classes have in common off classes.
       Their cosines are a first guess.
    2. The guess is refined on the texts, which nobody has labelled: the surest ones of each class
       make its centre in a space learnt from the texts (:func:`.joint_space`), all are assigned to
       the centres, more of them make the centres, and so on (:func:`.refine`).

    A description takes the place of the name: what ``classes`` maps a label to is read, not the
    label. Words of it without a vector are left out, and told in :attr:`class_words_`; a class of
    which no word has one is refused. Every class is taken to occur in the texts: one that doesn't
    gets some in refinement, more so with a higher ``balance``. A text without a known word gets
    the shares of the classes, the same for all such texts.

    Args:
        vectors: Word vectors; never modified.
        classes: Names; or a mapping from labels to descriptions (``None`` for the label itself).
        neighbours: Words added to each class.
        rounds: Of refinement; 0 for none. It ends sooner where nothing changes any more.
        balance: How alike in size the classes are taken to be: 0 not at all, 1 all the same. Worth
            a little where they are the same (0.003 on AG News' training sample), and ruinous where
            they aren't.
        tokenizer: How texts and names become words; ``None`` for the vectors' own.
        fit_on: Learn from at most so many texts, drawn by chance.
        seed: Of that, and of the space.

    Attributes:
        classes_: The C labels, in the order given.
        class_words_: A :class:`.ClassWords` for each: its words, those unknown, its neighbours.
        directions_: float32[C, D], the classes in the space of the vectors.
        centres_: float32[C, W], the classes in the space of the texts; W is 0 without refinement.
        bias_: float64[C], what balancing adds to the scores.
        changed_: Share of texts that changed their class in each round.

    Example:
        >>> from wordgraft import WordVectors
        >>> rows = {"weather": [2, 1], "rain": [2, 0], "sport": [1, 2], "goal": [0, 2]}
        >>> model = ZeroShotClassifier(
        ...     WordVectors.from_mapping(rows), classes=["weather", "sport"], rounds=0
        ... )
        >>> model.fit(["rain, rain", "a goal"]).predict(["what a goal", "rain"]).tolist()
        ['sport', 'weather']

    Source: Chang et al. 2008 ("dataless classification") for names as documents, Arora et al. 2017
        for the weights, Meng et al. 2018 (CIKM) for self-training from names. The rest was found by
        trial on AG News' training sample and 20 Newsgroups' training part (docs/few-labels.md).
    """

    vectors: Any = None
    _: KW_ONLY
    classes: Any = None
    neighbours: int = 10
    rounds: int = 12
    balance: float = 0.0
    tokenizer: Any = None
    fit_on: int = 100_000
    seed: int = 0

    def fit(self, texts: Iterable[Text], y: Any = None, *, classes: Any = None) -> Self:
        """Learn what the classes are among unlabelled texts.

        Args:
            texts: Each a ``str`` or a list of tokens; those to be predicted, or others like them.
            y: Not used; scikit-learn passes it.
            classes: Takes the place of the setting of this name.

        Raises:
            ConfigurationError: Settings are wrong, or no word of a class has a vector; says all
                that are, and which classes.
            DocumentError: There are no texts, or none has a known word.
            TypeError: ``texts`` is a single ``str``, or one of them is neither text nor tokens.
        """
        del y
        described = self._described(classes)
        chosen = drawn_texts(listed_texts(texts), self.fit_on, seed=self.seed)
        naming = DocumentVectorizer(
            self.vectors, weighting="sif", remove_components=0, center=True, normalize=True,
            tokenizer=self.tokenizer, seed=self.seed,
        )  # fmt: skip
        naming.fit(chosen)
        words = class_words(described, self.vectors, naming.space_.words.indexer.tokenizer)
        grown, directions = class_directions(
            words,
            self.vectors,
            neighbours=self.neighbours,
            common=self._common(naming, chosen),
        )
        guess = naming.transform(chosen) @ directions.T
        joint, centres, changed = None, np.zeros((len(words), 0), np.float32), ()
        if self.rounds:
            joint = DocumentVectorizer(self.vectors, tokenizer=self.tokenizer, seed=self.seed)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", TokenizerWarning)  # was said for the other
                documents = joint.fit_transform(chosen)
            found = refine(documents, guess, rounds=self.rounds, balance=self.balance)
            centres, bias, changed = found.centres, found.bias, found.changed
        else:
            there = guess.any(axis=1)
            bias = balancing(guess[there], sharpness=FIRST_SHARPNESS, balance=self.balance)
        self.naming_, self.joint_, self.directions_ = naming, joint, directions
        self.centres_, self.bias_, self.changed_ = centres, bias, tuple(changed)
        self.class_words_, self.classes_ = grown, _labels([one.label for one in grown])
        return self

    def class_scores(self, texts: Iterable[Text]) -> NDArray[np.float32]:
        """Return float32[N, C], the scores of the classes before balancing.

        Args:
            texts: As :meth:`fit` takes them.
        """
        check_is_fitted(self)
        listed = listed_texts(texts)
        guess = self.naming_.transform(listed) @ self.directions_.T
        if self.joint_ is None:
            return guess
        found: NDArray[np.float32] = self.joint_.transform(listed) @ self.centres_.T
        found += np.float32(ANCHOR) * guess
        return found

    def predict_proba(self, texts: Iterable[Text]) -> NDArray[np.float64]:
        """Return float64[N, C], a share for each class; rows sum to 1.

        They rank well, but nothing has calibrated them: there are no labels to do it with.
        """
        scores = self.class_scores(texts)
        sharpness = FIRST_SHARPNESS if self.joint_ is None else SHARPNESS
        return shares_of(scores, self.bias_, sharpness=sharpness)

    def unread(self, texts: Iterable[Text]) -> NDArray[np.bool_]:
        """Return bool[N], whether no word of a text is known: it gets the shares of the classes."""
        check_is_fitted(self)
        rows = self.naming_.transform(listed_texts(texts))
        return np.count_nonzero(rows, axis=1) == 0

    def predict(self, texts: Iterable[Text]) -> NDArray[Any]:
        """Return N labels."""
        best = self.predict_proba(texts).argmax(axis=1)
        return self.classes_[best]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted classifier, with the vectors, to a new folder: nothing in it runs.

        Raises:
            OutputError: The place is taken or can't be written; nothing is left behind.
        """
        check_is_fitted(self)
        kept = ("vectors", "tokenizer", "classes")
        settings = {n: v for n, v in self.get_params(deep=False).items() if n not in kept}

        def more(folder: Path) -> None:
            self.naming_.save(folder / _NAMING)
            if self.joint_ is not None:
                self.joint_.save(folder / _JOINT)

        write_folder(
            path,
            {
                "class": type(self).__name__,
                "settings": settings,
                "classes": [asdict(one) for one in self.class_words_],
                "changed": list(self.changed_),
            },
            {"directions": self.directions_, "centres": self.centres_, "bias": self.bias_},
            format=FORMAT,
            version=FORMAT_VERSION,
            more=more,
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, tokenizer: Any = None) -> Self:
        """Open what :meth:`save` wrote, to predict with.

        Args:
            path: The folder.
            tokenizer: The function that made the words, where it was one: no file can hold it.

        Raises:
            ModelFormatError: The folder holds no such classifier, or it is damaged or newer.
        """
        config, arrays = read_folder(
            path, format=FORMAT, version=FORMAT_VERSION, kinds=(cls.__name__,)
        )
        folder = Path(path)
        naming = DocumentVectorizer.load(folder / _NAMING, tokenizer=tokenizer)
        with refused_together(path):
            model = cls(naming.vectors, tokenizer=tokenizer, **config["settings"])
            model.class_words_ = tuple(_words(stored) for stored in config["classes"])
            model.classes_ = _labels([one.label for one in model.class_words_])
            model.changed_ = tuple(config["changed"])
            model.directions_, model.centres_ = arrays["directions"], arrays["centres"]
            model.bias_ = arrays["bias"]
        model.naming_ = naming
        refined = bool(model.centres_.shape[1])
        model.joint_ = (
            DocumentVectorizer.load(folder / _JOINT, tokenizer=tokenizer) if refined else None
        )
        lengths = {len(model.classes_), len(model.directions_), len(model.centres_)}
        if (
            lengths != {len(model.bias_)}
            or model.directions_.shape[1] != naming.n_features_out_
            or (
                model.joint_ is not None and model.centres_.shape[1] != model.joint_.n_features_out_
            )
        ):
            raise ModelFormatError("its classes and vectorisers don't fit", path=path)
        return model

    # --- scikit-learn ----------------------------------------------------------------------------

    def __sklearn_tags__(self) -> Any:
        """Say that no labels are taken."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = False
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        """Say whether classes have been found."""
        return hasattr(self, "class_words_")

    # --- how -------------------------------------------------------------------------------------

    def _described(self, classes: Any) -> dict[Any, str]:
        problems: list[str] = []
        for name, least in (("neighbours", 0), ("rounds", 0), ("fit_on", 2), ("seed", 0)):
            value = getattr(self, name)
            if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
                problems.append(f"{name}: expected a whole number from {least}, found {value!r}")
        value = self.balance
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
            problems.append(f"balance: expected a number from 0 to 1, found {value!r}")
        if not hasattr(self.vectors, "index_to_key"):
            problems.append(
                "vectors: expected WordVectors, as load_vectors returns them, found "
                f"{type(self.vectors).__name__}"
            )
        described: dict[Any, str] = {}
        try:
            described = read_classes(self.classes if classes is None else classes)
        except ConfigurationError as error:
            problems.extend(error.problems)
        if problems:
            raise ConfigurationError(*problems)
        return described

    def _common(self, naming: DocumentVectorizer, texts: Sequence[Text]) -> NDArray[np.bool_]:
        """Return bool[V], the words of the vectors that stand in some of the texts."""
        read: IndexedTexts = naming.index(texts)
        found = document_frequencies(
            read.ids, read.offsets, words=len(self.vectors), first=FIRST_WORD
        )
        return found >= min(_LEAST, len(texts))


def _labels(labels: Sequence[Any]) -> NDArray[Any]:
    one_type = len({type(label) for label in labels}) == 1
    return np.array(labels) if one_type else np.array(labels, dtype=object)


def _words(stored: Any) -> ClassWords:
    return ClassWords(
        label=stored["label"],
        words=tuple(stored["words"]),
        unknown=tuple(stored["unknown"]),
        neighbours=tuple((str(word), float(cosine)) for word, cosine in stored["neighbours"]),
    )
