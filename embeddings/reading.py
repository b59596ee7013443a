"""Files and streams as blocks of clean UTF-8 bytes, whatever they hold.

One place decides about compression, byte order marks, badly encoded bytes and over-long lines;
everything above sees blocks of whole characters, cut at line ends or white space.
"""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast, get_args

from .compression import COMPRESSIONS, is_damage
from .errors import ConfigurationError, CorpusError, CorpusNotFoundError, TextEncodingError

ErrorPolicy = Literal["strict", "replace", "ignore"]
STDIN = "-"
BLOCK_BYTES = 1 << 20
LONGEST_RUN = 4 << 20
"""Bytes without white space after which a line is cut between two characters."""

_LONGEST_TAG = 5000
_TAIL = 1 << 16
_SPACES_AND_TAGS = re.compile(rb"<[^<>]{0,%d}>?|([ \t\r\v\f])" % _LONGEST_TAG)
_BOM = codecs.BOM_UTF8
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass
class Tally:
    """What one pass over a source has met so far.

    Attributes:
        bytes_read: Bytes taken from files, before decompression.
        bytes_total: Size of all files; ``None`` where it can't be known.
        bad_bytes: Bytes replaced or ignored under the error policy.
    """

    bytes_read: int = 0
    bytes_total: int | None = None
    bad_bytes: int = 0


def check_policy(errors: str) -> ErrorPolicy:
    """Return ``errors``, or refuse it."""
    if errors not in get_args(ErrorPolicy):
        raise ConfigurationError(
            f'errors: expected "strict", "replace" or "ignore", found {errors!r}'
        )
    return cast(ErrorPolicy, errors)


class _Counted:
    """A binary stream that counts what is taken from it and can give its first bytes again."""

    def __init__(self, raw: IO[bytes], tally: Tally) -> None:
        self._raw, self._tally = raw, tally
        self._head = b""

    def peek(self, size: int) -> bytes:
        while len(self._head) < size and (more := self._raw.read(size - len(self._head))):
            self._head += more
        return self._head[:size]

    def read(self, size: int = -1) -> bytes:
        if self._head:
            data, self._head = self._head, b""
            if 0 <= size < len(data):
                data, self._head = data[:size], data[size:]
        else:
            data = self._raw.read(size)
        self._tally.bytes_read += len(data)
        return data

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False


def raw_blocks(path: str | Path, tally: Tally) -> Iterator[bytes]:
    """Yield the decompressed content of a file, :data:`BLOCK_BYTES` at a time.

    Compression is recognised by the first bytes, whatever the name says.

    Args:
        path: A file, or ``"-"`` for standard input.
        tally: ``bytes_read`` grows as the file is read.

    Raises:
        CorpusNotFoundError: There is no such file.
        CorpusError: It can't be read, or its compressed data is damaged or cut off.
    """
    with ExitStack() as stack:
        try:
            raw = sys.stdin.buffer if path == STDIN else stack.enter_context(Path(path).open("rb"))
            counted = _Counted(raw, tally)
            stream: Any = counted
            for kind in COMPRESSIONS:
                if counted.peek(len(kind.magic)) == kind.magic:
                    stream = stack.enter_context(kind.open(cast("IO[bytes]", counted)))
                    break
            while block := _fill(stream):
                yield block
        except FileNotFoundError as error:
            raise CorpusNotFoundError(f"{path}: no such file") from error
        except Exception as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise CorpusError(f"{path}: can't be read ({error.strerror})") from error
            if not is_damage(error):
                raise
            raise CorpusError(
                f"{path}: can't be read ({error}). The compressed file is damaged or its download "
                "was cut off"
            ) from error


def _fill(stream: IO[bytes]) -> bytes:
    """Read a full block even from a pipe, so that cuts never depend on timing."""
    block = stream.read(BLOCK_BYTES)
    if not block or len(block) == BLOCK_BYTES:
        return block
    parts, size = [block], len(block)
    while size < BLOCK_BYTES and (more := stream.read(BLOCK_BYTES - size)):
        parts.append(more)
        size += len(more)
    return b"".join(parts)


