"""fastText models that are cut, lie or hold nonsense: our error or a report, nothing else."""

from __future__ import annotations

import struct
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.fasttext_file import Model
from wordgraft import WordVectors, load_vectors
from wordgraft.embeddings.errors import UnknownWordError, VectorFormatError

pytestmark = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="bytes are read by LLVM code: it exists only compiled"
)

GOLDEN = Path(__file__).parent / "golden" / "fasttext"
FUZZED = GOLDEN.parent / "fuzzed"
OLD = Model(version=0).written()
WHOLE = {name: (GOLDEN / name).read_bytes() for name in ("skipgram.bin", "pruned.ftz")} | {
    "old": OLD,
    "labels": Model(model=3, labels=[b"__label__a"]).written(),
}


def use(vectors: WordVectors) -> None:
    """Ask what users ask; errors of ours are answers."""
    word = next(iter(vectors), "cat")
    for ask in (
        lambda: vectors[word],
        lambda: vectors["unseen"],
        lambda: vectors.similarity(word, "unseen"),
        lambda: vectors.most_similar(word),
        lambda: vectors.vectors,
        lambda: vectors.norms,
    ):
        with suppress(VectorFormatError, UnknownWordError):
            try:
                ask()
            except ValueError as error:
                if "all zeros" not in str(error):
                    raise


def load(tmp_path: Path, content: bytes, **options: Any) -> WordVectors:
    """Load from bytes, as a fastText model."""
    path = tmp_path / "model"
    path.write_bytes(content)
    return load_vectors(path, format="fasttext-binary", **options)


@pytest.mark.parametrize("name", WHOLE)
def test_every_prefix_loads_with_a_report_or_raises_our_error(tmp_path: Path, name: str) -> None:
    content = WHOLE[name]
    lengths = range(0, len(content), 1 if len(content) < 3000 else 7)
    loaded = 0
    for length in lengths:
        try:
            vectors = load(tmp_path, content[:length])
        except VectorFormatError:
            continue
        loaded += 1
        assert vectors.report is not None
        assert vectors.report.possibly_cut
        assert "the output matrix, which vectors don't need, isn't whole".lower() in (
            str(vectors.report).lower()
        )
        with pytest.raises(VectorFormatError, match="output matrix"):
            load(tmp_path, content[:length], strict=True)
    assert loaded  # those cut within the output matrix
    vectors = load(tmp_path, content, strict=True)
    assert vectors.report is not None
    assert not vectors.report.possibly_cut


