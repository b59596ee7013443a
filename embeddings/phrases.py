"""Learning which neighbouring words belong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .corpus import as_corpus
from .errors import ConfigurationError, CorpusError, MissingDependencyError
from .phrase_tokenizer import PhraseTokenizer
from .tokenizing import Tokenizer

__all__ = ["PhraseTokenizer", "learn_phrases"]


def learn_phrases(
    corpus: Any,
    *,
    min_count: int = 5,
    threshold: float = 10.0,
    passes: int = 1,
    delimiter: str = "_",
) -> PhraseTokenizer:
    """Find collocations in a corpus; the result tokenises that and other text.

    Args:
        corpus: A :class:`.Corpus` or what one is made from; read ``passes`` times.
        min_count: Pairs and words that occur less often are ignored.
        threshold: Least score (count(ab) - min_count) * V / (count(a) * count(b)) of a phrase.
        passes: The second pass joins phrases with words and other phrases, and so on.
        delimiter: Stands between the words of a phrase.

    Raises:
        ConfigurationError: ``passes`` is below 1, or the delimiter is empty or white space.
        CorpusError: The corpus can be read only once and ``passes`` is more, or it has no word.

    Source: Mikolov et al. 2013, arXiv:1310.4546, section 4, through gensim's ``Phrases``.
    """
    if passes < 1:
        raise ConfigurationError(f"passes: expected 1 or more, found {passes}")
    if not delimiter or delimiter.split() != [delimiter]:
        raise ConfigurationError(f"delimiter: expected visible characters, found {delimiter!r}")
    text = as_corpus(corpus)
    if text.one_shot and passes > 1:
        raise CorpusError(
            f"{text.name}: passes={passes} reads the corpus as often, but it can be read only "
            "once; pass a list or a file"
        )
    try:
        from gensim.models.phrases import Phrases
    except ImportError as error:
        raise MissingDependencyError("learning phrases needs gensim: pip install gensim") from error
    tokenizer: Tokenizer = text.tokenizer
    sentences: Iterable[list[str]] = text
    for _ in range(passes):
        model = Phrases(sentences, min_count=min_count, threshold=threshold, delimiter=delimiter)
        if not model.corpus_word_count:
            raise CorpusError(f"{text.name}: the corpus holds no word")
        tokenizer = PhraseTokenizer(tokenizer, tuple(_exported(model, delimiter)), delimiter)
        sentences = _Joined(sentences, tokenizer)
    assert isinstance(tokenizer, PhraseTokenizer)
    return tokenizer


def _exported(model: Any, delimiter: str) -> Iterator[str]:
    """Yield the phrases of a gensim ``Phrases``.

    Its own ``export_phrases`` takes "new_york_city" for new + city with york between, and so
    loses what a second pass has found.
    """
    for joined in model.vocab:
        at = joined.find(delimiter, 1)
        while at > 0:
            first, second = joined[:at], joined[at + len(delimiter) :]
            if second and model.score_candidate(first, second, [])[1] is not None:
                yield joined
                break
            at = joined.find(delimiter, at + 1)


class _Joined:
    """Sentences with phrases joined, as often as the sentences can be read."""

    def __init__(self, sentences: Iterable[list[str]], tokenizer: PhraseTokenizer) -> None:
        self._sentences, self._tokenizer = sentences, tokenizer

    def __iter__(self) -> Iterator[list[str]]:
        return map(self._tokenizer.join, self._sentences)
