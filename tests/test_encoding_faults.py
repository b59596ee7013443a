"""Encoding when things go wrong: bad input, full disks, kills, damaged files."""

from __future__ import annotations

import contextlib
import errno
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wordgraft.embeddings.corpus import Corpus
from wordgraft.embeddings.encoding import encode, open_encoded
from wordgraft.embeddings.errors import (
    CheckpointError,
    ConfigurationError,
    CorpusError,
    EmptyVocabularyError,
    OutputError,
)
from wordgraft.embeddings.spool import TokenSpool
from wordgraft.embeddings.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([], r"list: the corpus holds no word: it is empty"),
        ((x for x in ()), r"generator: .* it is empty; a generator that was read before gives not"),
        (["", "...", []], r"none of its 3 lines or records has a word"),
    ],
)
def test_empty_corpora(tmp_path: Path, source: object, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        encode(Corpus(source), tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_too_rare_words_and_wrong_options(tmp_path: Path) -> None:
    with pytest.raises(EmptyVocabularyError, match=r"min_count=5 .*'the', occurs 3 times"):
        encode(Corpus(["the cat", "the the"]), tmp_path)
    with pytest.raises(EmptyVocabularyError, match="no word of the corpus is in the vocabulary to"):
        encode(Corpus(["the cat"]), tmp_path, keep=Vocabulary(["x"], [9]))
    with pytest.raises(ConfigurationError, match="min_count.*found 0; max_vocab_size.*found 0"):
        encode(Corpus(["a"]), tmp_path, min_count=0, max_vocab_size=0)
    with pytest.raises(ConfigurationError, match="max_vocab_size=1 contradicts keeping .* 2 words"):
        encode(Corpus(["a"]), tmp_path, max_vocab_size=1, keep=Vocabulary(["x", "y"], [9, 9]))


def test_a_folder_that_cannot_be_written_is_found_out_first(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    def never() -> Iterator[str]:
        raise AssertionError("the corpus was read")
        yield ""

    with pytest.raises(OutputError, match=r"file.*: can't write here"):
        encode(Corpus(never()), tmp_path / "file" / "out")


def test_errors_of_a_generator_come_through(tmp_path: Path) -> None:
    def broken() -> Iterator[str]:
        yield "fine"
        raise ConnectionError("lost")

    with pytest.raises(ConnectionError, match="lost"):
        encode(Corpus(broken()), tmp_path)
    assert not list(tmp_path.iterdir())


# One batch is 1,080,000 bytes: the second limit leaves a rest in the buffer, to fail at closing.
@pytest.mark.parametrize("limit", [1_000_000, 1_078_000])
def test_a_file_that_may_not_grow_leaves_nothing(tmp_path: Path, limit: int) -> None:
    resource = pytest.importorskip("resource")  # a real failing write, as on a full disk
    corpus = Corpus([["word"] * 9000] * 100)
    encode(corpus, tmp_path / "first")  # kernels are compiled and cached outside the limit
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(OutputError, match=r"out: can't write the encoded corpus \(File too l"):
            encode(corpus, tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list((tmp_path / "out").iterdir())


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    encode(Corpus(["old text"]), tmp_path, min_count=1)
    for method in ("add", "finish"):
        with monkeypatch.context() as patch:
            patch.setattr(TokenSpool, method, full)
            with pytest.raises(OutputError, match="can't write the encoded .*No space left"):
                encode(Corpus(["new"]), tmp_path, min_count=1)
        assert list(open_encoded(tmp_path).sentences()) == [["old", "text"]]
        assert len(list(tmp_path.iterdir())) == 4


def test_stopping_between_any_two_renames_leaves_old_new_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stop(BaseException):
        pass

    original = Path.replace
    seen = set()
    for stop in range(5):
        encode(Corpus(["a b a"]), tmp_path, min_count=1)
        left = [stop]

        def replace(self: Path, target: Path, left: list[int] = left) -> Path:
            if not left[0]:
                raise Stop
            left[0] -= 1
            return original(self, target)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", replace)
            with contextlib.suppress(Stop):
                encode(Corpus(["a a b"]), tmp_path, min_count=1)  # all but the tokens is equal
        try:
            seen.add(str(list(open_encoded(tmp_path).sentences())))
        except CheckpointError:
            seen.add("nothing")
    assert seen == {"nothing", "[['a', 'a', 'b']]"}


def test_kill_leaves_nothing_that_opens(tmp_path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import os, signal
        from wordgraft.embeddings.corpus import Corpus
        from wordgraft.embeddings.encoding import encode
        def texts():
            for i in range(10**6):
                yield ["word"] * 1000
                if i == 3000:
                    os.kill(os.getpid(), signal.SIGKILL)
        encode(Corpus(texts()), {str(tmp_path)!r})
        """
    )
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.glob("*.partial"))
    with pytest.raises(CheckpointError, match=r"no encoded corpus here \(meta\.json is missing\)"):
        open_encoded(tmp_path)
    (tmp_path / "tokens.int32.era0.partial").write_bytes(b"left by a run that pruned")
    encode(Corpus(["new start"]), tmp_path, min_count=1)
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        ("tokens.int32", lambda data: data[:-1], r"tokens\.int32: expected 12 bytes, found 11"),
        ("offsets.int64", lambda data: data + b"x", r"offsets\.int64: expected 24 bytes, found 25"),
        ("offsets.int64", lambda data: bytes(len(data)), r"borders don't fit"),
        ("vocabulary.json", lambda data: data.replace(b"a", b"b"), r"vocabulary\.json: .* damaged"),
        ("meta.json", lambda data: data[:40], r"the encoded corpus is damaged"),
        ("meta.json", lambda _: b"[]", r"the encoded corpus is damaged"),
        ("meta.json", lambda _: b'{"format_version": 9}', r"of version 1, found 9"),
        ("tokens.int32", None, r"tokens\.int32 is missing"),
    ],
)
def test_damage_is_refused(
    tmp_path: Path, name: str, damage: Callable[[bytes], bytes] | None, message: str
) -> None:
    encode(Corpus(["a b", "a"]), tmp_path, min_count=1)
    if damage is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(damage((tmp_path / name).read_bytes()))
    with pytest.raises(CheckpointError, match=message):
        open_encoded(tmp_path)