@pytest.mark.parametrize("name", WHOLE)
@settings(max_examples=300)
@given(data=st.data())
def test_changed_bytes_load_or_raise_our_error(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    content = bytearray(WHOLE[name])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        value = data.draw(st.sampled_from([0, 1, 2, 127, 128, 255]) | st.integers(0, 255))
        content[at] = value
    folder = tmp_path_factory.mktemp("changed")
    for mmap in (True, False):
        with suppress(VectorFormatError):
            use(load(folder, bytes(content), mmap=mmap))


@pytest.mark.parametrize("mmap", [True, False])
@pytest.mark.parametrize("path", sorted(FUZZED.glob("fasttext-*")), ids=lambda path: path.name)
def test_what_fuzzing_found(path: Path, *, mmap: bool) -> None:
    use(load_vectors(path, format="fasttext-binary", mmap=mmap))


HUGE = 1 << 30


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 13}, "expected fastText's version 11 or 12, found 13"),
        ({"dim": 0}, "expected a dimension from 1, .* found 0, 5, 2 and 3"),
        ({"bucket": -5, "values": np.zeros((8, 2), "<f4")}, "found 2, -5, 2 and 3"),
        ({"size": HUGE}, "found 1,073,741,824 entries, 3 words, 0 labels"),
        (
            {"size": HUGE, "nwords": HUGE},
            "a dictionary of 1,073,741,824 entries is announced, at least 10,737,418,240 bytes, wh",
        ),
        ({"size": 0, "nwords": 0}, "expected a dictionary of words and labels, found 0 entries"),
        ({"nwords": -1, "nlabels": 4}, "found 3 entries, -1 words, 4 labels"),
        ({"nwords": 2, "nlabels": 1}, r"expected 2 words \(kind 0\) and behind them 1 labels"),
        ({"size": 9, "nwords": 9}, "the file ends within entry|kind 0"),
        ({"pruned": 1 << 60}, "the list of pruned n-grams takes 9,223,372,036,854,775,808 bytes"),
        ({"pruned": -2}, "-2 n-grams kept"),
        ({"kept": [(1, 1)]}, "the n-grams are pruned, but the matrix isn't quantised"),
        ({"rows": 1 << 40}, "the input matrix can't have 1,099,511,627,776 rows of 2"),
        ({"columns": 1 << 62}, "the input matrix can't have 8 rows of 4,611,686,018,427,387,904"),
        ({"rows": -1}, "the input matrix can't have -1 rows"),
        ({"rows": 60}, "the input matrix of 60 x 2 takes 480 bytes from byte"),
        ({"rows": 2}, "at least 3 rows of 2, one for each word, found 2 rows of 2"),
        ({"rows": 4, "columns": 4}, "found 4 rows of 4"),
        ({"rows": 6}, "expected 5 rows of n-grams behind those of 3 words, found 3"),
        ({"quantised": 7}, "expected 0 or 1 as the mark of a quantised input, found 7"),
        ({"quantised": 1}, "the codes of|don't make|takes|can't have|0 or 1"),
        ({"counts": [3, -4, 2]}, "a word can't have stood -4 times"),
        ({"words": [b"", b"", b""], "bucket": 0, "minn": 0, "maxn": 0}, "the file has no words"),
    ],
)
def test_headers_that_lie_are_refused_before_memory_is_taken(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    content = Model(**change).written()
    tracemalloc.start()
    try:
        with pytest.raises(VectorFormatError, match=message):
            load(tmp_path, content)
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


def quantised(**change: Any) -> bytes:
    """A quantised model of one part, its fields in the order of the file."""
    numbers = {"norm": 0, "rows": 8, "size": 2, "codes": 8, "dim": 2, "parts": 1, "width": 2}
    numbers |= {"last": 2} | change
    model = Model(quantised=1, values=np.zeros((0, 2), "<f4"), rows=0, kept=change.get("kept"))
    head = model.written().split(struct.pack("<2q", 0, 2))[0]
    body = struct.pack("<?2qi", *(numbers[k] for k in ("norm", "rows", "size", "codes")))
    body += bytes(8)
    body += struct.pack("<4i", *(numbers[k] for k in ("dim", "parts", "width", "last")))
    body += change.get("centroids", np.zeros(512, "<f4")).tobytes() + change.get("behind", b"")
    return head + body + b"\0" + struct.pack("<2q", 0, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"codes": 9}, "9 codes of the input matrix don't make 8 rows"),
        ({"codes": -8}, "-8 codes"),
        ({"codes": 0}, "expected centroids|expected 8 codes of the input matrix, found 0|takes"),
        ({"dim": 3}, "whose parts make 2 numbers, found 3 numbers, 1 parts of 2, the last of 2"),
        ({"parts": 0}, "0 parts of 2"),
        ({"parts": 1 << 30, "width": 1 << 30}, "1073741824 parts of 1073741824"),
        ({"last": 0}, "the last of 0"),
        ({"last": 3}, "the last of 3"),
        ({"centroids": np.full(512, np.nan, "<f4")}, "the centroids of the input matrix hold NaN"),
        ({"kept": [(5, 0)]}, "expected 1 distinct n-gram buckets below 5 with rows below 5"),
        ({"kept": [(4, 5)]}, "expected 1 distinct n-gram buckets below 5"),
        ({"kept": [(-1, 0)]}, "expected 1 distinct"),
        ({"kept": [(1, 0), (1, 1)]}, "expected 2 distinct"),
        ({"kept": [(1, -1)]}, "expected 1 distinct"),
    ],
)
def test_quantised_matrices_that_lie_are_refused(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(VectorFormatError, match=message):
        load(tmp_path, quantised(**change))


def test_a_quantised_matrix_by_hand_and_a_part_wider_than_its_row(tmp_path: Path) -> None:
    centroids = np.arange(512, dtype="<f4")
    for width in (2, 1 << 30):  # the second would take 512 GB
        vectors = load(tmp_path, quantised(centroids=centroids, width=width, kept=[(3, 4)]))
        assert vectors.vectors.tolist() == [[0, 1]] * 3
        assert vectors.subwords is not None
        assert vectors.subwords.pruned is not None
        assert vectors.subwords.pruned.rows.tolist() == [4]


def test_rows_that_are_no_numbers(tmp_path: Path) -> None:
    table = Model().table().copy()
    table[1, 0] = np.inf
    content = Model(values=table).written()
    report = load(tmp_path, content, mmap=False).report
    assert report is not None
    assert (report.rows, report.skipped_count) == (2, 1)
    assert report.skipped[0].line == 2
    assert "NaN or an infinite number" in report.skipped[0].reason
    with pytest.raises(VectorFormatError, match=r":2: its vector has NaN or an infinite number"):
        load(tmp_path, content, strict=True)
    mapped = load(tmp_path, content)  # not read before it is asked for, as native files are
    with pytest.raises(VectorFormatError, match="the vector of 'cat' has NaN or an infinite numb"):
        mapped.most_similar("cat")
    with pytest.raises(VectorFormatError, match="the vector of 'cat' has NaN or an infinite numb"):
        mapped[["né", "cat"]]
    with pytest.raises(VectorFormatError, match=r"the vector of 'cat' \(row 1\) has NaN"):
        mapped.most_similar("né")
    assert list(load(tmp_path, content, mmap=False)) == ["</s>", "né"]


def test_words_that_are_odd(tmp_path: Path) -> None:
    words = [b"cat", b"", b"cat", b"a b\tc", b"\xffx", b"\xc3", b"\xa9z"]
    model = Model(words=words, counts=[7, 6, 5, 4, 3, 2, 1])
    vectors = load(tmp_path, model.written(), mmap=False)
    assert list(vectors) == ["cat", "a b\tc", "\ufffdx", "\ufffd", "\ufffdz"]
    report = vectors.report
    assert report is not None
    assert (report.duplicates, report.repaired_words, report.skipped_count) == (1, 3, 1)
    assert (report.skipped[0].line, report.skipped[0].reason) == (2, "the word is empty")
    assert report.rows_in_file == 7
    # The vector is that of the bytes in the file, as fastText's is.
    own = load(tmp_path, Model(words=[b"\xffx"], counts=[1], values=model.table()[4:]).written())
    assert own["\ufffdx"].shape == (2,)
    ignored = load(tmp_path, model.written(), errors="ignore")
    assert list(ignored) == ["cat", "a b\tc", "x", "z"]
    with pytest.raises(VectorFormatError, match=r":5: the word b'\\xffx' is no UTF-8"):
        load(tmp_path, model.written(), errors="strict")
    with pytest.raises(VectorFormatError, match="has bytes that are no UTF-8"):
        load(tmp_path, model.written(), strict=True)


def test_bytes_behind_the_end_are_told(tmp_path: Path) -> None:
    vectors = load(tmp_path, Model(behind=b"more").written())
    assert "4 bytes behind the end of the model were not read" in str(vectors.report)


def test_ngrams_alone_are_vectors_too(tmp_path: Path) -> None:
    labels = [b"__label__a"]
    vectors = load(tmp_path, Model(words=[], counts=[], labels=labels).written())
    assert len(vectors) == 0
    assert vectors["cat"].shape == (2,)


def test_none_of_the_words_asked_for(tmp_path: Path) -> None:
    with pytest.raises(VectorFormatError, match="none of the words asked for is in the file"):
        load(tmp_path, Model().written(), vocabulary=["dog"])


def test_models_are_known_by_their_content(tmp_path: Path) -> None:
    for content in (Model().written(), OLD):
        (tmp_path / "x.txt").write_bytes(content)
        report = load_vectors(tmp_path / "x.txt").report
        assert report is not None
        assert report.format == "fasttext-binary"
