"""Files: a model kept and opened again, a run's folder that is refused where it doesn't fit."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reference.small import KINDS, context, lists, saved, small
from wordgraft.embeddings.arrayfile import open_arrays, write_arrays
from wordgraft.embeddings.checkpoint import RUN_FILE, STATE_FILE
from wordgraft.embeddings.corpus import Corpus
from wordgraft.embeddings.encoding import encode
from wordgraft.embeddings.errors import (
    CheckpointError,
    NotTrainedError,
    OutputError,
    TrainingInterrupted,
    VectorFormatError,
)
from wordgraft.embeddings.formats import load_vectors
from wordgraft.embeddings.formats.native import open_native
from wordgraft.embeddings.progress import TrainingProgress
from wordgraft.embeddings.word2vec import Word2Vec

LONG: dict[str, Any] = {"epochs": 90, "vector_size": 64}


# --- a model's file --------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "loss"), KINDS)
def test_a_model_comes_back_whole(model: str, loss: str, tmp_path: Path) -> None:
    made = small(model=model, loss=loss, epochs=2, window=3, alpha=0.04).fit(lists())
    made.save(tmp_path / "m")
    back = Word2Vec.load(tmp_path / "m")
    assert (back.vectors_.vectors == made.vectors_.vectors).all()
    assert (context(back) == context(made)).all()
    assert back.vocabulary_ == made.vocabulary_
    assert vars(back) | {"_learnt": None} == vars(made) | {"_learnt": None}
    said = made.vocabulary_.words[:2]
    assert back.predict_center(said) == made.predict_center(said)
    for mine, theirs in zip(back.history_, made.history_, strict=True):
        assert math.isnan(mine.seconds)
        assert (mine.epoch, mine.loss, mine.pairs) == (theirs.epoch, theirs.loss, theirs.pairs)
    assert saved(back, tmp_path / "again") == (tmp_path / "m").read_bytes()
    assert (load_vectors(tmp_path / "m").vectors == made.vectors_.vectors).all()


def test_there_must_be_something_to_save(tmp_path: Path) -> None:
    with pytest.raises(NotTrainedError, match="call fit first"):
        Word2Vec().save(tmp_path / "m")
    with pytest.raises(OutputError, match="doesn't exist"):
        small().fit(lists()).save(tmp_path / "no" / "m")
    assert not list(tmp_path.iterdir())


def spoiled(path: Path, **changes: Any) -> None:
    """Write a model's file again with other arrays or notes."""
    opened = open_arrays(path)
    arrays, notes = dict(opened.arrays), json.loads(opened.metadata["wordgraft"])
    for name, change in changes.items():
        if name in arrays:
            arrays[name] = np.ascontiguousarray(change(np.array(arrays[name])))
        else:
            notes[name] = change(notes[name])
    write_arrays(path, arrays, metadata={"wordgraft": json.dumps(notes)})


