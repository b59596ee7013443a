"""Slow twins of ``embeddings/kernels/encode.py`` and of encoding as a whole, in plain Python."""

from __future__ import annotations

from collections import Counter

WHITESPACE = b" \t\n\r\v\f"


def chunk_lines(text: bytes) -> list[list[bytes]]:
    """Lines of white-space separated chunks; what follows the last newline is a line too."""
    lines: list[list[bytes]] = []
    for line in text.split(b"\n"):
        spaced = bytes(b" "[0] if sign in WHITESPACE else sign for sign in line)
        lines.append([chunk for chunk in spaced.split(b" ") if chunk])
    return lines


def scan_chunks(text: bytes) -> tuple[list[int], list[bytes]]:
    """Chunk numbers in order of first occurrence, -1 for a newline; and the chunks."""
    numbers: dict[bytes, int] = {}
    ids: list[int] = []
    lines = chunk_lines(text)
    for at, line in enumerate(lines):
        ids += [numbers.setdefault(chunk, len(numbers)) for chunk in line]
        if at < len(lines) - 1:
            ids.append(-1)
    return ids, list(numbers)


def expand_chunks(chunks: list[int], meanings: list[list[int]]) -> list[int]:
    out: list[int] = []
    for chunk in chunks:
        out += [-1] if chunk < 0 else meanings[chunk]
    return out


def split_sentences(ids: list[int], limit: int) -> tuple[list[list[int]], int, int]:
    """Finished sentences, empty lines, and cuts."""
    sentences: list[list[int]] = []
    empty = cuts = 0
    line: list[int] = []
    for word in ids:
        if word >= 0:
            line.append(word)
            continue
        pieces = [line[i : i + limit] for i in range(0, len(line), limit)]
        sentences += pieces
        empty += not pieces
        cuts += max(0, len(pieces) - 1)
        line = []
    return sentences, empty, cuts


def encode(
    sentences: list[list[str]],
    *,
    min_count: int,
    keep: dict[str, int] | None = None,
) -> tuple[dict[str, int], list[list[str]]]:
    """Vocabulary (most frequent first, ties by first occurrence) and what is left of the text."""
    keep = keep or {}
    counts = Counter(keep)
    for sentence in sentences:
        counts.update(sentence)
    order = {word: i for i, word in enumerate(counts)}
    known = [word for word in counts if word in keep or counts[word] >= min_count]
    known.sort(key=lambda word: (-counts[word], order[word]))
    left = [[word for word in sentence if word in set(known)] for sentence in sentences]
    return {word: counts[word] for word in known}, [sentence for sentence in left if sentence]
