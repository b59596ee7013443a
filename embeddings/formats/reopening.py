"""Mapped files opened again in a worker process."""

from __future__ import annotations

from ..lookup import Source
from . import fasttext_binary, native_reading
from .reader import Loaded


def reopen(source: Source) -> Loaded:
    """Open the file that vectors came from as they were opened the first time."""
    if source.format == fasttext_binary.NAME:
        return fasttext_binary.open_loaded(source.path, limit=source.limit)
    return native_reading.open_loaded(source.path, limit=source.limit)
