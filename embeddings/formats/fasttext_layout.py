"""The bytes of fastText's ``.bin`` and ``.ftz`` files, as views of a map; nothing is copied.

Whatever a header announces is compared with the bytes there are before anything is allocated.
``docs/formats.md`` has the layout byte by byte.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..errors import VectorFormatError
from ..kernels.entries import TAIL_BYTES, scan_entries
from ..product_rows import CENTROIDS, ProductRows
from ..subwords import Pruned

MAGIC, VERSION = 793712314, 12
LOSSES = ("", "hs", "ns", "softmax", "ova")
MODELS = ("", "cbow", "skipgram", "supervised")
ARGUMENTS = struct.Struct("<12id")
DICTIONARY = struct.Struct("<3iq")
NOT_PRUNED = -1
_CUT = "The file was cut, as by a download that broke off, or its header is damaged"


@dataclass(frozen=True)
class Arguments:
    """How a model was trained, in the order and under the names of fastText's ``Args``."""

    dim: int
    ws: int
    epoch: int
    minCount: int  # noqa: N815
    neg: int
    wordNgrams: int  # noqa: N815
    loss: int
    model: int
    bucket: int
    minn: int
    maxn: int
    lrUpdateRate: int  # noqa: N815
    t: float


class Cursor:
    """A place in a map, moved by every read; what is read is there, or an error says what is not.

    Args:
        content: uint8[n].
        path: The file, for messages.
    """

    def __init__(self, content: np.ndarray, path: Path) -> None:
        self.content, self.path, self.at = content, path, 0

    @property
    def left(self) -> int:
        """Bytes from here to the end."""
        return len(self.content) - self.at

    def take(self, size: int, what: str) -> np.ndarray:
        """Return the next ``size`` bytes, a view.

        Raises:
            VectorFormatError: There are fewer; names ``what`` they should have been.
        """
        if size > self.left:
            raise self.error(
                f"{what} takes {size:,} bytes from byte {self.at:,} on, of which "
                f"{max(0, self.left):,} are there",
                hint=_CUT,
            )
        found = self.content[self.at : self.at + size]
        self.at += size
        return found

    def numbers(self, layout: struct.Struct, what: str) -> tuple[int, ...]:
        """Return the next numbers, laid out as ``layout`` says."""
        return layout.unpack(self.take(layout.size, what).data)

    def floats(self, count: int, what: str) -> np.ndarray:
        """Return float32[count], a view at any address."""
        return self.take(4 * count, what).view("<f4")

    def error(self, problem: str, *, hint: str = "") -> VectorFormatError:
        """The error for something wrong in the file."""
        return VectorFormatError(problem, path=self.path, hint=hint)


@dataclass(frozen=True, eq=False)
class Dictionary:
    """The entries of a model: words, then labels.

    Attributes:
        words: How many words.
        labels: How many labels.
        starts: int64[E], first bytes of their texts in the file.
        lengths: int64[E], bytes of each.
        counts: int64[E], how often each stood in the corpus.
        kept: int32[K, 2], buckets and rows of a pruned model; ``None`` for others.
    """

    words: int
    labels: int
    starts: np.ndarray
    lengths: np.ndarray
    counts: np.ndarray
    kept: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Model:
    """What a file holds.

    Attributes:
        version: Of the layout; 0 for the one without a magic number.
        arguments: How it was trained.
        dictionary: Its words.
        table: [R, D]: rows of words, then of n-grams; float32 at any address, or quantised.
        pruned: Which buckets have rows; ``None`` if all do.
        ngrams: How many rows of ``table`` are n-grams' rows that can be asked for.
    """

    version: int
    arguments: Arguments
    dictionary: Dictionary
    table: np.ndarray | ProductRows
    pruned: Pruned | None
    ngrams: int


def looks_like_magic(head: bytes) -> bool:
    """Tell whether a file begins with fastText's magic number."""
    return head[:4] == MAGIC.to_bytes(4, "little")


