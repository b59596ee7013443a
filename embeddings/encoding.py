"""A corpus, read once: a vocabulary in memory, its tokens as numbers in a mapped file."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .chunks import ChunkEncoder, WordIndex
from .corpus import MAX_SENTENCE, Corpus, PartReader
from .encoded import (
    FORMAT_VERSION,
    META_FILE,
    OFFSETS_FILE,
    TOKENS_FILE,
    VOCABULARY_FILE,
    EncodedCorpus,
    EncodingReport,
    open_encoded,
)
from .errors import (
    ConfigurationError,
    CorpusError,
    EmptyVocabularyError,
    OutputError,
)
from .kernels.encode import LINE_END
from .reading import Tally
from .sources import Batch
from .spool import TokenSpool
from .vocabulary import Vocabulary, choose

_PARTIAL = ".partial"
_SECONDS_BETWEEN_REPORTS = 0.2


@dataclass(frozen=True)
class EncodingProgress:
    """How far encoding has come.

    Attributes:
        tokens: Tokens read.
        types: Distinct words known.
        bytes_done: Bytes taken from files, before decompression.
        bytes_total: Size of all files, ``None`` where it is not known.
        seconds: Time since the start.
        words_per_second: ``tokens / seconds``.
        finished: Whether this is the last report.
    """

    tokens: int
    types: int
    bytes_done: int
    bytes_total: int | None
    seconds: float
    words_per_second: float
    finished: bool


def encode(
    corpus: Corpus,
    directory: str | Path,
    *,
    min_count: int = 5,
    max_vocab_size: int | None = None,
    keep: Vocabulary | None = None,
    progress: Callable[[EncodingProgress], None] | None = None,
) -> EncodedCorpus:
    """Read a corpus once and write it as numbers.

    The files appear under their names only when all are whole, ``meta.json`` last: an interrupted
    run leaves nothing that opens, and an earlier result in the folder stays until then.
    Memory holds the vocabulary and a few megabytes, whatever the size of the corpus.

    Args:
        corpus: What to read; a generator is used up.
        directory: Folder for the files; made when it is missing.
        min_count: Rarer words are dropped from the text, before any window is laid over it.
        max_vocab_size: Whenever more words are known, the rarest are forgotten, those that occur
            once first, then twice and so on (as in gensim). Their earlier tokens are lost.
        keep: An earlier vocabulary: its words are kept whatever their count, and their earlier
            counts are added.
        progress: Called about five times a second, and once at the end.

    Raises:
        ConfigurationError: An option is out of range.
        CorpusError: The corpus is empty or can't be read.
        EmptyVocabularyError: No word is frequent enough; the message names the highest count.
        OutputError: The folder can't be written.
    """
    _check_options(min_count, max_vocab_size, keep)
    folder = _prepared(Path(directory))
    run = _Run(corpus, folder, max_vocab_size=max_vocab_size, keep=keep, progress=progress)
    try:
        run.read()
        with _writing(folder):
            run.write(min_count=min_count)
    finally:
        run.clean_up()
    return open_encoded(folder)


def _check_options(min_count: int, max_vocab_size: int | None, keep: Vocabulary | None) -> None:
    problems: list[str] = []
    if min_count < 1:
        problems.append(f"min_count: expected 1 or more, found {min_count}")
    if max_vocab_size is not None and max_vocab_size < 1:
        problems.append(f"max_vocab_size: expected 1 or more, or None, found {max_vocab_size}")
    elif max_vocab_size is not None and keep is not None and len(keep) > max_vocab_size:
        problems.append(
            f"max_vocab_size={max_vocab_size} contradicts keeping a vocabulary of {len(keep)} words"
        )
    if problems:
        raise ConfigurationError(*problems)


def _prepared(folder: Path) -> Path:
    """Make the folder, and find out now whether it can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f"probe{_PARTIAL}"
        probe.write_bytes(b"")
        probe.unlink()
        for stale in folder.glob(f"*{_PARTIAL}"):
            stale.unlink()
    except OSError as error:
        raise OutputError(f"{folder}: can't write here ({error.strerror or error})") from error
    return folder


