"""What makes vectors smaller or questions faster, as methods."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from . import transform
from .packed_rows import StorageType
from .parts import PartsTable

if TYPE_CHECKING:
    from .index import NeighbourIndex


class Reshaping(PartsTable):
    """How :class:`~.vectors.WordVectors` become others; they stay as they are themselves."""

    def center(self) -> Self:
        """Subtract the mean of all vectors; see :func:`~.transform.center`."""
        return transform.center(self)

    def all_but_the_top(self, components: int | None = None) -> Self:
        """Take away what most vectors share; see :func:`~.transform.all_but_the_top`."""
        return transform.all_but_the_top(self, components)

    def pca(self, dimensions: int) -> Self:
        """Reduce vectors to fewer dimensions; see :func:`~.transform.pca`."""
        return transform.pca(self, dimensions)

    def prune(self, words: int) -> Self:
        """Keep the most frequent words; see :func:`~.transform.prune`."""
        return transform.prune(self, words)

    def quantize(self, dtype: StorageType = "int8") -> Self:
        """Store vectors in fewer bytes; see :func:`~.transform.quantize`."""
        return transform.quantize(self, dtype)

    def build_index(
        self,
        *,
        connectivity: int = 16,
        effort: int = 128,
        workers: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> NeighbourIndex:
        """Build an index of neighbours; see :func:`~.index.build_index`."""
        from .index import build_index

        return build_index(
            self, connectivity=connectivity, effort=effort, workers=workers, progress=progress
        )

    def open_index(self, path: str | os.PathLike[str] | None = None) -> NeighbourIndex:
        """Open the index saved beside these vectors; see :func:`~.index.open_index`."""
        from .index import open_index

        return open_index(self, path)