def looks_like_old(head: bytes) -> bool:
    """Tell whether a file begins like one without a magic number: all its numbers make sense."""
    if len(head) < ARGUMENTS.size + DICTIONARY.size:
        return False
    given = Arguments(*ARGUMENTS.unpack_from(head))
    size, words, labels, tokens = DICTIONARY.unpack_from(head, ARGUMENTS.size)
    return (
        0 < given.dim < 1 << 16
        and 0 < given.loss < len(LOSSES)
        and 0 < given.model < len(MODELS)
        and 0 <= given.minn < 1 << 10
        and 0 <= given.maxn < 1 << 10
        and min(given.ws, given.epoch, given.neg, given.bucket, given.lrUpdateRate) >= 0
        and 0 <= given.t <= 1
        and min(words, labels, tokens) >= 0
        and 0 < size == words + labels
    )


def read_model(cursor: Cursor) -> Model:
    """Read a model up to its output matrix.

    Raises:
        VectorFormatError: The content breaks the format, with the reason.
    """
    version = 0
    if looks_like_magic(cursor.content[:4].tobytes()):
        _, version = cursor.numbers(struct.Struct("<2i"), "the magic number and the version")
        if version not in (11, VERSION):
            raise cursor.error(
                f"expected fastText's version 11 or {VERSION}, found {version}",
                hint="Save the model again with a fastText that writes one of these",
            )
    given = Arguments(*cursor.numbers(ARGUMENTS, "the arguments of training"))
    if version < VERSION and MODELS[given.model : given.model + 1] == ("supervised",):
        # As fastText does: supervised models had no character n-grams then.
        given = replace(given, maxn=0)
    if given.dim < 1 or min(given.bucket, given.minn, given.maxn) < 0:
        raise cursor.error(
            "expected a dimension from 1, and bucket, minn and maxn from 0; found "
            f"{given.dim}, {given.bucket}, {given.minn} and {given.maxn}"
        )
    dictionary = _read_dictionary(cursor, prunable=version > 0)
    quantised = version > 0 and read_flag(cursor, "the mark of a quantised input")
    table = read_matrix(cursor, "the input matrix", quantised=quantised)
    return _checked(cursor, Model(version, given, dictionary, table, None, 0))


def _checked(cursor: Cursor, model: Model) -> Model:
    """Compare the parts of a model with each other, and find its n-grams."""
    given, words, (rows, size) = model.arguments, model.dictionary.words, model.table.shape
    if size != given.dim or rows < words:
        raise cursor.error(
            f"expected an input matrix of at least {words:,} rows of {given.dim}, one for each "
            f"word, found {rows:,} rows of {size}"
        )
    if not 0 < max(1, given.minn) <= given.maxn or not given.bucket:
        return model
    kept = model.dictionary.kept
    if kept is None:
        if rows - words < given.bucket:
            raise cursor.error(
                f"expected {given.bucket:,} rows of n-grams behind those of {words:,} words, "
                f"found {rows - words:,}"
            )
        return replace(model, ngrams=given.bucket)
    if not isinstance(model.table, ProductRows):
        raise cursor.error(
            "the n-grams are pruned, but the matrix isn't quantised",
            hint="fastText refuses such files too (its issue 332): download the model again",
        )
    kept = kept[np.argsort(kept[:, 0], kind="stable")]
    buckets, places = (np.ascontiguousarray(kept[:, i]) for i in (0, 1))
    if len(kept) and (
        buckets[0] < 0
        or buckets[-1] >= given.bucket
        or (np.diff(buckets) == 0).any()
        or places.min() < 0
        or places.max() >= rows - words
    ):
        raise cursor.error(
            f"expected {len(kept):,} distinct n-gram buckets below {given.bucket:,} with rows "
            f"below {rows - words:,} in the list of those that pruning kept"
        )
    return replace(model, pruned=Pruned(buckets, places), ngrams=len(kept))


