"""Bytes to ids: the compiled half of reading a corpus.

A *chunk* is a run of bytes without ASCII whitespace. :func:`scan_chunks` numbers the chunks of a
text through a hash table of its own; :func:`expand_chunks` turns chunk numbers into the word ids
that a tokeniser gave for each chunk; :func:`split_sentences` counts words and lays sentence
borders; :func:`remap_tokens` renames ids at the end. In every stream of ids ``-1`` ends a line.
"""

from __future__ import annotations

import numpy as np

from . import kernel

LINE_END = -1

_SPACE = 32
_TAB = 9
_NEWLINE = 10
_RETURN = 13
_FNV_START = np.uint64(14695981039346656037)
_FNV_PRIME = np.uint64(1099511628211)
_LOW = np.int64(0xFFFFFFFF)


@kernel
def _slot_hash(data, start, end):
    """Return a non-negative 63-bit hash of ``data[start:end]``."""
    h = _FNV_START
    for i in range(start, end):
        h = (h ^ np.uint64(data[i])) * _FNV_PRIME
    h ^= h >> np.uint64(29)
    return np.int64(h >> np.uint64(1))


@kernel
def scan_chunks(block, start, arena, offsets, table, ids, state):
    """Number the whitespace-separated chunks of ``block`` from byte ``start`` on.

    A chunk seen for the first time takes the next number; its bytes and one space are appended
    to ``arena``. Stops early, at a chunk border, when ``ids`` is full or when the next new chunk
    would not fit (``arena``, ``offsets`` or half of ``table`` used): grow them and call again.

    Args:
        block: uint8[n], read-only. Its end is also the end of a chunk.
        start: First byte to look at.
        arena: uint8[A]; chunk c lies at ``offsets[c]:offsets[c + 1] - 1``. Updated in place.
        offsets: int64[C + 1]. Updated in place.
        table: int64[power of two], open addressing; an entry is 31 hash bits and a chunk number,
            -1 is free. Updated in place.
        ids: int32[m], receives chunk numbers, and -1 where a line ends. Updated in place.
        state: int64[3]: chunks known, ids written by this call, arena bytes wanted by the chunk
            that did not fit (0 otherwise). Updated in place.

    Returns:
        The byte to go on from; ``len(block)`` when all was read.
    """
    n = block.shape[0]
    mask = table.shape[0] - 1
    most = min(table.shape[0] // 2, offsets.shape[0] - 1)
    room = ids.shape[0]
    known = state[0]
    used = offsets[known]
    written = 0
    state[2] = 0
    i = start
    while i < n and written < room:
        byte = block[i]
        if byte <= _SPACE and (byte == _SPACE or _TAB <= byte <= _RETURN):
            if byte == _NEWLINE:
                ids[written] = LINE_END
                written += 1
            i += 1
            continue
        h = _FNV_START
        j = i
        while j < n:
            byte = block[j]
            if byte <= _SPACE and (byte == _SPACE or _TAB <= byte <= _RETURN):
                break
            h = (h ^ np.uint64(byte)) * _FNV_PRIME
            j += 1
        h ^= h >> np.uint64(29)
        h_int = np.int64(h >> np.uint64(1))
        high = h_int >> 32
        length = j - i
        slot = h_int & mask
        found = -1
        while True:
            entry = table[slot]
            if entry < 0:
                break
            if (entry >> 32) == high:
                chunk = entry & _LOW
                begin = offsets[chunk]
                if offsets[chunk + 1] - begin - 1 == length:
                    k = 0
                    while k < length and arena[begin + k] == block[i + k]:
                        k += 1
                    if k == length:
                        found = chunk
                        break
            slot = (slot + 1) & mask
        if found < 0:
            if known >= most or used + length + 1 > arena.shape[0]:
                state[2] = length + 1
                break
            for k in range(length):
                arena[used + k] = block[i + k]
            arena[used + length] = _SPACE
            used += length + 1
            found = known
            table[slot] = (high << 32) | found
            known += 1
            offsets[known] = used
        ids[written] = found
        written += 1
        i = j
    state[0] = known
    state[1] = written
    return i


@kernel
def rebuild_table(arena, offsets, known, table):
    """Fill ``table`` (int64, all -1) with chunks ``0 .. known - 1``; see :func:`scan_chunks`."""
    mask = table.shape[0] - 1
    for chunk in range(known):
        h_int = _slot_hash(arena, offsets[chunk], offsets[chunk + 1] - 1)
        slot = h_int & mask
        while table[slot] >= 0:
            slot = (slot + 1) & mask
        table[slot] = ((h_int >> 32) << 32) | chunk


@kernel
def expand_chunks(chunks, borders, words, out):
    """Replace chunk numbers by the word ids they stand for; -1 stays.

    Args:
        chunks: int32[n], chunk numbers and -1.
        borders: int64[C + 1]; chunk c stands for ``words[borders[c]:borders[c + 1]]``.
        words: int32[W].
        out: int32[m], receives the ids. Updated in place.

    Returns:
        How many ids are needed. When that is more than ``m``, nothing was written.
    """
    total = 0
    for i in range(chunks.shape[0]):
        chunk = chunks[i]
        total += 1 if chunk < 0 else borders[chunk + 1] - borders[chunk]
    if total > out.shape[0]:
        return total
    k = 0
    for i in range(chunks.shape[0]):
        chunk = chunks[i]
        if chunk < 0:
            out[k] = LINE_END
            k += 1
        else:
            for w in range(borders[chunk], borders[chunk + 1]):
                out[k] = words[w]
                k += 1
    return total


@kernel
def split_sentences(ids, limit, counts, tokens, borders, state):
    """Take the line ends out of a stream of ids, count words, and lay sentence borders.

    A sentence ends with its line, or after ``limit`` tokens where more follow in the line.
    Lines without a token make no sentence.

    Args:
        ids: int32[n], word ids, and -1 where a line ends.
        limit: Most tokens in a sentence.
        counts: int64[V], one added per token. Updated in place.
        tokens: int32[n], receives the ids without line ends. Updated in place.
        borders: int64[n], receives the ends of the sentences, counted in tokens from the start of
            the stream. Updated in place.
        state: int64[6], carried from call to call: tokens so far, tokens of the open sentence,
            whether the open line has a token, empty lines, cuts, and borders laid by this call.
            Updated in place.

    Returns:
        How many tokens were written.
    """
    done, length, started, empty, cuts = state[0], state[1], state[2], state[3], state[4]
    k = 0
    laid = 0
    for i in range(ids.shape[0]):
        word = ids[i]
        if word < 0:
            if length > 0:
                borders[laid] = done + k
                laid += 1
                length = 0
            if started == 0:
                empty += 1
            started = 0
        else:
            if length == limit:
                borders[laid] = done + k
                laid += 1
                length = 0
                cuts += 1
            tokens[k] = word
            counts[word] += 1
            k += 1
            length += 1
            started = 1
    state[0], state[1], state[2], state[3], state[4], state[5] = (
        done + k, length, started, empty, cuts, laid,
    )  # fmt: skip
    return k


@kernel
def remap_tokens(tokens, borders, begin, remap, kept_before, out, out_borders):
    """Rename ids, drop the tokens that have no new id, and the sentences left without any.

    Args:
        tokens: int32[n]; they are tokens ``begin .. begin + n - 1`` of the corpus.
        borders: int64[s], ends of the sentences that end among these tokens, in order.
        begin: Position of the first token.
        remap: int32[V], new id of every old one, -1 to drop.
        kept_before: int64[2]: tokens written before this call, and the end of the last sentence
            written. Updated in place.
        out: int32[n], receives the kept tokens. Updated in place.
        out_borders: int64[s], receives the ends of the kept sentences. Updated in place.

    Returns:
        Tokens kept and sentences kept.
    """
    before, last = kept_before[0], kept_before[1]
    k = 0
    laid = 0
    i = 0
    for s in range(borders.shape[0] + 1):
        stop = tokens.shape[0] if s == borders.shape[0] else borders[s] - begin
        while i < stop:
            new = remap[tokens[i]]
            if new >= 0:
                out[k] = new
                k += 1
            i += 1
        if s < borders.shape[0] and before + k > last:
            last = before + k
            out_borders[laid] = last
            laid += 1
    kept_before[0], kept_before[1] = before + k, last
    return k, laid
