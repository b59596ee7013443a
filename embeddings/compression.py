"""Compressed streams, recognised by their first bytes and unpacked a little at a time."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, cast

from .errors import MissingDependencyError

COMPRESSED_SUFFIXES = (".gz", ".zst", ".bz2", ".xz")
_DAMAGE = (EOFError, zlib.error, lzma.LZMAError)


@dataclass(frozen=True)
class Compression:
    """One kind of compressed stream.

    Attributes:
        name: What reports call it.
        magic: The first bytes of every such stream.
        open: Makes a stream of the unpacked bytes.
    """

    name: str
    magic: bytes
    open: Callable[[IO[bytes]], IO[bytes]]


def is_damage(error: BaseException) -> bool:
    """Tell whether an error that came from unpacking means that the packed data is damaged."""
    if isinstance(error, OSError):
        return error.errno is None  # gzip and bz2 say so; errors of the system have a number
    return isinstance(error, _DAMAGE) or type(error).__name__ == "ZstdError"


def _open_gzip(raw: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=raw, mode="rb"))


def _open_bz2(raw: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", bz2.BZ2File(raw))


def _open_xz(raw: IO[bytes]) -> IO[bytes]:
    return cast("IO[bytes]", lzma.LZMAFile(raw))


def _open_zstd(raw: IO[bytes]) -> IO[bytes]:
    try:
        import zstandard
    except ImportError as error:
        raise MissingDependencyError(
            "reading a Zstandard file needs the package zstandard: pip install zstandard"
        ) from error
    return cast("IO[bytes]", _ZstdFrames(raw, zstandard.ZstdDecompressor().decompressobj))


class _ZstdFrames:
    """Zstandard frames one after the other; the package's own reader takes a cut for an end."""

    def __init__(self, raw: IO[bytes], start: Callable[[], Any]) -> None:
        self._raw, self._start = raw, start
        self._frame = start()
        self._begun = False
        self._ready = b""

    def __enter__(self) -> _ZstdFrames:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, size: int) -> bytes:
        while not self._ready:
            packed = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame, self._begun = self._start(), False
            # Little at a time: a frame may unfold to many times its size.
            packed = packed or self._raw.read(4096)
            if not packed:
                if self._begun:
                    raise EOFError("the last frame has no end")
                return b""
            self._begun = True
            self._ready = self._frame.decompress(packed)
        data, self._ready = self._ready[:size], self._ready[size:]
        return data


COMPRESSIONS = (
    Compression("gzip", b"\x1f\x8b", _open_gzip),
    Compression("zstd", b"\x28\xb5\x2f\xfd", _open_zstd),
    Compression("bzip2", b"BZh", _open_bz2),
    Compression("xz", b"\xfd7zXZ\x00", _open_xz),
)
