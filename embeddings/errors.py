"""Every error wordgraft raises on purpose.

Each class has :class:`WordgraftError` as a parent, so that one ``except`` catches them all, and
the builtin that Python programmers would expect, so that existing ``except KeyError`` works.
Messages say what was expected, what was found, where, and what to do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial


class WordgraftError(Exception):
    """Parent of every error raised on purpose; the command line prints it as one line."""


class ConfigurationError(WordgraftError, ValueError):
    """One or more settings are wrong; all of them are listed, before any work begins.

    Attributes:
        problems: One sentence per mistake.
    """

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


class CorpusError(WordgraftError, ValueError):
    """A corpus can't be read, or holds nothing to learn from."""


class CorpusNotFoundError(CorpusError, FileNotFoundError):
    """The path of a corpus does not exist."""


class TextEncodingError(CorpusError):
    """Text is not valid in the expected encoding.

    Attributes:
        path: File being read, ``None`` for text that came from memory.
        offset: Byte offset of the first bad byte in the (decompressed) content.
    """

    def __init__(self, problem: str, *, path: str | os.PathLike[str] | None, offset: int) -> None:
        self.path, self.offset = path, offset
        where = f"{os.fspath(path)}: " if path is not None else ""
        super().__init__(
            f"{where}{problem} at byte {offset}. "
            'Pass errors="replace" or errors="ignore" to read on and have such bytes counted'
        )


class EmptyVocabularyError(CorpusError):
    """No word of the corpus is frequent enough to be learnt."""


class UnknownWordError(WordgraftError, KeyError):
    """A word has no vector.

    Close words are searched only when somebody looks (``str(error)`` or ``error.suggestions``), so
    that a loop which catches the error for every unknown word of a text stays fast.

    Attributes:
        words: The unknown words, in the order asked.
        lacking: What they don't have: a vector, or only a row.
        reason: Why, where it isn't that they are simply not in the vocabulary.
    """

    def __init__(
        self,
        words: Sequence[str],
        suggestions: Sequence[str] | Callable[[], Sequence[str]] = (),
        *,
        lacking: str = "vector",
        reason: str = "",
    ) -> None:
        self.words, self.lacking, self.reason = tuple(words), lacking, reason
        self._suggestions = suggestions
        shown = ", ".join(f"{w!r:.60}" for w in self.words[:5])
        more = f" and {len(self.words) - 5} more" if len(self.words) > 5 else ""
        super().__init__(f"no {lacking} for {shown}{more}" + (f": {reason}" if reason else ""))

    @property
    def suggestions(self) -> tuple[str, ...]:
        """Close words that do have a vector."""
        if callable(self._suggestions):
            self._suggestions = self._suggestions()
        return tuple(self._suggestions)

    def __str__(self) -> str:
        # KeyError shows the repr of its argument: quotes round a sentence.
        hint = f" (close: {', '.join(self.suggestions)})" if self.suggestions else ""
        return f"{self.args[0]}{hint}"

    def __reduce__(self) -> tuple[Callable[..., UnknownWordError], tuple[object, ...]]:
        # Errors travel from worker processes; the vectors that suggest stay behind.
        made = partial(type(self), lacking=self.lacking, reason=self.reason)
        return made, (self.words, self.suggestions)


class VectorFormatError(WordgraftError, ValueError):
    """A vector file breaks its format.

    Attributes:
        path: File being read.
        line: 1-based line number; ``None`` for binary formats.
    """

    def __init__(
        self, problem: str, *, path: str | os.PathLike[str], line: int | None = None, hint: str = ""
    ) -> None:
        self.path, self.line = path, line
        where = f"{os.fspath(path)}:{line}" if line is not None else os.fspath(path)
        super().__init__(f"{where}: {problem}" + (f". {hint}" if hint else ""))


class ModelFormatError(WordgraftError, ValueError):
    """The folder of a model is damaged, newer than this version, or something else.

    Attributes:
        path: The folder, or the file in it.
    """

    def __init__(self, problem: str, *, path: str | os.PathLike[str]) -> None:
        self.path = path
        super().__init__(f"{os.fspath(path)}: {problem}")

    @classmethod
    def of(cls, error: VectorFormatError) -> ModelFormatError:
        """Return what says the same of a model's file."""
        made = cls("", path=error.path)
        made.args = error.args
        return made


class UnknownFormatError(VectorFormatError):
    """No known format fits the content of a file."""


class UnwritableWordError(WordgraftError, ValueError):
    """A format can't hold some words; nothing was written.

    Attributes:
        words: Those words, in row order.
        format: Name of the format.
        signs: What of them it can't hold: "spaces", "tabs or line ends".
    """

    def __init__(self, words: Sequence[str], *, format: str, signs: str) -> None:
        self.words, self.format, self.signs = tuple(words), format, signs
        shown = ", ".join(f"{w!r:.60}" for w in self.words[:5])
        more = f" and {len(self.words) - 5:,} more" if len(self.words) > 5 else ""
        super().__init__(
            f"{format} can't hold words with {signs} in them, found {shown}{more}. "
            'Choose unfit="replace" to write _ there, or unfit="skip" to leave such words out, or '
            "a format that holds any word: native, parquet, spacy"
        )

    def __reduce__(self) -> tuple[partial[UnwritableWordError], tuple[object, ...]]:
        return partial(type(self), format=self.format, signs=self.signs), (self.words,)


class StaleIndexError(WordgraftError, ValueError):
    """An index of neighbours was built from other vectors than those asked."""


class EvaluationDataError(WordgraftError, ValueError):
    """A file of analogies or word pairs breaks its format; the message names file and line."""


class LabelledDataError(WordgraftError, ValueError):
    """Labelled texts can't be used as they are; the message names source, rows and way out."""


class DomainError(WordgraftError, ValueError):
    """Source and target of an adaptation don't fit together; the message says in what."""


class DocumentError(WordgraftError, ValueError):
    """Documents can't be made into vectors: none, none with a known word, all the same."""


class CheckpointError(WordgraftError, ValueError):
    """A checkpoint is damaged, missing, or belongs to another training run."""


class FeatureCacheError(WordgraftError, ValueError):
    """A file of cached features is damaged, or of another version.

    Attributes:
        path: The file.
    """

    def __init__(self, problem: str, *, path: str | os.PathLike[str]) -> None:
        self.path = path
        super().__init__(
            f"{os.fspath(path)}: {problem}. Pass rebuild=True (--rebuild) to compute it anew, "
            "or remove the file"
        )


class NotTrainedError(WordgraftError, AttributeError):
    """A result was asked for before ``fit`` produced it."""


class OutputError(WordgraftError, OSError):
    """A result can't be written; raised before long work begins wherever that can be known."""


class DownloadError(WordgraftError, OSError):
    """A file can't be had from the web; what came of it is kept where it can be gone on with."""


class MissingDependencyError(WordgraftError, ImportError):
    """An optional package is needed; the message says which extra installs it."""


class DeviceError(WordgraftError, RuntimeError):
    """A device was asked for that isn't there, or can't do what it should."""


class MemoryExhaustedError(WordgraftError, MemoryError):
    """A batch needs more memory than the device has; the message says what to lower."""


class TrainingInterrupted(WordgraftError):
    """Training stopped on request; a checkpoint was written where one was configured.

    Attributes:
        checkpoint: Folder to resume from, ``None`` when nothing was kept.
    """

    def __init__(self, message: str, *, checkpoint: str | os.PathLike[str] | None) -> None:
        self.checkpoint = checkpoint
        super().__init__(message)


class TokenizerWarning(UserWarning):
    """Texts are cut in a way that leaves most of their words without a vector."""