SPOILED: dict[str, dict[str, Callable[[Any], Any]]] = {
    "output rows missing": {"context": lambda a: a[:-1]},
    "output rows too short": {"context": lambda a: a[:, :-1]},
    "a path missing": {"path_starts": lambda a: a[:-1]},
    "borders beyond": {"path_starts": lambda a: a + 1},
    "borders falling": {"path_starts": lambda a: np.concatenate([a[:1], a[1:][::-1]])},
    "a node that isn't": {"path_nodes": lambda a: a + 1_000_000},
    "a node below 0": {"path_nodes": lambda a: a - 1},
    "a turn that is none": {"path_signs": lambda a: a * 2},
    "flat nodes": {"path_nodes": lambda a: a[:, None]},
    "settings unknown": {"training": lambda _: {"epochs": 1}},
    "settings wrong": {"training": lambda t: t | {"model": "glove"}},
    "settings no object": {"training": lambda _: 3},
    "history of nothing": {"history": lambda _: [{"epoch": 1}]},
    "history no list": {"history": lambda _: 3},
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_damaged_model_is_refused_with_the_reason(how: str, tmp_path: Path) -> None:
    small(loss="hs").fit(lists(4_000)).save(tmp_path / "m")
    spoiled(tmp_path / "m", **SPOILED[how])
    with pytest.raises(VectorFormatError, match=r"notes are damaged \(.+\)\. To go on"):
        Word2Vec.load(tmp_path / "m")


def test_a_sound_rewritten_model_opens(tmp_path: Path) -> None:
    small(loss="hs").fit(lists(4_000)).save(tmp_path / "m")
    spoiled(tmp_path / "m", context=lambda a: a, training=lambda t: t | {"later": "setting"})
    assert len(Word2Vec.load(tmp_path / "m").vocabulary_) == len(open_native(tmp_path / "m").words)


# --- what a run's folder belongs to ----------------------------------------------------------


def ctrl_c(_: TrainingProgress) -> None:
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("text") / "toy.txt"
    path.write_text("".join(" ".join(s) + "\n" for s in lists()))
    return path


@pytest.fixture(scope="module")
def interrupted(text: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "kept"
    with pytest.raises(TrainingInterrupted):
        small(**LONG).fit(text, checkpoint=folder, progress=ctrl_c)
    return folder


@pytest.fixture
def kept(interrupted: Path, tmp_path: Path) -> Path:
    """A folder of an interrupted run, to do with as one likes."""
    return Path(shutil.copytree(interrupted, tmp_path / "kept"))


def resume(kept: Path, text: Any, **settings: Any) -> Word2Vec:
    return small(**(LONG | settings)).fit(text, checkpoint=kept, resume=True)


def test_another_number_of_workers_may_finish_it(kept: Path, text: Path) -> None:
    assert len(resume(kept, text, workers=3).history_) == LONG["epochs"]


@pytest.mark.parametrize("state", [True, False], ids=["from a state", "before any state"])
@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"epochs": 91}, r"epochs=91 instead of 90\. Give the same settings"),
        ({"min_count": 2, "seed": 2}, "min_count=2 instead of 5, seed=2 instead of 1"),
        ({"deterministic": True}, "deterministic=True instead of False"),
        ({"max_vocab_size": 100}, "max_vocab_size=100 instead of None"),
    ],
    ids=str,
)
def test_other_settings_are_refused(
    settings: dict[str, Any], said: str, state: bool, kept: Path, text: Path
) -> None:
    if not state:
        (kept / STATE_FILE).unlink()
    before = {p: p.read_bytes() for p in kept.rglob("*") if p.is_file()}
    with pytest.raises(CheckpointError, match=f"belongs to a run with other settings: {said}"):
        resume(kept, text, **settings)
    assert before == {p: p.read_bytes() for p in kept.rglob("*") if p.is_file()}


@pytest.mark.parametrize("state", [True, False], ids=["from a state", "before any state"])
def test_another_corpus_is_refused(state: bool, kept: Path, text: Path, tmp_path: Path) -> None:
    if not state:
        (kept / STATE_FILE).unlink()
    other = tmp_path / "other.txt"
    other.write_text(text.read_text())
    for corpus in (other, Corpus(text, lower=False), lists(), iter(lists())):
        with pytest.raises(CheckpointError, match="another corpus or tokeniser, or the files have"):
            resume(kept, corpus)
    was = text.stat().st_mtime_ns
    os.utime(text, ns=(1, 1))
    try:
        with pytest.raises(CheckpointError, match="the files have changed since"):
            resume(kept, text)
    finally:
        os.utime(text, ns=(was, was))


def test_another_model_to_go_on_from_is_refused(text: Path, tmp_path: Path) -> None:
    first, other = (small(vector_size=64, seed=seed).fit(text) for seed in (1, 2))
    other.seed, first.epochs, other.epochs = 1, 90, 90
    kept = tmp_path / "kept"
    with pytest.raises(TrainingInterrupted):
        first.fit(text, continue_training=True, checkpoint=kept, progress=ctrl_c)
    with pytest.raises(CheckpointError, match="a new model instead of going on from a model"):
        resume(kept, text)
    go_on: dict[str, Any] = {"continue_training": True, "checkpoint": kept, "resume": True}
    with pytest.raises(CheckpointError, match="going on from another one instead of"):
        other.fit(text, **go_on)
    with pytest.raises(CheckpointError, match="train_only='new' instead of 'all'"):
        first.fit(text, **go_on, train_only="new")
    whole = small(vector_size=64).fit(text)
    whole.epochs = 90
    whole.fit(text, continue_training=True)
    assert saved(first.fit(text, **go_on), tmp_path / "a") == saved(whole, tmp_path / "b")