def _read_dictionary(cursor: Cursor, *, prunable: bool) -> Dictionary:
    size, words, labels, _ = cursor.numbers(DICTIONARY, "the sizes of the dictionary")
    pruned = NOT_PRUNED
    if prunable:
        (pruned,) = cursor.numbers(struct.Struct("<q"), "the size of the list of pruned n-grams")
    if size < 1 or words < 0 or labels < 0 or size != words + labels or pruned < NOT_PRUNED:
        raise cursor.error(
            f"expected a dictionary of words and labels, found {size:,} entries, {words:,} words, "
            f"{labels:,} labels, and {pruned:,} n-grams kept"
        )
    least = size * (1 + TAIL_BYTES)
    if least > cursor.left:
        raise cursor.error(
            f"a dictionary of {size:,} entries is announced, at least {least:,} bytes, where "
            f"{cursor.left:,} follow",
            hint=_CUT,
        )
    starts, lengths, counts, kinds = np.empty((4, size), np.int64)
    content = cursor.content.view(np.ndarray)
    content.setflags(write=False)
    found, cursor.at = scan_entries(content, cursor.at, starts, lengths, counts, kinds)
    if found < size:
        raise cursor.error(
            f"the file ends within entry {found + 1:,} of {size:,} of its dictionary", hint=_CUT
        )
    if (kinds[:words] != 0).any() or (kinds[words:] != 1).any():
        raise cursor.error(
            f"expected {words:,} words (kind 0) and behind them {labels:,} labels (kind 1)",
            hint="The file is damaged",
        )
    kept = None
    if pruned != NOT_PRUNED:
        kept = cursor.take(8 * pruned, "the list of pruned n-grams").view("<i4").reshape(-1, 2)
    return Dictionary(words, labels, starts, lengths, counts, kept)


def read_flag(cursor: Cursor, what: str) -> bool:
    """Read one byte, 0 or 1."""
    (flag,) = cursor.take(1, what)
    if flag > 1:
        raise cursor.error(f"expected 0 or 1 as {what}, found {flag}", hint="The file is damaged")
    return bool(flag)


def read_matrix(cursor: Cursor, what: str, *, quantised: bool) -> np.ndarray | ProductRows:
    """Read a matrix: float32[m, n], a view at any address, or its codes and centroids."""
    with_norms = quantised and read_flag(cursor, f"the mark of norms of {what}")
    rows, size = cursor.numbers(struct.Struct("<2q"), f"the shape of {what}")
    if not 0 <= rows <= cursor.left or not 0 <= size <= cursor.left:
        raise cursor.error(
            f"{what} can't have {rows:,} rows of {size:,} in {cursor.left:,} bytes", hint=_CUT
        )
    if not quantised:
        return cursor.floats(rows * size, f"{what} of {rows:,} x {size:,}").reshape(rows, size)
    (length,) = cursor.numbers(struct.Struct("<i"), f"the number of codes of {what}")
    if length < 0 or (rows and length % rows) or (not rows and length):
        raise cursor.error(f"{length:,} codes of {what} don't make {rows:,} rows")
    codes = cursor.take(length, f"the codes of {what}")
    centroids = _read_centroids(cursor, what, size)
    parts = len(centroids)
    if length != rows * parts:
        raise cursor.error(f"expected {rows * parts:,} codes of {what}, found {length:,}")
    norm_codes = norms = None
    if with_norms:
        norm_codes = cursor.take(rows, f"the norms' codes of {what}")
        norms = _read_centroids(cursor, f"the norms of {what}", 1).reshape(-1)
    return ProductRows(codes.reshape(rows, parts), centroids, size, norm_codes, norms)


def _read_centroids(cursor: Cursor, what: str, size: int) -> np.ndarray:
    """Return float32[P, 256, d]; the last part padded by zeros."""
    layout = struct.Struct("<4i")
    dim, parts, width, last = cursor.numbers(layout, f"the sizes of the centroids of {what}")
    if dim != size or not 0 < last <= width or parts < 1 or (parts - 1) * width + last != size:
        raise cursor.error(
            f"expected centroids of {what} whose parts make {size} numbers, found {dim} numbers, "
            f"{parts} parts of {width}, the last of {last}"
        )
    width = min(width, size)  # the only part may be shorter than parts were meant to be
    values = cursor.floats(size * CENTROIDS, f"the centroids of {what}")
    if not np.isfinite(values).all():
        raise cursor.error(f"the centroids of {what} hold NaN or infinite numbers")
    whole = (parts - 1) * CENTROIDS * width
    found = np.zeros((parts, CENTROIDS, width), np.float32)
    found[:-1] = values[:whole].reshape(parts - 1, CENTROIDS, width)
    found[-1, :, :last] = values[whole:].reshape(CENTROIDS, last)
    return found
