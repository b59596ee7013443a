"""What a load found in its file: rows, duplicates, skipped lines, repairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import VectorFormatError

_KEPT = 100  # skipped lines that a report names; all are counted


@dataclass(frozen=True)
class SkippedLine:
    """A row of a file that was not loaded.

    Attributes:
        line: 1-based number of the line; of the row, in binary formats.
        reason: Why, as a sentence without its full stop.
    """

    line: int
    reason: str


@dataclass(frozen=True)
class LoadReport:
    """What one load found; ``str(report)`` is a paragraph to read.

    Attributes:
        format: Name of the format, a row of ``formats.FORMATS``.
        path: The file.
        compression: ``"gzip"``, ``"zip"``, ``"zstd"``, ``"bzip2"``, ``"xz"``, or ``None``.
        rows: V, how many rows were loaded.
        dimension: D, numbers in a row.
        rows_in_file: What the file's own header announces; ``None`` where it has none.
        duplicates: Rows left out because an earlier row has the same word.
        skipped: The first rows that were not loaded, with reasons.
        skipped_count: How many there were in all.
        repaired_words: Words with bytes that are no UTF-8, read by the ``errors`` policy.
        possibly_cut: The file ends where a whole one would not, or holds fewer rows than it says.
        seconds: Time it took.
        notes: Anything else worth knowing, a sentence each.
    """

    format: str
    path: Path
    compression: str | None
    rows: int
    dimension: int
    rows_in_file: int | None
    duplicates: int
    skipped: tuple[SkippedLine, ...]
    skipped_count: int
    repaired_words: int
    possibly_cut: bool
    seconds: float
    notes: tuple[str, ...]

    def __str__(self) -> str:
        packed = f", {self.compression}" if self.compression else ""
        said = "" if self.rows_in_file is None else f" of {self.rows_in_file:,} announced"
        sentences = [
            f"{self.path} ({self.format}{packed}): {self.rows:,} rows{said}, "
            f"{self.dimension} numbers each, in {self.seconds:.1f} s"
        ]
        if self.duplicates:
            sentences.append(f"{self.duplicates:,} duplicate words left out: the first row counts")
        if self.skipped_count:
            shown = "; ".join(f"line {s.line}: {s.reason}" for s in self.skipped[:3])
            more = self.skipped_count - min(3, len(self.skipped))
            rest = f"; and {more:,} more" if more else ""
            sentences.append(f"{self.skipped_count:,} rows skipped ({shown}{rest})")
        if self.repaired_words:
            sentences.append(f"{self.repaired_words:,} words had bytes that are no UTF-8")
        if self.possibly_cut:
            sentences.append("The file may have been cut, as by a download that broke off")
        return ". ".join([*sentences, *self.notes]) + "."


class Findings:
    """Collects what a reader finds; in strict mode the first problem raises.

    Args:
        path: The file, for messages.
        strict: Raise :class:`~..errors.VectorFormatError` at the first problem.

    Attributes:
        rows_in_file: What the header announces; set by the reader.
        duplicates: Rows left out for an earlier row of the same word.
        skipped: The first skipped rows.
        skipped_count: All of them.
        repaired_words: Words with bytes that are no UTF-8.
        possibly_cut: Whether the file seems to end too early.
        notes: More sentences for the report.
    """

    def __init__(self, path: Path, *, strict: bool = False) -> None:
        self.path, self.strict = path, strict
        self.rows_in_file: int | None = None
        self.duplicates = self.skipped_count = self.repaired_words = 0
        self.skipped: list[SkippedLine] = []
        self.possibly_cut = False
        self.notes: list[str] = []

    def skip(self, line: int, reason: str | Callable[[], str]) -> None:
        """A row can't be loaded; a reason given as a function is asked only where it is shown."""
        self.skipped_count += 1
        if self.strict or len(self.skipped) < _KEPT:
            said = reason if isinstance(reason, str) else reason()
            self._refuse(said, line)
            self.skipped.append(SkippedLine(line, said))

    def duplicate(self, line: int, word: str) -> None:
        """A word stood in an earlier row already."""
        self._refuse(f"the word {word!r:.60} has a row already", line)
        self.duplicates += 1

    def repaired(self, line: int, word: str) -> None:
        """A word had bytes that are no UTF-8; ``word`` is how it was read."""
        self._refuse(f"the word {word!r:.60} has bytes that are no UTF-8", line)
        self.repaired_words += 1

    def cut(self, reason: str, line: int | None = None) -> None:
        """The file seems to end too early; the reason becomes a note."""
        self.wrong(reason, line)
        self.possibly_cut = True

    def wrong(self, reason: str, line: int | None = None) -> None:
        """Something is wrong that leaves no row out; the reason becomes a note."""
        self._refuse(reason, line)
        self.note(reason)

    def note(self, sentence: str) -> None:
        """Something to tell that is no problem."""
        self.notes.append(sentence[:1].upper() + sentence[1:])

    def _refuse(self, problem: str, line: int | None) -> None:
        if self.strict:
            raise VectorFormatError(
                problem, path=self.path, line=line, hint="Pass strict=False to load the rest"
            )