def clean_blocks(
    blocks: Iterator[bytes], *, errors: ErrorPolicy, path: str | Path, tally: Tally
) -> Iterator[bytes]:
    """Yield the same content as valid UTF-8, whole characters in every block.

    A byte order mark at the start is skipped. Replacing and ignoring give exactly what
    ``bytes.decode`` gives for the whole content.

    Raises:
        TextEncodingError: ``errors="strict"`` and a byte is not UTF-8, or is NUL, which text
            does not hold; offsets count from the start of the decompressed content.
    """
    base = 0
    rest = b""
    for block in blocks:
        data = rest + block
        if base == 0:
            if errors == "strict" and data.startswith(_UTF16):
                raise TextEncodingError(
                    "expected UTF-8, found the byte order mark of UTF-16 (convert it first: "
                    "iconv -f utf-16 -t utf-8)",
                    path=path,
                    offset=0,
                )
            if data.startswith(_BOM):
                data, base = data[len(_BOM) :], base + len(_BOM)
        clean, rest = _clean(data, errors, path=path, base=base, tally=tally, final=False)
        base += len(data) - len(rest)
        if clean:
            yield clean
    if rest:
        clean, _ = _clean(rest, errors, path=path, base=base, tally=tally, final=True)
        if clean:
            yield clean


def _clean(
    data: bytes, errors: ErrorPolicy, *, path: str | Path, base: int, tally: Tally, final: bool
) -> tuple[bytes, bytes]:
    """Split ``data`` into its clean form and the cut character at its end."""
    if errors == "strict":
        _refuse_nul(data, path=path, base=base)
    if data.isascii():
        return data, b""
    try:
        _, used = codecs.utf_8_decode(data, "strict", final)
    except UnicodeDecodeError as error:
        if errors == "strict":
            raise TextEncodingError(
                f"expected UTF-8, found byte 0x{data[error.start]:02x} ({error.reason})",
                path=path,
                offset=base + error.start,
            ) from None
        text, used = codecs.utf_8_decode(data, errors, final)
        kept, _ = codecs.utf_8_decode(data, "ignore", final)
        tally.bad_bytes += used - len(kept.encode())
        return text.encode(), data[used:]
    return data[:used], data[used:]


def _refuse_nul(data: bytes, *, path: str | Path, base: int) -> None:
    at = data.find(b"\0")
    if at < 0:
        return
    try:
        codecs.utf_8_decode(data[:at], "strict", True)
    except UnicodeDecodeError:
        return  # a bad byte stands before it; the caller names that one
    raise TextEncodingError(
        "expected text, found a binary file (it holds a NUL byte)", path=path, offset=base + at
    )


def line_blocks(clean: Iterator[bytes]) -> Iterator[bytes]:
    """Cut clean blocks at line ends; a line too long for a block, at white space.

    A block that does not end with a newline goes on in the next one. No cut falls inside a run
    without white space of less than :data:`LONGEST_RUN` bytes, or inside a mark-up tag.
    The last block always ends with a newline.
    """
    rest = b""
    open_line = False
    for block in clean:
        data = rest + block
        cut = data.rfind(b"\n") + 1
        open_line = not cut
        cut = cut or _cut_at_space(data)
        if cut:
            yield data[:cut]
        rest = data[cut:]
    if rest or open_line:
        yield rest + b"\n"


def _cut_at_space(data: bytes) -> int:
    """Return where to cut ``data``, which has no newline; 0 for not yet."""
    space = max(data.rfind(sign) for sign in (b" ", b"\t", b"\r", b"\v", b"\f"))
    opened = data.rfind(b"<", max(0, space - _LONGEST_TAG), max(0, space))
    if opened >= 0 and data.find(b">", opened, space) < 0:  # this space may be inside a tag
        places = _SPACES_AND_TAGS.finditer(data, max(0, space - _TAIL), space)
        space = max((place.start() for place in places if place.lastindex), default=-1)
    if space < 0 and len(data) >= LONGEST_RUN:
        return len(data)
    return space + 1
