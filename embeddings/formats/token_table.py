"""Static embeddings of sentence-transformers and model2vec: a table, and a tokeniser beside it.

The table is in ``model.safetensors``; which row is whose stands in ``tokenizer.json`` (or, for
whole words, ``whitespacetokenizer_config.json``) in the same folder. The words that come out are
the tokeniser's tokens: of a word-piece tokeniser that are pieces, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from ..arrayfile import open_arrays, parse_json
from ..errors import VectorFormatError
from ..words import pack_words
from .gathering import NO_WORD, Gathering, Stretch
from .native import sniff_native
from .packed import Opened
from .reader import Loaded, LoadOptions
from .report import Findings

_FILES = ("model.safetensors", "0_*/model.safetensors")
_TABLES = ("embeddings", "embedding.weight", "emb_layer.weight")
_FLOATS = ("float16", "float32", "float64", "int8")
_BLOCK_NUMBERS = 1 << 20


def table_file(folder: Path) -> Path:
    """Return the file with the table of a model's folder.

    Raises:
        VectorFormatError: There is none.
    """
    for pattern in _FILES:
        for path in sorted(folder.glob(pattern)):
            return path
    raise VectorFormatError(
        "expected the folder of a model, with model.safetensors in it, found none",
        path=folder,
        hint="Name the file of vectors itself",
    )


def sniff_token_table(head: bytes) -> bool:
    """Tell whether a file may be the table of a static embedding."""
    names = any(b'"%s"' % name.encode() in head for name in _TABLES)
    return sniff_native(head) and names and b'"wordgraft"' not in head


def read_token_table(source: Opened, *, options: LoadOptions, findings: Findings) -> Loaded:
    """Read the table of a static embedding, and its words from the tokeniser's file beside it."""
    arrays = open_arrays(source.file()).arrays
    table = next((arrays[name] for name in _TABLES if name in arrays), None)
    if table is None or table.ndim != 2 or not table.size or table.dtype.name not in _FLOATS:
        shapes = ", ".join(f"{name} {a.dtype}{list(a.shape)}" for name, a in arrays.items())
        raise VectorFormatError(
            f"expected a table of numbers called {' or '.join(_TABLES)}, found {shapes or 'none'}",
            path=source.path,
        )
    tokens = _tokens(source.path.parent)
    rows = len(arrays["mapping"]) if "mapping" in arrays else len(table)
    findings.rows_in_file = rows
    places = sorted((place, token) for token, place in tokens.items() if 0 <= place < rows)
    if len(places) < rows:
        findings.note(f"{rows - len(places):,} rows of the table belong to no token")
    if len(places) < len(tokens):
        findings.wrong(f"{len(tokens) - len(places):,} tokens have no row in the table")
    if table.dtype == np.int8:
        findings.note("the table is int8 without a scale: directions count, lengths don't")
    gathering = Gathering(table.shape[1], options=options, findings=findings)
    gathering.reserve(len(places))
    step = max(1, _BLOCK_NUMBERS // table.shape[1])
    for start in range(0, len(places), step):
        some = places[start : start + step]
        ids = np.array([place for place, _ in some], np.int64)
        vectors = _vectors(arrays, table, ids, source.path)
        gathering.take(_stretch([token for _, token in some], ids + 1, vectors))
        if gathering.full:
            break
    return gathering.loaded()


def _vectors(
    arrays: Mapping[str, np.ndarray], table: np.ndarray, ids: np.ndarray, path: Path
) -> np.ndarray:
    """Return float32[n, D], as model2vec computes a token's vector: its cluster's, weighted."""
    mapping, weights = arrays.get("mapping"), arrays.get("weights")
    rows = ids
    if mapping is not None:
        if mapping.ndim != 1 or mapping.dtype.kind not in "iu":
            raise VectorFormatError(
                f"mapping must be whole numbers, found {mapping.dtype}{list(mapping.shape)}",
                path=path,
            )
        rows = mapping[ids].astype(np.int64)
        if len(rows) and not (rows.min() >= 0 and rows.max() < len(table)):
            raise VectorFormatError(
                f"mapping names rows from {rows.min()} to {rows.max()}, the table has {len(table)}",
                path=path,
            )
    vectors = table[rows].astype(np.float32)
    if weights is not None:
        if weights.ndim != 1 or weights.dtype.kind != "f" or len(weights) <= int(ids[-1]):
            raise VectorFormatError(
                f"weights must be a number for each token, found {weights.dtype}"
                f"{list(weights.shape)}",
                path=path,
            )
        with np.errstate(over="ignore", invalid="ignore"):
            vectors = (vectors * weights[ids, None]).astype(np.float32)
    return vectors


def _stretch(tokens: list[str], lines: np.ndarray, vectors: np.ndarray) -> Stretch:
    finite = np.asarray(np.isfinite(vectors).all(axis=1))
    good = [place for place, token in enumerate(tokens) if token and finite[place]]
    bad = [
        (int(lines[place]), "a number is NaN or infinite" if token else NO_WORD)
        for place, token in enumerate(tokens)
        if not (token and finite[place])
    ]
    text, offsets = pack_words([tokens[place] for place in good])
    return Stretch(vectors[good], text, offsets, lines[good], bad)


def _tokens(folder: Path) -> dict[str, int]:
    """Return the tokens of a model and their numbers."""
    tokenizer, words = folder / "tokenizer.json", folder / "whitespacetokenizer_config.json"
    place = tokenizer if tokenizer.exists() else words
    if not place.exists():
        raise VectorFormatError(
            "expected tokenizer.json beside the table, which says whose its rows are, found none",
            path=folder,
            hint="Load the whole folder of the model",
        )
    try:
        found = parse_json(place.read_text(encoding="utf-8"), place, "the tokeniser")
        pairs = list(_pairs(found))
    except UnicodeError as error:
        raise VectorFormatError(f"expected UTF-8 ({error})", path=place) from error
    except (TypeError, KeyError, AttributeError) as error:
        raise VectorFormatError("expected a tokeniser with a vocabulary", path=place) from error
    for token, number in pairs:
        if not isinstance(token, str) or type(number) is not int or not _is_unicode(token):
            raise VectorFormatError(
                f"expected a token and its number, found {token!r:.60} and {number!r:.60}",
                path=place,
            )
    return dict(pairs)


def _pairs(tokenizer: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    vocabulary = tokenizer["vocab"] if "vocab" in tokenizer else tokenizer["model"]["vocab"]
    if isinstance(vocabulary, Mapping):  # WordPiece, WordLevel, BPE
        yield from cast("Mapping[Any, Any]", vocabulary).items()
    else:  # Unigram: tokens with their scores; or plain words
        listed = cast("Sequence[Any]", vocabulary)
        for number, entry in enumerate(listed):
            yield (entry if isinstance(entry, str) else entry[0]), number
    for added in tokenizer.get("added_tokens") or ():
        yield added["content"], added["id"]


def _is_unicode(token: str) -> bool:
    return token.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in token)
