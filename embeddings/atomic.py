"""Files and folders that appear whole or not at all.

A result is written under a temporary name in the folder where it will stand, flushed to the disk,
and renamed; whatever goes wrong on the way, the temporary file is removed and an older file of
that name stays as it was.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import OutputError


@contextmanager
def atomic_writer(path: str | os.PathLike[str]) -> Generator[BinaryIO]:
    """Open a file for writing that takes its place only when the block ends well.

    The file may be written, sought and rewritten freely. At the end it is flushed, fsynced and
    renamed over ``path`` (a link is followed, so it stays a link), and the folder is fsynced. Only
    ``kill -9`` or a power cut can leave the temporary file (``.NAME.*.tmp``) behind.

    Args:
        path: Where the file will stand. Its folder must exist.

    Yields:
        The temporary file, open for binary reading and writing.

    Raises:
        OutputError: The file can't be created, written or renamed (missing or unwritable folder,
            full disk, size limit); nothing is left behind.
    """
    target = Path(os.path.realpath(path))
    temporary = _temporary_name(target)
    file = _create(temporary, target)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise _explained(error, target) from error
        raise
    _sync_folder(target.parent)


@contextmanager
def atomic_folder(path: str | os.PathLike[str]) -> Generator[Path]:
    """Make a folder that takes its place, with all that is in it, only when the block ends well.

    At the end every file is fsynced and the folder renamed. An empty folder of that name is
    replaced; one with anything in it never is, for nobody knows what else it holds.

    Args:
        path: Where the folder will stand. The folder above must exist.

    Yields:
        The temporary folder, to write files into.

    Raises:
        OutputError: The place is taken, or the folder can't be made, filled or renamed; nothing
            is left behind.
    """
    target = Path(os.path.realpath(path))
    _check_free(target)
    temporary = _temporary_name(target)
    try:
        temporary.mkdir()
        yield temporary
        for place, _, files in os.walk(temporary):
            for name in files:
                with Path(place, name).open("rb") as file:
                    os.fsync(file.fileno())
            _sync_folder(Path(place))
        temporary.replace(target)
    except BaseException as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            raise _explained(error, target) from error
        raise
    _sync_folder(target.parent)


def _check_free(target: Path) -> None:
    """Raise unless a folder may be put there."""
    if target.is_dir():
        if any(target.iterdir()):
            raise OutputError(
                f"{target}: the folder exists and isn't empty. Remove it, or name another"
            )
    elif target.exists():
        raise OutputError(f"{target}: expected to make a folder, found a file. Name another")


def ensure_writable(path: str | os.PathLike[str]) -> None:
    """Find out before long work whether a result can be written to ``path``.

    Creates and removes an empty temporary file in the folder of ``path``, so that permissions,
    read-only disks and missing folders show now. A disk may still fill up later.

    Raises:
        OutputError: As :func:`atomic_writer`, for what can be known now.
    """
    target = Path(os.path.realpath(path))
    temporary = _temporary_name(target)
    _create(temporary, target).close()
    temporary.unlink()


def ensure_folder_writable(path: str | os.PathLike[str]) -> None:
    """Find out before long work whether a folder can be made at ``path``.

    Raises:
        OutputError: As :func:`atomic_folder`, for what can be known now.
    """
    target = Path(os.path.realpath(path))
    _check_free(target)
    temporary = _temporary_name(target)
    try:
        temporary.mkdir()
        temporary.rmdir()
    except OSError as error:
        raise _explained(error, target) from error


def _temporary_name(target: Path) -> Path:
    # Cut, so that a name of the longest allowed length still has a temporary one.
    return target.with_name(f".{target.name[:80]}.{os.getpid()}-{secrets.token_hex(4)}.tmp")


def _create(temporary: Path, target: Path) -> BinaryIO:
    try:
        if target.is_dir():
            raise OutputError(
                f"{target}: expected a file to write, found a folder. Give a file name"
            )
        return temporary.open("x+b")
    except OutputError:
        raise
    except OSError as error:
        raise _explained(error, target) from error


def _explained(error: OSError, target: Path) -> OutputError:
    """Say what an operating system's error means for the file being written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        advice = "no space left on its disk. Free some, or write elsewhere"
    elif error.errno == errno.EFBIG:
        advice = "it is larger than this process may write (ulimit -f)"
    elif error.errno == errno.ENOENT:
        advice = f"the folder {target.parent} doesn't exist. Create it, or write elsewhere"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        advice = f"the folder {target.parent} can't be written to. Write elsewhere"
    else:
        advice = error.strerror or str(error)
    wrapped = OutputError(f"{target}: can't write the file: {advice}")
    wrapped.errno = error.errno
    return wrapped


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where the system can do so."""
    with suppress(OSError):  # Windows can't open folders; the file itself is already safe
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
