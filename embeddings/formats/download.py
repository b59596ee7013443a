"""Vectors from the web: downloaded once, resumed where it broke off, remembered by their sha256.

pooch keeps the cache and compares the hash; what it doesn't do, going on with half a file, is done
here: a partial download stays beside its place as ``NAME.part`` until it is whole.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urldefrag, urlsplit

from ..atomic import atomic_writer
from ..errors import DownloadError, WordgraftError

CACHE_VARIABLE = "WORDGRAFT_CACHE"
_ATTEMPTS = 4
_TIMEOUT = 30.0  # seconds without a byte
_BLOCK_BYTES = 1 << 16  # what is lost, at most, of an answer that breaks off
_SHA256 = re.compile(r"sha256[=:]([0-9a-f]{64})")

Progress = Callable[[int, int | None], None]
"""Told the bytes that are there, and the bytes in all where the server says them."""


@dataclass(frozen=True)
class Download:
    """A file from the web, on disk.

    Attributes:
        path: Where it is.
        url: Where it is from, without its fragment.
        sha256: Of the whole file, as it was when it came.
        fresh: It was downloaded now, not found in the cache.
    """

    path: Path
    url: str
    sha256: str
    fresh: bool


def is_url(path: object) -> bool:
    """Tell whether a path is an address of the web."""
    return isinstance(path, str) and path.lower().startswith(("http://", "https://"))


def fetch(
    url: str, *, folder: str | os.PathLike[str] | None = None, progress: Progress | None = None
) -> Download:
    """Return a file from the web, from the cache if it has been there before.

    Args:
        url: Its address; ``#sha256=...`` at the end is compared with the file.
        folder: The cache; ``None`` for that of the environment variable ``WORDGRAFT_CACHE``, or
            the system's place for caches.
        progress: Called while bytes come; ``None`` shows a bar on a terminal.

    Raises:
        DownloadError: The server doesn't give the file, the connection broke again and again (what
            came is kept, and gone on with next time), or the sha256 differs.
    """
    import pooch

    address, fragment = urldefrag(url)
    wanted = _SHA256.fullmatch(fragment.lower())
    if fragment and wanted is None:
        raise DownloadError(
            f"{url}: expected #sha256= and 64 hexadecimal digits, found #{fragment}"
        )
    place = Path(folder or os.environ.get(CACHE_VARIABLE) or pooch.os_cache("wordgraft"))
    known = wanted[1] if wanted else None
    target = place / _name(address)
    record = target.with_name(f"{target.name}.json")
    kept = _kept(target, record)
    if kept is not None:
        if known not in (None, kept):
            raise DownloadError(
                f"{address}: the file in the cache has the sha256 {kept}, expected {known}. "
                f"Delete {target} to download it again"
            )
        return Download(target, address, kept, fresh=False)
    try:
        part = target.with_name(f"{target.name}.part")
        with _shown(progress, target.name) as told, _quiet(pooch.get_logger()):
            target.unlink(missing_ok=True)  # without its record it isn't known to be whole
            pooch.retrieve(
                address,
                known_hash=known and f"sha256:{known}",
                fname=target.name,
                path=place,
                downloader=cast("Any", _Resuming(part, told)),
            )
        sha256 = pooch.file_hash(str(target))
    except WordgraftError:
        raise
    except (ValueError, OSError) as error:  # pooch's ValueError: the hash differs
        raise DownloadError(f"{address}: can't be downloaded ({error})") from error
    notes = {"url": address, "sha256": sha256, "bytes": target.stat().st_size}
    with atomic_writer(record) as file:
        file.write(json.dumps(notes).encode())
    return Download(target, address, sha256, fresh=True)


def _name(address: str) -> str:
    """Return a file name of its own for an address, which ends as the address does."""
    import hashlib

    last = unquote(urlsplit(address).path).rpartition("/")[2]
    safe = re.sub(r"[^\w.-]", "_", last)[-100:].lstrip(".") or "vectors"
    return f"{hashlib.sha256(address.encode()).hexdigest()[:12]}-{safe}"


def _kept(target: Path, record: Path) -> str | None:
    """Return the sha256 recorded for a file of the cache that is whole, ``None`` if there is none.

    The size is compared, not the content: that would take as long as reading the vectors.
    """
    try:
        notes = json.loads(record.read_text(encoding="utf-8"))
        if target.stat().st_size == notes["bytes"]:
            return str(notes["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


class _Resuming:
    """What pooch calls to download: into a partial file, from where it ends.

    Args:
        part: The partial file.
        told: Called as bytes come.
    """

    def __init__(self, part: Path, told: Progress) -> None:
        self._part, self._told = part, told

    def __call__(self, url: str, output_file: Any, _pooch: Any) -> None:
        import requests

        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with requests.Session() as session:
                    self._attempt(session, url)
                break
            except (requests.ConnectionError, requests.Timeout, _BrokenOff) as error:
                if attempt == _ATTEMPTS:
                    have = self._part.stat().st_size if self._part.exists() else 0
                    raise DownloadError(
                        f"{url}: the connection broke {_ATTEMPTS} times ({error}). {have:,} bytes "
                        "are kept: call again to go on from there"
                    ) from error
            except requests.RequestException as error:
                raise DownloadError(f"{url}: can't be downloaded ({error})") from error
        self._part.replace(output_file)
        self._mark.unlink(missing_ok=True)

    @property
    def _mark(self) -> Path:
        """The file that says of which version of the content the partial file is."""
        return self._part.with_name(f"{self._part.name}.version")

    def _attempt(self, session: Any, url: str) -> None:
        import requests

        headers = {"Accept-Encoding": "identity"}
        begin = self._part.stat().st_size if self._part.exists() else 0
        version = self._mark.read_text(encoding="utf-8") if self._mark.exists() else ""
        if begin and version:
            headers |= {"Range": f"bytes={begin}-", "If-Range": version}
        with session.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
            if answer.status_code == 416:  # nothing behind what is there: start anew
                self._part.unlink()
                raise _BrokenOff("the server has less than was received before")
            if answer.status_code >= 400:
                raise DownloadError(
                    f"{url}: the server answers {answer.status_code} {answer.reason}. "
                    "Open the address in a browser to see what it says"
                )
            if answer.status_code != 206:
                begin = 0
            tag, date = (answer.headers.get(name, "") for name in ("ETag", "Last-Modified"))
            self._mark.write_text(date if tag[:2] in ("", "W/") else tag, encoding="utf-8")
            length = answer.headers.get("Content-Length")
            total = begin + int(length) if length and length.isdigit() else None
            with self._part.open("r+b" if begin else "wb") as out:
                out.seek(begin)
                have = begin
                try:
                    for block in answer.iter_content(_BLOCK_BYTES):
                        out.write(block)
                        have += len(block)
                        self._told(have, total)
                except requests.exceptions.ChunkedEncodingError as error:
                    raise _BrokenOff(str(error)) from error
            if total is not None and have != total:
                raise _BrokenOff(f"{have:,} of {total:,} bytes came")


class _BrokenOff(Exception):
    """A download ended before its end."""


@contextmanager
def _quiet(logger: Any) -> Generator[None]:
    """Keep pooch's messages off the standard error: reports and errors have what they say."""
    level = logger.level
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _shown(progress: Progress | None, name: str) -> Generator[Progress]:
    """Yield what to call as bytes come: the caller's own, a bar, or nothing in a pipe."""
    if progress is not None:
        yield progress
    elif not sys.stderr.isatty():
        yield lambda _have, _total: None
    else:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )
        from rich.progress import Progress as Bars

        columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        with Bars("{task.description}", *columns, console=Console(stderr=True)) as bars:
            task = bars.add_task(name, total=None)
            yield lambda have, total: bars.update(task, completed=have, total=cast("float", total))
