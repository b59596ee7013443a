"""An encoded corpus: its files, and what was met while reading."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import CheckpointError
from .vocabulary import Vocabulary

FORMAT_VERSION = 1
TOKENS_FILE = "tokens.int32"
OFFSETS_FILE = "offsets.int64"
VOCABULARY_FILE = "vocabulary.json"
META_FILE = "meta.json"


@dataclass(frozen=True)
class EncodingReport:
    """What the one pass over a corpus met.

    Attributes:
        tokens_read: Tokens of the text.
        tokens_kept: Tokens left without the words that are not learnt.
        sentences: Sentences with at least one kept token.
        empty_records: Lines or records without any token.
        types_read: Distinct words met (a word that was pruned and came back counts again).
        types_kept: Words learnt.
        types_pruned: Words forgotten on the way to stay within ``max_vocab_size``.
        bad_bytes: Bytes (or lone surrogates) replaced or ignored under the error policy.
        sentences_cut: Cuts of sentences longer than 10,000 tokens.
        seconds: Time taken.
    """

    tokens_read: int
    tokens_kept: int
    sentences: int
    empty_records: int
    types_read: int
    types_kept: int
    types_pruned: int
    bad_bytes: int
    sentences_cut: int
    seconds: float


@dataclass(frozen=True, eq=False)
class EncodedCorpus:
    """A corpus as numbers; see :func:`.encoding.encode`.

    Attributes:
        directory: Where the files are.
        tokens: int32[T], word ids, mapped copy-on-write.
        offsets: int64[S + 1], borders of the sentences in ``tokens``, mapped copy-on-write.
        vocabulary: Words by id; counts include those of the ``keep`` vocabulary.
        corpus_counts: int64[V], occurrences in ``tokens`` alone.
        tokenizer_spec: How the text was tokenised.
        name: Name of the corpus.
        fingerprint: Mark of the source files and settings, ``None`` for text from memory.
        digest: SHA-256 of tokens and borders.
        report: What was met on the way.
    """

    directory: Path
    tokens: NDArray[np.int32]
    offsets: NDArray[np.int64]
    vocabulary: Vocabulary
    corpus_counts: NDArray[np.int64]
    tokenizer_spec: dict[str, Any]
    name: str
    fingerprint: str | None
    digest: str
    report: EncodingReport

    def sentences(self) -> Iterator[list[str]]:
        """Yield the sentences in words, for looking at."""
        words = self.vocabulary.words
        for start, end in zip(self.offsets[:-1].tolist(), self.offsets[1:].tolist(), strict=True):
            yield [words[i] for i in self.tokens[start:end].tolist()]


def open_encoded(directory: str | Path) -> EncodedCorpus:
    """Open what :func:`.encoding.encode` wrote; the token file is mapped, not read.

    Raises:
        CheckpointError: Something is missing, or sizes and marks disagree.
    """
    folder = Path(directory)
    try:
        meta = json.loads((folder / META_FILE).read_bytes())
        text = (folder / VOCABULARY_FILE).read_bytes()
        if meta["format_version"] != FORMAT_VERSION:
            raise CheckpointError(
                f"{folder}: expected an encoded corpus of version {FORMAT_VERSION}, found "
                f"{meta['format_version']}"
            )
        if hashlib.sha256(text).hexdigest() != meta["vocabulary_sha256"]:
            raise CheckpointError(
                f"{folder / VOCABULARY_FILE}: the content is damaged; encode again"
            )
        words = json.loads(text)
        tokens = _mapped(folder / TOKENS_FILE, np.int32, meta["tokens"])
        offsets = _mapped(folder / OFFSETS_FILE, np.int64, meta["sentences"] + 1)
        vocabulary = Vocabulary(words["words"], words["counts"])
        counts = np.array(words.get("corpus_counts", words["counts"]), np.int64)
        if offsets[0] != 0 or offsets[-1] != len(tokens):
            raise CheckpointError(f"{folder / OFFSETS_FILE}: the borders don't fit the tokens")
        known = {field.name for field in fields(EncodingReport)}
        report = EncodingReport(**{k: v for k, v in meta["report"].items() if k in known})
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{folder}: no encoded corpus here ({Path(str(error.filename)).name} is missing); "
            "an interrupted encoding leaves none"
        ) from error
    except (KeyError, TypeError, ValueError, OSError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{folder}: the encoded corpus is damaged ({error!r})") from error
    return EncodedCorpus(
        directory=folder,
        tokens=tokens,
        offsets=offsets,
        vocabulary=vocabulary,
        corpus_counts=counts,
        tokenizer_spec=meta["tokenizer"],
        name=meta["name"],
        fingerprint=meta["fingerprint"],
        digest=meta["digest"],
        report=report,
    )


def _mapped(path: Path, dtype: Any, length: int) -> Any:
    expected = length * np.dtype(dtype).itemsize
    found = path.stat().st_size
    if found != expected:
        raise CheckpointError(f"{path}: expected {expected} bytes, found {found}; encode again")
    return np.memmap(path, dtype, "c", shape=(length,))
