"""Whatever words and numbers are written, reading gives the same back, bit for bit."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wordgraft import WordVectors, load_vectors

# Many words with control characters are taken for numbers when a binary file is read: it would
# have been read askew. The examples have a few.
_LETTERS = st.characters(exclude_characters=" ", exclude_categories=["Cs", "Cc"])
_WORDS = st.lists(
    st.text(_LETTERS, min_size=1),
    min_size=1,
    max_size=8,
    unique=True,
)


@st.composite
def tables(draw: st.DrawFn) -> WordVectors:
    words = draw(_WORDS)
    size = draw(st.integers(1, 4))
    bits = draw(
        st.lists(
            st.integers(0, 2**32 - 1).filter(lambda bits: bits >> 23 & 0xFF != 0xFF),
            min_size=len(words) * size,
            max_size=len(words) * size,
        )
    )
    rows = np.array(bits, np.uint32).view(np.float32).reshape(len(words), size)
    return WordVectors(words, rows)


@pytest.mark.parametrize("name", ["word2vec", "fasttext", "glove", "word2vec-binary", "native"])
@given(vectors=tables())
@example(vectors=WordVectors(["\ufeffa", "\u0085", "\u00a0"], [[1], [2], [3]]))
@example(vectors=WordVectors(["2", "1", "0.5"], [[1], [2], [3]]))  # like a header, like numbers
@example(vectors=WordVectors(["1", "nan", "1e5"], [[1, 2], [2, 3], [3, 4]]))
@example(vectors=WordVectors(["\x1c", "\u2028x", "é"], [[0.0], [-0.0], [1e-45]]))
def test_any_vectors_come_back(name: str, vectors: WordVectors) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "v"
        vectors.save_as(path, format=name)
        back = load_vectors(path, format=name if name != "fasttext" else "word2vec", strict=True)
        assert back.index_to_key == vectors.index_to_key
        np.testing.assert_array_equal(back.vectors.view(np.uint32), vectors.vectors.view(np.uint32))