def test_text_in_memory_is_read_again_and_compared(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with pytest.raises(TrainingInterrupted):
        small(**LONG).fit(lists(), checkpoint=kept, progress=ctrl_c)
    with pytest.raises(CheckpointError, match=r"written for other text than .*the same corpus"):
        resume(kept, lists(seed=2))
    finished = saved(resume(kept, lists()), tmp_path / "a")
    assert finished == saved(small(**LONG).fit(lists()), tmp_path / "b")


def test_a_stream_is_not_read_twice(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with pytest.raises(TrainingInterrupted):
        small(**LONG).fit(iter(lists()), checkpoint=kept, progress=ctrl_c)

    def untouched() -> Iterator[list[str]]:
        raise AssertionError("the encoded corpus should do")
        yield []

    assert len(resume(kept, untouched()).history_) == LONG["epochs"]


def test_a_new_run_takes_nothing_from_an_old_folder(kept: Path, text: Path, tmp_path: Path) -> None:
    other = small(seed=5)
    fresh = saved(other.fit(text), tmp_path / "a")
    other.fit(text, checkpoint=kept, checkpoint_every=1000)
    assert saved(other, tmp_path / "b") == fresh
    assert not (kept / STATE_FILE).exists()
    with pytest.raises(CheckpointError, match="seed=1 instead of 5"):
        resume(kept, text)


def test_nothing_there_is_refused(tmp_path: Path, text: Path) -> None:
    with pytest.raises(CheckpointError, match=r"nothing to resume: no such folder\. Start without"):
        resume(tmp_path / "no", text)


def test_a_folder_that_was_only_begun_is_begun(tmp_path: Path, text: Path) -> None:
    (tmp_path / "kept").mkdir()
    model = small().fit(text, checkpoint=tmp_path / "kept", resume=True)
    assert saved(model, tmp_path / "a") == saved(small().fit(text), tmp_path / "b")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def turn(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        (STATE_FILE, cut, r"damaged \(.*Remove .* and start again"),
        (STATE_FILE, turn, r"damaged \(.*checksum"),
        (RUN_FILE, cut, r"run.json: the checkpoint is damaged"),
        (RUN_FILE, Path.unlink, "run.json is missing, so nobody knows which run this was"),
        ("corpus/tokens.int32", cut, "expected .* bytes, found"),
        ("corpus/vocabulary.json", turn, "the content is damaged"),
        ("corpus/offsets.int64", Path.unlink, "offsets.int64 is missing"),
        ("corpus/meta.json", cut, "the encoded corpus is damaged"),
    ],
)
def test_damage_is_refused_with_the_reason(
    name: str, damage: Callable[[Path], None], said: str, kept: Path, text: Path
) -> None:
    damage(kept / name)
    with pytest.raises(CheckpointError, match=said):
        resume(kept, text)


# --- when and where it is written ------------------------------------------------------------


def test_checkpoints_come_by_time(text: Path, tmp_path: Path) -> None:
    kept, seen = tmp_path / "kept", set[int]()

    def look(_: TrainingProgress) -> None:
        if (kept / STATE_FILE).exists():
            seen.add((kept / STATE_FILE).stat().st_mtime_ns)

    model = small(**LONG).fit(text, checkpoint=kept, checkpoint_every=0.05, progress=look)
    assert len(seen) >= 2
    assert saved(model, tmp_path / "a") == saved(small(**LONG).fit(text), tmp_path / "b")


def test_a_folder_that_cant_be_written_is_known_first(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name in ("file", "file/kept"):
        with pytest.raises(OutputError, match=r"can't keep checkpoints here"):
            small().fit(iter(lists()), checkpoint=tmp_path / name)


@pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")
def test_a_full_disk_leaves_the_older_checkpoint_whole(text: Path, tmp_path: Path) -> None:
    import resource

    kept, older = tmp_path / "kept", list[bytes]()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def fill(_: TrainingProgress) -> None:
        if (kept / STATE_FILE).exists() and not older:
            older.append((kept / STATE_FILE).read_bytes())
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))

    try:
        with pytest.raises(OutputError, match="larger than this process may write"):
            small(**LONG).fit(text, checkpoint=kept, checkpoint_every=0.05, progress=fill)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert sorted(p.name for p in kept.iterdir()) == ["corpus", RUN_FILE, STATE_FILE]
    assert (kept / STATE_FILE).read_bytes() == older[0]
    assert saved(resume(kept, text), tmp_path / "a") == saved(
        small(**LONG).fit(text), tmp_path / "b"
    )


def test_the_encoded_corpus_is_that_of_encode(kept: Path, text: Path, tmp_path: Path) -> None:
    encode(Corpus(text), tmp_path / "mine")
    for name in ("tokens.int32", "offsets.int64", "vocabulary.json"):
        assert (kept / "corpus" / name).read_bytes() == (tmp_path / "mine" / name).read_bytes()
