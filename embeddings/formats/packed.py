"""Vector files as plain bytes, whatever they are packed in.

A file is looked at by its content: gzip, Zstandard, bzip2 and xz streams and zip archives are
unpacked while they are read, so that ``limit=1000`` of a large download costs milliseconds.
Unpacking stops where the content grows out of all proportion (a "zip bomb").
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, cast

import numpy as np

from ..compression import COMPRESSIONS
from ..errors import VectorFormatError
from .refusals import refuse_archive

HEAD_BYTES = 1 << 20
PIECE_BYTES = 1 << 25
_BLOCK_BYTES = 1 << 20
_FREE_BYTES = 1 << 26  # unpacked; up to here the ratio isn't looked at
_MOST_RATIO = 200  # vectors pack to a half or a tenth; deflate reaches 1032 on endless zeros
_ZIP = b"PK\x03\x04"


class Pieces(ABC):
    """The bytes of a file from its start to its end, a large piece at a time.

    Attributes:
        ended: Nothing comes after the piece taken last.
        broken: Why the packed data ended before its end, ``None`` where it didn't.
    """

    ended = False
    broken: str | None = None

    @abstractmethod
    def take(self, keep: int = 0, *, size: int = PIECE_BYTES) -> np.ndarray:
        """Return the last ``keep`` bytes of the piece before, and up to ``size`` new ones.

        Returns:
            uint8[keep + n], writable in memory only; just the kept bytes when all was read.

        Raises:
            VectorFormatError: Packed data is damaged, or unpacks to too much.
        """


class _MappedPieces(Pieces):
    def __init__(self, content: np.ndarray) -> None:
        self._content, self._position = content, 0
        self.ended = not len(content)

    def take(self, keep: int = 0, *, size: int = PIECE_BYTES) -> np.ndarray:
        end = min(self._position + size, len(self._content))
        piece = self._content[self._position - keep : end]
        self._position = end
        self.ended = end == len(self._content)
        return piece


class _StreamedPieces(Pieces):
    def __init__(self, stream: _Bounded) -> None:
        self._stream = stream
        self._last = np.empty(0, np.uint8)

    def take(self, keep: int = 0, *, size: int = PIECE_BYTES) -> np.ndarray:
        piece = np.empty(keep + size, np.uint8)
        piece[:keep] = self._last[len(self._last) - keep :]
        filled = keep
        while filled < len(piece) and not self.ended:
            data = self._stream.read(min(_BLOCK_BYTES, len(piece) - filled))
            piece[filled : filled + len(data)] = np.frombuffer(data, np.uint8)
            filled += len(data)
            self.ended, self.broken = not data, self._stream.broken
        self._last = piece[:filled]
        return self._last


class _Bounded:
    """An unpacked stream that ends early where packed data is cut, and refuses bombs."""

    def __init__(self, stream: IO[bytes], taken: Callable[[], int], path: Path) -> None:
        # Of a cut stream `read` would drop what came before the cut.
        self._read = cast("Callable[[int], bytes]", getattr(stream, "read1", stream.read))
        self._taken, self._path = taken, path
        self._given = 0
        self.broken: str | None = None

    def read(self, size: int) -> bytes:
        try:
            data = self._read(size)
        except EOFError as error:
            self.broken = str(error) or "the packed data has no end"
            return b""
        except Exception as error:  # of crafted archives zipfile raises many kinds
            if isinstance(error, MemoryError) or getattr(error, "errno", None) is not None:
                raise  # the machine's trouble, not the file's
            raise VectorFormatError(
                f"the packed data can't be unpacked ({error})",
                path=self._path,
                hint="The file is damaged: download or copy it again",
            ) from error
        self._given += len(data)
        if self._given > max(_FREE_BYTES, _MOST_RATIO * self._taken()):
            raise VectorFormatError(
                f"{self._taken():,} packed bytes have unfolded to more than {self._given:,} and go "
                f"on: over {_MOST_RATIO} to 1, where vectors pack to a tenth at best",
                path=self._path,
                hint="If you trust the file, unpack it with its own program and load the result",
            )
        return data


@dataclass(frozen=True)
class Opened:
    """A file to read vectors from, unpacked where it was packed.

    Attributes:
        path: The file, absolute; what messages name.
        compression: What it was packed with, ``None`` where it wasn't.
        size: Bytes of the content; ``None`` where that is known only after unpacking.
        head: The first MiB of the content (all of a smaller one).
    """

    path: Path
    compression: str | None
    size: int | None
    head: bytes
    _start: Callable[[], _Bounded] | None
    _folder: Callable[[], Path]

    def pieces(self) -> Pieces:
        """Start to read the content from its first byte; may be called again."""
        if self._start is None:
            return _MappedPieces(self.map())
        return _StreamedPieces(self._start())

    def map(self) -> np.ndarray:
        """Return uint8[n], all of the content as a copy-on-write map.

        Packed files are unpacked to a temporary file first.

        Raises:
            VectorFormatError: Packed data is damaged, cut, or unpacks to too much.
        """
        file = self.file()
        if not file.stat().st_size:
            return np.empty(0, np.uint8)
        return np.asarray(np.memmap(file, np.uint8, "c"))

    def file(self) -> Path:
        """Return a file with the content: the path itself, or a temporary one while it is open.

        Raises:
            VectorFormatError: Packed data is damaged, cut, or unpacks to too much.
        """
        if self._start is None:
            return self.path
        place = self._folder() / self.path.name
        if not place.exists():
            stream = self._start()
            with place.open("wb") as out:
                while data := stream.read(_BLOCK_BYTES):
                    out.write(data)
            if stream.broken:
                raise VectorFormatError(
                    f"the packed data ends too early ({stream.broken})",
                    path=self.path,
                    hint="Its download or copy was cut",
                )
        return place


@contextmanager
def open_source(path: str | os.PathLike[str], *, member: str | None = None) -> Generator[Opened]:
    """Open a file for a reader, for as long as the block lasts.

    Args:
        path: A file.
        member: Which file of a zip archive; may be ``None`` where there is only one.

    Raises:
        VectorFormatError: It is no regular file, an archive of several files, or damaged.
        OSError: It can't be opened, as Python says it.
    """
    place = Path(os.path.abspath(path))  # noqa: PTH100  Path.resolve would follow links
    with ExitStack() as stack:
        if not stat.S_ISREG(place.stat().st_mode):  # before opening: a pipe would wait
            raise VectorFormatError("expected a regular file, found a device or pipe", path=place)
        file = stack.enter_context(place.open("rb"))
        head = file.read(HEAD_BYTES)
        compression, start = None, None
        if head.startswith(_ZIP):
            compression, start = "zip", _zip_member(stack, file, place, member)
        for kind in COMPRESSIONS:
            if head.startswith(kind.magic):
                compression, start = kind.name, _unpacker(stack, file, place, kind.open)
        if start is not None:
            pieces = _StreamedPieces(start())
            head = pieces.take(size=HEAD_BYTES).tobytes()
        size = os.fstat(file.fileno()).st_size if start is None else None
        yield Opened(place, compression, size, head, start, cache(lambda: _temporary(stack)))


def _unpacker(
    stack: ExitStack, file: IO[bytes], path: Path, unpack: Callable[[IO[bytes]], IO[bytes]]
) -> Callable[[], _Bounded]:
    def start() -> _Bounded:
        file.seek(0)
        return _Bounded(stack.enter_context(unpack(file)), file.tell, path)

    return start


def _zip_member(
    stack: ExitStack, file: IO[bytes], path: Path, member: str | None
) -> Callable[[], _Bounded]:
    try:
        archive = stack.enter_context(zipfile.ZipFile(file))
        names = [
            info.filename
            for info in archive.infolist()
            if not info.is_dir() and not info.filename.startswith("__MACOSX/")
        ]
        refuse_archive(names, path)
        if member is None and len(names) == 1:
            member = names[0]
        if member not in names:
            asked = f"found no {member!r}" if member else f"found {len(names)} files"
            raise VectorFormatError(
                f"expected one file of vectors in the zip archive, {asked}",
                path=path,
                hint=f"Name one with member=: {', '.join(map(repr, names[:20]))}",
            )
        info = archive.getinfo(member)
    except VectorFormatError:
        raise
    except Exception as error:  # of crafted archives: IndexError, OverflowError, OSError ...
        raise VectorFormatError(
            f"the zip archive can't be opened ({error})",
            path=path,
            hint="A zip archive has its list of files at its end: the download may have been cut",
        ) from error

    def start() -> _Bounded:
        try:
            stream = stack.enter_context(archive.open(info))
        except Exception as error:
            raise VectorFormatError(
                f"{member!r} can't be taken from the zip archive ({error})", path=path
            ) from error
        packed = min(info.compress_size, path.stat().st_size)  # the first is only claimed
        return _Bounded(stream, lambda: packed, path)

    return start


def _temporary(stack: ExitStack) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="wordgraft-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder
