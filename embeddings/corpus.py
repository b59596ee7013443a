"""A corpus: sentences from wherever text comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from .errors import ConfigurationError
from .reading import Tally, check_policy
from .sources import Batch, Source, fingerprint, make_source
from .tokenizers import PRETOKENIZED, Tokenizer, make_tokenizer

MAX_SENTENCE = 10_000


class Corpus:
    """Text to learn from, read sentence by sentence and never held in memory as a whole.

    Args:
        source: One of

            * the path of a text file (a line is a sentence), of JSON lines (a record is a
              sentence), of a folder of such files (read in sorted order, folders inside too);
              each plain or compressed (gzip, Zstandard, bzip2, xz, told by content);
            * ``"-"``, standard input;
            * a ``datasets.Dataset`` or ``IterableDataset``;
            * an iterable of texts or of token lists: a list, a generator, ...;
            * another ``Corpus``, which keeps its own settings.
        tokenizer: See :func:`.tokenizers.make_tokenizer`. Token lists are used as they are, but
            for phrases, which are joined.
        lower: Lower-case the text; ``None`` leaves it to the tokeniser. Token lists are
            lower-cased only by an explicit ``True``.
        text_field: Field of JSON lines, or column of a data set. ``None`` reads files as plain
            text even where they look like JSON lines.
        errors: What to do about bytes that are not UTF-8: refuse (``"strict"``), put U+FFFD
            (``"replace"``) or leave them out (``"ignore"``), as ``bytes.decode`` does.

    Raises:
        CorpusNotFoundError: A path does not exist.
        ConfigurationError: An option is wrong, or contradicts another.
        CorpusError: The data set has no such column.
    """

    def __init__(
        self,
        source: Any,
        *,
        tokenizer: str
        | Mapping[str, Any]
        | Tokenizer
        | Callable[[str], Iterable[str]]
        | None = None,
        lower: bool | None = None,
        text_field: str | None = "text",
        errors: str = "strict",
    ) -> None:
        if isinstance(source, Corpus):
            given = tokenizer is not None or lower is not None
            if given or text_field != "text" or errors != "strict":
                raise ConfigurationError(
                    "the corpus is a Corpus already and has its own settings; give options where "
                    "it is made"
                )
            self._source: Source = source._source
            self.tokenizer, self._named = source.tokenizer, source._named
            self.lower_tokens = source.lower_tokens
            return
        self.tokenizer: Tokenizer = make_tokenizer(tokenizer, lower=lower)
        self._named = tokenizer is not None or lower is not None
        self.lower_tokens = lower is True
        self._source = make_source(source, text_field=text_field, errors=check_policy(errors))

    def __repr__(self) -> str:
        return f"Corpus({self.name!r}, tokenizer={self.tokenizer!r})"

    def __iter__(self) -> Iterator[list[str]]:
        """Yield the sentences, none empty, none over :data:`MAX_SENTENCE` tokens."""
        reader = PartReader(self)
        pending: list[str] = []
        for batch in self._source.batches(Tally()):
            for tokens, ends in reader.parts(batch):
                pending = pending + tokens if pending else tokens
                start = 0
                while len(pending) - start > MAX_SENTENCE:
                    yield pending[start : start + MAX_SENTENCE]
                    start += MAX_SENTENCE
                pending = pending[start:] if start else pending
                if ends:
                    if pending:
                        yield pending
                    pending = []

    @property
    def name(self) -> str:
        """Where the text comes from, for people."""
        return self._source.name

    @property
    def one_shot(self) -> bool:
        """Whether the corpus can be read only once (a generator, standard input)."""
        return self._source.one_shot

    def fingerprint(self) -> str | None:
        """Return a cheap mark of source and settings, or ``None`` for text in memory.

        Files count with absolute path, size and time of change; they are not read.
        """
        identity = self._source.identity()
        return None if identity is None else fingerprint([identity, self.tokenizer.spec()])

    def batches(self, tally: Tally) -> Iterator[Batch]:
        """Read the source from its start, for the encoder."""
        return self._source.batches(tally)

    def tokenizer_spec(self, *, texts_seen: bool) -> dict[str, Any]:
        """Return the spec to keep with vectors trained on this corpus.

        Args:
            texts_seen: Whether any record was a text. Where all were token lists and no tokeniser
                was named, the spec says so instead of claiming the default one.
        """
        if texts_seen or self._named:
            return self.tokenizer.spec()
        return {"name": PRETOKENIZED}


def as_corpus(source: Any, **options: Any) -> Corpus:
    """Return ``source`` when it is a :class:`Corpus` given without options, else make one."""
    if isinstance(source, Corpus) and not options:
        return source
    return Corpus(source, **options)


class PartReader:
    """Tokens of a corpus's batches by any tokeniser, line by line: the plain way.

    Attributes:
        texts_seen: Whether any record was a text.
    """

    def __init__(self, corpus: Corpus) -> None:
        self._tokenizer = corpus.tokenizer
        self._lower_tokens = corpus.lower_tokens
        self.texts_seen = False

    def parts(self, batch: Batch) -> Iterator[tuple[list[str], bool]]:
        """Yield runs of tokens, each with whether its line ends after it."""
        if isinstance(batch, bytes):
            self.texts_seen = True
            lines = batch.decode().split("\n")
            last = lines.pop()
            yield from self._texts(lines)
            if last:  # the line goes on in the next batch
                ends = self._tokenizer.splits_records
                sentences = next(self._tokenizer.batch([last]))
                yield from ((sentence, ends) for sentence in sentences)
            return
        texts: list[str] = []
        for record in batch:
            if isinstance(record, str):
                texts.append(record)
                continue
            yield from self._texts(texts)
            texts = []
            tokens = [token.lower() for token in record] if self._lower_tokens else record
            yield self._tokenizer.retoken(tokens), True
        yield from self._texts(texts)

    def _texts(self, texts: list[str]) -> Iterator[tuple[list[str], bool]]:
        if texts:
            self.texts_seen = True
        for sentences in self._tokenizer.batch(texts):
            filled = [sentence for sentence in sentences if sentence]
            for sentence in filled or [[]]:
                yield sentence, True
