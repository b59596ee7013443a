"""Character n-grams of words as rows of a hash table, bit for bit as fastText numbers them."""

from __future__ import annotations

import numpy as np

from . import kernel

_BEGIN = 60  # <
_END = 62  # >
_FNV_START = 2166136261
_FNV_PRIME = 16777619
_LOW = 0xFFFFFFFF
_SIGN = 0xFFFFFF00


@kernel
def _walk(utf8, first, length, min_n, max_n, buckets, rows, at):
    """Number the n-grams of one word; returns how many there are.

    Args:
        utf8: uint8[B]; the word is ``utf8[first:first + length]``.
        first: Its first byte.
        length: Its bytes.
        min_n: As in :func:`ngram_rows`.
        max_n: The same.
        buckets: The same.
        rows: int32[P], written from ``at`` on; nothing is written if P is 0.
        at: Where to write.
    """
    # fastText's end of a sentence, </s>, is whole: it has no parts.
    if (
        length == 4
        and utf8[first] == 60
        and utf8[first + 1] == 47
        and utf8[first + 2] == 115
        and utf8[first + 3] == 62
    ):
        return 0
    found = 0
    whole = length + 2  # <word>
    for i in range(whole):
        if 0 < i <= length and (utf8[first + i - 1] & 0xC0) == 0x80:
            continue  # within a character
        h = np.int64(_FNV_START)
        j = i
        for n in range(1, max_n + 1):
            if j >= whole:
                break
            reading = True
            while reading:  # one character: a first byte, and those that go on with it
                byte = np.int64(_BEGIN)
                if j > length:
                    byte = np.int64(_END)
                elif j > 0:
                    byte = np.int64(utf8[first + j - 1])
                if byte >= 0x80:  # fastText's bytes are signed, and widened with their sign
                    byte |= _SIGN
                h = ((h ^ byte) * _FNV_PRIME) & _LOW
                j += 1
                reading = 0 < j <= length and (utf8[first + j - 1] & 0xC0) == 0x80
            # The lone signs < and > are no n-grams.
            if n >= min_n and not (n == 1 and (i == 0 or j == whole)):
                if len(rows):
                    rows[at + found] = h % buckets
                found += 1
    return found


@kernel(_nrt=True)  # returns arrays of its own
def ngram_rows(utf8, offsets, min_n, max_n, buckets):
    """Find the n-grams of words and their rows in a table of hashed n-grams.

    A word is taken between signs for its begin and end, ``<word>``. Its n-grams are all runs of
    ``min_n`` to ``max_n`` characters but a lone ``<`` or ``>``; a character is a byte and the
    UTF-8 continuation bytes (10xxxxxx) behind it, whatever the first byte is, so that invalid
    UTF-8 has n-grams too. The row of an n-gram is the 32-bit FNV-1a hash of its bytes, each
    sign-extended, modulo ``buckets``. ``</s>`` has none.

    Args:
        utf8: uint8[B], read-only: words joined, as ``pack_words`` does.
        offsets: int64[V + 1], their borders; words may be empty.
        min_n: Shortest n-grams, in characters; below 1 counts as 1.
        max_n: Longest; below ``min_n`` there are none.
        buckets: Rows of the table, 1 to 2**31 - 1.

    Returns:
        int64[V + 1] borders, and int32[P] rows in them: those of each word in fastText's order, by
        first character, then by length.

    Source: Bojanowski et al. 2017, "Enriching word vectors with subword information", section 3.2;
    ``Dictionary::computeSubwords`` and ``Dictionary::hash`` of fastText 0.9.2.
    """
    words = len(offsets) - 1
    starts = np.zeros(words + 1, np.int64)
    rows = np.empty(0, np.int32)
    for word in range(words):
        length = offsets[word + 1] - offsets[word]
        found = _walk(utf8, offsets[word], length, min_n, max_n, buckets, rows, 0)
        starts[word + 1] = starts[word] + found
    rows = np.empty(starts[words], np.int32)
    if len(rows):
        for word in range(words):
            length = offsets[word + 1] - offsets[word]
            _walk(utf8, offsets[word], length, min_n, max_n, buckets, rows, starts[word])
    return starts, rows
