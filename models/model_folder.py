"""A model in a folder: what it is as JSON, its numbers as safetensors, each bound to the other.

Nothing in either can run. The numbers keep a checksum of the JSON, and of every array.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from ..embeddings.arrayfile import ArrayFile, open_arrays, parse_json, write_arrays
from ..embeddings.atomic import atomic_folder
from ..embeddings.errors import ConfigurationError, ModelFormatError, VectorFormatError

CONFIG_FILE, WEIGHTS_FILE = "config.json", "model.safetensors"
_SUM = "config_crc32"


def write_folder(
    path: str | os.PathLike[str],
    config: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    *,
    format: str,
    version: int,
    more: Callable[[Path], None] | None = None,
) -> None:
    """Write a model to a new folder, whole or not at all.

    Args:
        path: The folder to make.
        config: JSON-able; numbers and arrays of NumPy become lists.
        arrays: What :func:`.write_arrays` takes.
        format: Name of what is written.
        version: Of that format.
        more: Writes other files into the folder.

    Raises:
        OutputError: The place is taken, or can't be written.
    """
    head = {"format": format, "format_version": version, "written_by": package_version()}
    text = json.dumps({**head, **config}, ensure_ascii=False, indent=1, default=_plain) + "\n"
    content = text.encode("utf-8")
    with atomic_folder(path) as folder:
        (folder / CONFIG_FILE).write_bytes(content)
        write_arrays(folder / WEIGHTS_FILE, arrays, metadata={_SUM: f"{zlib.crc32(content):08x}"})
        if more is not None:
            more(folder)


def read_folder(
    path: str | os.PathLike[str],
    *,
    format: str,
    version: int,
    kinds: Sequence[str] | None = None,
    mmap: bool = False,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what :func:`write_folder` wrote.

    Args:
        path: The folder.
        format: Name of what it must be.
        version: The newest that can be read.
        kinds: What its "class" may be; ``None`` for anything.
        mmap: Map the arrays, unchecked, instead of reading them.

    Returns:
        The configuration, and the arrays by name.

    Raises:
        ModelFormatError: It is no model, damaged, of a newer format, or of another kind.
    """
    folder = Path(path)
    content = _content(folder)
    config = _checked(content, folder / CONFIG_FILE, format, version)
    if kinds is not None and config.get("class") not in kinds:
        raise ModelFormatError(
            f"expected a {' or '.join(kinds)}, found a {config.get('class')!r}",
            path=folder / CONFIG_FILE,
        )
    opened = _open(folder / WEIGHTS_FILE, mmap=mmap)
    with refused_together(folder):
        sums = json.loads(opened.metadata["crc32"])
        if set(sums) != set(opened.arrays):
            raise ConfigurationError("the checksums are of other arrays")
    if opened.metadata.get(_SUM) != f"{zlib.crc32(content):08x}":
        raise ModelFormatError(
            f"it isn't the one that {WEIGHTS_FILE} was written with: damaged, edited, or of "
            "another model",
            path=folder / CONFIG_FILE,
        )
    return config, opened.arrays


def folder_format(path: str | os.PathLike[str]) -> str | None:
    """Return the name of the format that a folder says it has; ``None`` for what is no model.

    For finding out what reads it: it may still be damaged, or too new.
    """
    try:
        config = json.loads((Path(path) / CONFIG_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    found = config.get("format") if isinstance(config, dict) else None
    return found if isinstance(found, str) else None


@contextmanager
def refused_together(path: str | os.PathLike[str]) -> Generator[None]:
    """Turn what is raised where the parts of a model don't fit each other into one error.

    Raises:
        ModelFormatError: Something of that kind was raised in the block.
    """
    kinds = (
        LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError,
        AssertionError,
    )  # fmt: skip
    try:
        yield
    except kinds as error:
        said = " ".join(str(error).split())[:300]
        raise ModelFormatError(
            f"{CONFIG_FILE} and {WEIGHTS_FILE} don't make a model together: {said}", path=path
        ) from error


def package_version() -> str:
    """Return the version of this package, "unknown" where it isn't installed."""
    try:
        return version("wordgraft")
    except PackageNotFoundError:
        return "unknown"


def _content(folder: Path) -> bytes:
    try:
        return (folder / CONFIG_FILE).read_bytes()
    except FileNotFoundError:
        there = f"it has no {CONFIG_FILE}" if folder.exists() else "there is no such folder"
    except OSError as error:
        there = f"{CONFIG_FILE} in it can't be read ({error.strerror or error})"
    raise ModelFormatError(f"expected the folder of a model, but {there}", path=folder)


def _checked(content: bytes, path: Path, format: str, newest: int) -> dict[str, Any]:
    """Return the configuration of a model, of a version that can be read."""
    try:
        config = parse_json(content.decode("utf-8"), path, "the configuration of the model")
    except UnicodeDecodeError as error:
        raise ModelFormatError(f"it isn't UTF-8 at byte {error.start}", path=path) from error
    except VectorFormatError as error:
        raise ModelFormatError.of(error) from error
    if config.get("format") != format:
        raise ModelFormatError("expected a model of wordgraft, found other JSON", path=path)
    stored = config.get("format_version")
    if type(stored) is not int or not 1 <= stored <= newest:
        raise ModelFormatError(
            f"format version {stored!r}, but this wordgraft reads up to {newest}; it was "
            f"written by {config.get('written_by')!r}: install that version or a newer one",
            path=path,
        )
    return config


def _open(path: Path, *, mmap: bool) -> ArrayFile:
    try:
        return open_arrays(path, mmap=mmap)
    except FileNotFoundError:
        raise ModelFormatError("the folder of the model has no such file", path=path) from None
    except VectorFormatError as error:
        raise ModelFormatError.of(error) from error
    except OSError as error:
        raise ModelFormatError(
            f"it can't be read ({error.strerror or error})", path=path
        ) from error


def _plain(value: Any) -> Any:
    """Return as JSON has it what it doesn't know: numpy's numbers and arrays."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"expected settings that JSON can hold, found {value!r:.60}")