@contextmanager
def _writing(folder: Path) -> Generator[None, None, None]:
    """Name the folder when the disk is full or the like."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{folder}: can't write the encoded corpus ({error.strerror or error})"
        ) from error


class _Run:
    """The state of one :func:`encode`."""

    def __init__(
        self,
        corpus: Corpus,
        folder: Path,
        *,
        max_vocab_size: int | None,
        keep: Vocabulary | None,
        progress: Callable[[EncodingProgress], None] | None,
    ) -> None:
        self._corpus, self._folder, self._keep = corpus, folder, keep
        self._limit = max_vocab_size
        self._progress = progress
        self._started = time.monotonic()
        self._reported = self._started
        self._tally = Tally()
        self._index = WordIndex((word, i) for i, word in enumerate(keep.words if keep else ()))
        self._kept = len(self._index)
        self._dropped = 0
        self._prune_below = 1
        self._fingerprint = corpus.fingerprint()
        self._partial = {
            name: folder / f"{name}{_PARTIAL}"
            for name in (TOKENS_FILE, OFFSETS_FILE, VOCABULARY_FILE, META_FILE, "borders")
        }
        self._spool = TokenSpool(
            self._partial[TOKENS_FILE], self._partial["borders"], limit=MAX_SENTENCE
        )
        tokenizer = corpus.tokenizer
        self._reader = PartReader(corpus)
        self._chunks = ChunkEncoder(tokenizer, self._index) if tokenizer.chunkwise else None

    def read(self) -> None:
        """Take the whole corpus in, as provisional ids."""
        for batch in self._corpus.batches(self._tally):
            for ids in self._ids(batch):
                with _writing(self._folder):
                    self._spool.add(ids, words=len(self._index))
                self._report(finished=False)
            self._prune()
        if not self._spool.tokens_read:
            lines = self._spool.empty_lines
            hint = (
                "it is empty" if not lines else f"none of its {lines} lines or records has a word"
            )
            if self._corpus.one_shot:
                hint += "; a generator that was read before gives nothing"
            raise CorpusError(f"{self._corpus.name}: the corpus holds no word: {hint}")

    def _ids(self, batch: Batch) -> Iterator[NDArray[np.int32]]:
        if self._chunks is None:
            yield from self._plain(batch)
            return
        prepare = self._corpus.tokenizer.prepare
        if isinstance(batch, bytes):
            self._reader.texts_seen = True
            yield from self._chunks.ids(
                prepare(batch.decode()).encode() if b"<" in batch or b"&" in batch else batch
            )
            return
        texts: list[str] = []
        for record in batch:
            if isinstance(record, str):
                texts.append(record.replace("\n", " "))
                continue
            yield from self._joined(texts)
            texts = []
            yield from self._plain([record])
        yield from self._joined(texts)

    def _joined(self, texts: list[str]) -> Iterator[NDArray[np.int32]]:
        if self._chunks is not None and texts:
            self._reader.texts_seen = True
            text = self._corpus.tokenizer.prepare("\n".join([*texts, ""]))
            yield from self._chunks.ids(text.encode())

    def _plain(self, batch: Batch) -> Iterator[NDArray[np.int32]]:
        ids: list[int] = []
        number = self._index.__getitem__
        for tokens, ends in self._reader.parts(batch):
            ids.extend(map(number, tokens))
            if ends:
                ids.append(LINE_END)
        if ids:
            yield np.array(ids, np.int32)

    def _prune(self) -> None:
        if self._limit is None or len(self._index) <= self._limit:
            return
        counts = self._spool.counts[: len(self._index)]
        keep = np.ones(len(counts), np.bool_)
        while keep.sum() > self._limit:
            keep[self._kept :] &= counts[self._kept :] > self._prune_below
            self._prune_below += 1
            if not keep[self._kept :].any():
                break
        words = [word for word, kept in zip(self._index, keep.tolist(), strict=True) if kept]
        new_ids = np.where(keep, np.cumsum(keep) - 1, -1).astype(np.int32)
        self._dropped += len(keep) - len(words)
        self._index.clear()
        self._index.update((word, i) for i, word in enumerate(words))
        with _writing(self._folder):
            self._spool.new_era(new_ids)
        if self._chunks is not None:
            self._chunks.forget()

    def write(self, *, min_count: int) -> None:
        """Choose the vocabulary, rename the ids, and put the files in place."""
        words = list(self._index)
        own = self._spool.counts[: len(words)]
        combined = own.copy()
        if self._keep is not None:
            combined[: self._kept] += self._keep.counts
        chosen = choose(
            combined, words.__getitem__, min_count=min_count, max_size=self._limit, kept=self._kept
        )
        remap = np.full(len(words), -1, np.int32)
        remap[chosen] = np.arange(len(chosen), dtype=np.int32)
        if not own[chosen].any():
            raise EmptyVocabularyError(
                f"no word of the corpus is in the vocabulary to keep, and none occurs "
                f"min_count={min_count} times or more"
            )
        kept = self._spool.finish(remap, offsets_out=self._partial[OFFSETS_FILE])
        names = [words[i] for i in chosen.tolist()]
        vocabulary = {"words": names, "counts": combined[chosen].tolist()}
        if self._keep is not None:
            vocabulary["corpus_counts"] = own[chosen].tolist()
        vocabulary_text = json.dumps(vocabulary, ensure_ascii=False).encode()
        self._partial[VOCABULARY_FILE].write_bytes(vocabulary_text)
        report = EncodingReport(
            tokens_read=self._spool.tokens_read,
            tokens_kept=kept.tokens,
            sentences=kept.sentences,
            empty_records=self._spool.empty_lines,
            types_read=len(words)
            + self._dropped
            - (self._kept - int((own[: self._kept] > 0).sum())),
            types_kept=len(names),
            types_pruned=self._dropped,
            bad_bytes=self._tally.bad_bytes,
            sentences_cut=self._spool.cuts,
            seconds=time.monotonic() - self._started,
        )
        meta = {
            "format_version": FORMAT_VERSION,
            "tokens": kept.tokens,
            "sentences": kept.sentences,
            "vocabulary_sha256": hashlib.sha256(vocabulary_text).hexdigest(),
            "digest": kept.digest,
            "name": self._corpus.name,
            "fingerprint": self._fingerprint,
            "tokenizer": self._corpus.tokenizer_spec(texts_seen=self._reader.texts_seen),
            "report": asdict(report),
        }
        self._partial[META_FILE].write_text(json.dumps(meta), encoding="utf-8")
        self._commit()
        self._report(finished=True)

    def _commit(self) -> None:
        (self._folder / META_FILE).unlink(missing_ok=True)
        for name in (TOKENS_FILE, OFFSETS_FILE, VOCABULARY_FILE, META_FILE):
            self._partial[name].replace(self._folder / name)

    def clean_up(self) -> None:
        """Close and remove everything that has not been put in place."""
        with suppress(OSError):  # what a full disk refused is still in the buffers
            self._spool.discard()
        for path in self._partial.values():
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _report(self, *, finished: bool) -> None:
        if self._progress is None:
            return
        now = time.monotonic()
        if not finished and now - self._reported < _SECONDS_BETWEEN_REPORTS:
            return
        self._reported = now
        seconds = now - self._started
        self._progress(
            EncodingProgress(
                tokens=self._spool.tokens_read,
                types=len(self._index),
                bytes_done=self._tally.bytes_read,
                bytes_total=self._tally.bytes_total,
                seconds=seconds,
                words_per_second=self._spool.tokens_read / seconds if seconds > 0 else 0.0,
                finished=finished,
            )
        )
