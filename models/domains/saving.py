"""Adapted models in folders: what they are made of as JSON, their numbers as safetensors.

A model is a tree of estimators. Each is written as the name of its class, its settings, and what it
learnt; :data:`KINDS` has the classes there may be, so that reading builds these and nothing else.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from ...embeddings.errors import ConfigurationError
from ...embeddings.tokenizers import Tokenizer, make_tokenizer
from ...embeddings.vectors import WordVectors
from ...embeddings.words import pack_words, unpack_words
from ..classifier import TextClassifier
from ..documents.saving import (
    VECTORS_FILE,
    documents_of_parts,
    documents_parts,
    has_own_rows,
    vectors_beside,
)
from ..documents.vectorizer import DocumentVectorizer
from ..model_folder import read_folder, refused_together, write_folder
from ..text_tokens import saved_tokenizer
from ..training.progress import FitEpoch, FitHistory
from .axes import Axes
from .chain import DomainChain, DomainUnion
from .counts import DomainTfidf
from .denoising import MarginalizedDenoising
from .metric import DomainMetric
from .moments import CORAL, DomainScaler
from .network import DomainAdversarial
from .pipeline import AdaptedClassifier
from .pivots import StructuralCorrespondence
from .reverse import ReverseScore
from .self_training import SelfTraining
from .subspace import SubspaceAlignment
from .texts import WordCounts
from .vote import DomainVote
from .weights import ImportanceWeighting

FORMAT, FORMAT_VERSION = "wordgraft-adapter", 1
KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        AdaptedClassifier, CORAL, DocumentVectorizer, DomainAdversarial, DomainChain,
        DomainMetric, DomainScaler, DomainTfidf, DomainUnion, DomainVote, ImportanceWeighting,
        LogisticRegression, MarginalizedDenoising, SelfTraining, StructuralCorrespondence,
        SubspaceAlignment, TextClassifier, WordCounts,
    )
}  # fmt: skip
"""Estimators that can be written."""
RECORDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Axes, FitEpoch, FitHistory, ReverseScore)
}
"""Values of several fields that can be."""
_NETWORK, _WIDTH = "network_", "_n_features_out"


@dataclass(frozen=True, eq=False)
class ReadParts:
    """What a folder holds.

    Attributes:
        parts: By name, as they were written.
        vectors: The first vectors that were met; ``None`` where there were none.
    """

    parts: dict[str, Any]
    vectors: WordVectors | None


def write_adapted(path: str | os.PathLike[str], kind: str, parts: Mapping[str, Any]) -> None:
    """Write fitted estimators, and what belongs to them, to a new folder.

    Vectors are written once, however many estimators use them, and so are equal arrays.

    Args:
        path: The folder to make.
        kind: Name of the class that they make together.
        parts: By name.

    Raises:
        OutputError: The place is taken, or can't be written.
        ConfigurationError: There is something that can't be written.
    """
    writer = _Writer()
    written = {name: writer.written(one, name) for name, one in parts.items()}
    config = {"class": kind, "parts": written, "vectors": len(writer.vectors)}

    def more(folder: Path) -> None:
        for number, one in enumerate(writer.vectors):
            one.save(folder / _vectors_file(number))
        for number, one in enumerate(writer.models):
            one.save(folder / _model_folder(number))

    widest_first = sorted(writer.arrays.items(), key=lambda item: -item[1].dtype.itemsize)
    write_folder(path, config, dict(widest_first), format=FORMAT, version=FORMAT_VERSION, more=more)


def read_adapted(path: str | os.PathLike[str], kind: str, *, tokenizer: Any = None) -> ReadParts:
    """Read what :func:`write_adapted` wrote.

    Args:
        path: The folder.
        kind: Name of the class it must be of.
        tokenizer: The function that made the words, where it was one.

    Raises:
        ModelFormatError: It is no such model, damaged, or of a newer format.
        ConfigurationError: Its words were made by a function, and none is given.
    """
    config, arrays = read_folder(path, format=FORMAT, version=FORMAT_VERSION, kinds=(kind,))
    with refused_together(path):
        places = range(int(config["vectors"]))
    vectors = [vectors_beside(Path(path) / _vectors_file(number)) for number in places]
    for spec in _specs(config.get("parts")):
        saved_tokenizer(spec, tokenizer)  # what is missing isn't damage
    reader = _Reader(Path(path), arrays, vectors, tokenizer)
    with refused_together(path):
        parts = {name: reader.read(one) for name, one in config["parts"].items()}
    return ReadParts(parts, vectors[0] if vectors else None)


def _vectors_file(number: int) -> str:
    return f"{number + 1}-{VECTORS_FILE}" if number else VECTORS_FILE


def _model_folder(number: int) -> str:
    return f"network-{number + 1}"


class _Writer:
    """Takes values apart: into what JSON has, arrays, vectors, and networks of texts."""

    def __init__(self) -> None:
        self.arrays: dict[str, np.ndarray] = {}
        self.vectors: list[WordVectors] = []
        self.models: list[TextClassifier] = []
        self._marks: dict[bytes, str] = {}

    def written(self, value: Any, place: str) -> Any:
        """Return a value as JSON has it.

        Args:
            value: Anything.
            place: Where it stands, for names of arrays and for errors.
        """
        if value is None or isinstance(value, (bool, str)):
            return value
        if isinstance(value, (np.generic, np.ndarray)):
            return self._array(np.asarray(value), place)
        if isinstance(value, (int, float)):
            return value if math.isfinite(value) else {"float": repr(value)}
        if isinstance(value, (list, tuple)):
            items = [self.written(one, f"{place}.{i}") for i, one in enumerate(value)]
            return items if isinstance(value, list) else {"tuple": items}
        if isinstance(value, Mapping):
            return {"map": self._named(value, place)}
        if isinstance(value, WordVectors):
            return {"vectors": self._place(value)}
        if isinstance(value, BaseEstimator):
            return self._estimator(value, place)
        if isinstance(value, Tokenizer) or (callable(value) and place.endswith(".tokenizer")):
            return {"tokenizer": make_tokenizer(cast("Any", value)).spec()}
        if is_dataclass(value) and RECORDS.get(type(value).__name__) is type(value):
            own = {one.name: getattr(value, one.name) for one in fields(value)}
            return {"record": type(value).__name__, "fields": self._named(own, place)}
        raise _cannot(value, place)

    def _named(self, values: Mapping[str, Any], place: str) -> dict[str, Any]:
        return {str(name): self.written(one, f"{place}.{name}") for name, one in values.items()}

    def _array(self, value: np.ndarray, place: str) -> dict[str, Any]:
        if value.dtype.kind in "OU":
            if value.ndim != 1 or not all(isinstance(one, str) for one in value.tolist()):
                raise _cannot(value, place)
            joined, borders = pack_words(value.tolist())
            both = [self._kept(joined, f"{place}.words"), self._kept(borders, f"{place}.offsets")]
            return {"words": both, "objects": value.dtype.kind == "O"}
        turned = value.ndim == 2 and value.flags.f_contiguous and not value.flags.c_contiguous
        kept = self._kept(value.T if turned else value, place)
        return {"array": kept, "turned": True} if turned else {"array": kept}

    def _kept(self, array: np.ndarray, place: str) -> str:
        """Return the name that an array is kept under: of several equal ones, the first's."""
        plain = np.ascontiguousarray(array)
        mark = hashlib.sha256(f"{plain.dtype} {array.shape}".encode() + plain.tobytes()).digest()
        name = self._marks.setdefault(mark, place)
        self.arrays.setdefault(name, array)
        return name

    def _place(self, vectors: WordVectors) -> int:
        for number, one in enumerate(self.vectors):
            if one is vectors:
                return number
        self.vectors.append(vectors)
        return len(self.vectors) - 1

    def _estimator(self, model: Any, place: str) -> dict[str, Any]:
        name = type(model).__name__
        if KINDS.get(name) is not type(model):
            raise _cannot(model, place)
        if isinstance(model, TextClassifier) and hasattr(model, "network_"):
            self.models.append(model)
            return {"network_folder": len(self.models) - 1}
        usual = type(model)().get_params(deep=False) if name == "LogisticRegression" else {}
        settings = {
            n: value
            for n, value in model.get_params(deep=False).items()
            if n not in usual or value != usual[n]
        }
        found: dict[str, Any] = {"estimator": name}
        if isinstance(model, TextClassifier):
            settings["vectors"] = None  # its fitted copy has the rows that it needs
        if isinstance(model, DocumentVectorizer) and hasattr(model, "space_"):
            if has_own_rows(model.space_):
                settings["vectors"] = None
            config, arrays = documents_parts({}, model.space_, model.report_)
            kept = {n: self._kept(array, f"{place}.{n}") for n, array in arrays.items()}
            found |= {"documents": config, "arrays": kept}
            learnt = {}
        else:
            learnt = {n: v for n, v in vars(model).items() if n not in settings and _is_learnt(n)}
        network = learnt.pop(_NETWORK, None)
        if network is not None:
            state = {n: one.cpu().numpy() for n, one in network.state_dict().items()}
            found["network"] = self._named(state, f"{place}.{_NETWORK}")
        found["settings"] = self._named(settings, f"{place}.settings")
        found["learnt"] = self._named(learnt, place)
        return found


