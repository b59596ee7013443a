"""spaCy's tokenisers and sentence borders behind our interface; spaCy is loaded at first use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, ClassVar

from .errors import ConfigurationError, MissingDependencyError
from .tokenizing import Tokenizer

_KEPT_COMPONENTS = ("senter", "sentencizer", "parser", "tok2vec", "transformer")


@dataclass(frozen=True)
class SpacyTokenizer(Tokenizer):
    """Tokens of a spaCy pipeline, without white space.

    A pipeline that finds sentences (``parser``, ``senter``, ``sentencizer``) splits records into
    them; a blank one keeps a record whole. Of the other components none is run.

    Attributes:
        pipeline: Name or path of an installed pipeline (``en_core_web_sm``), else a language code
            (``en``) for the blank pipeline of that language.
        lower: Lower-case the tokens.
        keep_punctuation: Keep punctuation tokens instead of dropping them.
    """

    pipeline: str = "en"
    lower: bool = True
    keep_punctuation: bool = False
    name: ClassVar[str] = "spacy"

    def __post_init__(self) -> None:
        _load(self.pipeline)  # found out before work begins

    def __call__(self, text: str) -> list[str]:
        """Return the tokens of ``text``, whatever the sentences."""
        return self._tokens(_load(self.pipeline).tokenizer(text))

    @property
    def splits_records(self) -> bool:
        """Whether the pipeline finds sentences."""
        return bool(_load(self.pipeline).pipe_names)

    def sentences(self, text: str) -> Iterator[list[str]]:
        """Yield the sentences that the pipeline finds in one record."""
        return iter(next(self.batch([text])))

    def batch(self, texts: Iterable[str]) -> Iterator[list[list[str]]]:
        """Yield for each text the list of its sentences."""
        nlp = _load(self.pipeline)
        if not nlp.pipe_names:
            for text in texts:
                yield [self._tokens(nlp.tokenizer(text))]
            return
        for text in texts:
            sentences: list[list[str]] = []
            for doc in nlp.pipe(_pieces(text, nlp.max_length)):
                if doc.has_annotation("SENT_START"):
                    sentences += [self._tokens(sentence) for sentence in doc.sents]
                else:
                    sentences.append(self._tokens(doc))
            yield sentences

    def _tokens(self, span: Any) -> list[str]:
        from spacy.attrs import IS_PUNCT, IS_SPACE, LOWER, ORTH

        form = LOWER if self.lower else ORTH
        strings = span.vocab.strings
        rows = span.to_array([form, IS_SPACE, IS_PUNCT])
        if not len(rows):
            return []
        drop = rows[:, 1] if self.keep_punctuation else rows[:, 1] | rows[:, 2]
        text = _Strings.of(strings)
        return list(map(text.__getitem__, rows[drop == 0, 0].tolist()))


class _Strings(dict[int, str]):
    """The strings of a spaCy vocabulary by their hash, looked up once each."""

    def __init__(self, store: Any) -> None:
        super().__init__()
        self._store = store

    def __missing__(self, key: int) -> str:
        found = self[key] = self._store[key]
        return found

    @staticmethod
    @lru_cache(maxsize=8)
    def of(store: Any) -> _Strings:
        return _Strings(store)


def _pieces(text: str, limit: int) -> Iterator[str]:
    """Cut a text that is too long for a pipeline, at spaces where there are any."""
    start = 0
    while len(text) - start > limit:
        cut = text.rfind(" ", start, start + limit) + 1
        cut = cut if cut > start else start + limit
        yield text[start:cut]
        start = cut
    yield text[start:]


@cache
def _load(pipeline: str) -> Any:
    try:
        import spacy
    except ImportError as error:
        raise MissingDependencyError(
            'tokenizer="spacy:..." needs the package spacy: pip install spacy'
        ) from error
    try:
        nlp = spacy.load(pipeline)
    except OSError:
        try:
            nlp = spacy.blank(pipeline)
        except ImportError as error:
            if "E048" not in str(error):  # the language is known, a package for it is missing
                raise MissingDependencyError(
                    f"tokenizer: spaCy can't make the blank pipeline {pipeline!r}: {error}"
                ) from error
            raise ConfigurationError(
                f"tokenizer: spaCy has no pipeline installed as {pipeline!r} and no language of "
                f"that code; install it with: python -m spacy download {pipeline}, or give the "
                'code of a language for its blank pipeline, "spacy:en"'
            ) from error
    unused = [name for name in nlp.pipe_names if name not in _KEPT_COMPONENTS]
    if not {"parser", "senter", "sentencizer"} & set(nlp.pipe_names):
        unused = list(nlp.pipe_names)
    if unused:
        nlp.disable_pipes(*unused)
    return nlp