@dataclass(frozen=True, eq=False)
class _Reader:
    """Puts together what :class:`_Writer` took apart; whatever doesn't fit raises something."""

    path: Path
    arrays: Mapping[str, np.ndarray]
    vectors: list[WordVectors]
    tokenizer: Any

    def read(self, found: Any) -> Any:
        """Return a value of what JSON has of it."""
        if isinstance(found, list):
            return [self.read(one) for one in found]
        if not isinstance(found, dict):
            return found
        own = next((how for tag, how in _HOW.items() if tag in found), None)
        if own is None:
            raise ConfigurationError(f"expected a value, found {found!r:.60}")
        return own(self, found)

    def array(self, found: Mapping[str, Any]) -> Any:
        """Return an array, or a number of NumPy's, which has no axes."""
        array = self.arrays[found["array"]]
        return array.T if found.get("turned") else array[()]

    def words(self, found: Mapping[str, Any]) -> Any:
        """Return an array of words."""
        words = unpack_words(*(self.arrays[name] for name in found["words"]))
        return np.array(words, dtype=object if found["objects"] else str)

    def cutter(self, found: Mapping[str, Any]) -> Any:
        """Return a tokeniser."""
        return make_tokenizer(saved_tokenizer(found["tokenizer"], self.tokenizer))

    def record(self, found: Mapping[str, Any]) -> Any:
        """Return a value of several fields."""
        return RECORDS[found["record"]](**self.named(found["fields"]))

    def named(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """Return values by name."""
        return {name: self.read(one) for name, one in found.items()}

    def estimator(self, found: Mapping[str, Any]) -> Any:
        """Return an estimator, fitted if it was."""
        model = KINDS[found["estimator"]](**self.named(found["settings"]))
        for name, value in self.named(found["learnt"]).items():
            if not _is_learnt(name):
                raise ConfigurationError(
                    f"{name!r} is nothing that a {type(model).__name__} learns"
                )
            setattr(model, name, value)
        if "documents" in found:
            config = found["documents"]
            saved = documents_of_parts(
                config,
                saved_tokenizer(config["tokenizer"], self.tokenizer),
                {name: self.arrays[place] for name, place in found["arrays"].items()},
                model.vectors,
            )
            model.space_, model.report_ = saved.space, saved.report
        if "network" in found:
            state = {n: torch.from_numpy(a) for n, a in self.named(found["network"]).items()}
            model.network_ = model.new_network(model.n_features_in_, len(model.classes_))
            model.network_.load_state_dict(state)
            model.network_.eval()
        return model


_HOW: dict[str, Callable[[_Reader, Mapping[str, Any]], Any]] = {
    "array": _Reader.array,
    "words": _Reader.words,
    "float": lambda _, found: float(found["float"]),
    "tuple": lambda reader, found: tuple(reader.read(found["tuple"])),
    "map": lambda reader, found: reader.named(found["map"]),
    "vectors": lambda reader, found: reader.vectors[found["vectors"]],
    "tokenizer": _Reader.cutter,
    "record": _Reader.record,
    "estimator": _Reader.estimator,
    "network_folder": lambda reader, found: TextClassifier.load(
        reader.path / _model_folder(found["network_folder"]), tokenizer=reader.tokenizer
    ),
}
"""What stands in the place of values that JSON doesn't have, by the name it goes by."""


def _is_learnt(name: str) -> bool:
    return name == _WIDTH or (name.endswith("_") and not name.startswith("_"))


def _specs(found: Any) -> list[Any]:
    """Return the specs of all tokenisers within a part."""
    if isinstance(found, list):
        return [spec for one in found for spec in _specs(one)]
    if not isinstance(found, dict):
        return []
    own = [found["tokenizer"]] if isinstance(found.get("tokenizer"), dict) else []
    return own + [spec for one in found.values() for spec in _specs(one)]


def _cannot(value: Any, place: str) -> ConfigurationError:
    return ConfigurationError(
        f"{place}: a {type(value).__name__} can't be written without pickle. Models of this "
        f"package's own ways can: they are made of {', '.join(KINDS)}"
    )
