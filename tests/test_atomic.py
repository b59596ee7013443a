"""Files appear whole or not at all, and impossible places are found out."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wordgraft import WordVectors, load_vectors
from wordgraft.embeddings.atomic import atomic_writer, ensure_writable
from wordgraft.embeddings.errors import OutputError

WORDS = ["the", "café", "日本", "x"]
ROWS = np.arange(12, dtype=np.float32).reshape(4, 3) - 5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    target = tmp_path / "v.safetensors"
    WordVectors(WORDS, ROWS).save(target)
    return target


def left_behind(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_an_error_midway_leaves_the_old_file(path: Path) -> None:
    before = path.read_bytes()

    def interrupted() -> None:
        with atomic_writer(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == before
    assert left_behind(path.parent) == [path.name]


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "no space left on its disk. Free some"),
        (errno.EDQUOT, "no space left on its disk"),
        (errno.EACCES, "can't be written to. Write elsewhere"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_failing_disk_leaves_nothing_behind(
    path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, number: int, message: str
) -> None:
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    def save() -> None:
        with atomic_writer(path) as file:
            file.write(b"new")
            if failing == "write":
                fail()

    monkeypatch.setattr("os.fsync", fail if failing == "fsync" else os.fsync)
    if failing == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OutputError, match=f"v.safetensors: can't write the file: .*{message}") as e:
        save()
    assert e.value.errno == number
    assert path.read_bytes() == before
    assert left_behind(path.parent) == [path.name]


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_a_real_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    script = """
import resource, sys
import numpy as np
from wordgraft import WordVectors
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
vectors = WordVectors([f"w{i}" for i in range(5000)], np.ones((5000, 10), np.float32))
try:
    vectors.save(sys.argv[1])
except OSError as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "v")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "OutputError" in done.stdout
    assert "larger than this process may write" in done.stdout
    assert left_behind(tmp_path) == []


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount a small tmpfs")
    try:
        vectors = WordVectors([f"w{i}" for i in range(5000)], np.ones((5000, 10), np.float32))
        with pytest.raises(OutputError, match="no space left on its disk"):
            vectors.save(tmp_path / "v")
        assert left_behind(tmp_path) == []
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX rights")
def test_a_folder_without_the_right_to_write_is_found_out() -> None:
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    root = os.geteuid() == 0  # whom no missing right stops
    try:
        if root:
            os.seteuid(65534)
        with pytest.raises(OutputError, match=f"the folder {folder} can't be written to"):
            ensure_writable(folder / "v")
        with pytest.raises(OutputError, match=f"the folder {folder} can't be written to"):
            WordVectors(WORDS, ROWS).save(folder / "v")
    finally:
        if root:
            os.seteuid(0)
        folder.rmdir()


@pytest.mark.parametrize(
    "check", [lambda p: ensure_writable(p), lambda p: WordVectors(WORDS, ROWS).save(p)]
)
def test_impossible_places_are_found_out(tmp_path: Path, check: Callable[[Path], None]) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match=r"the folder .*none doesn't exist. Create it"):
        check(tmp_path / "none" / "v")
    with pytest.raises(OutputError, match="expected a file to write, found a folder"):
        check(tmp_path)
    with pytest.raises(OutputError, match="Not a directory"):
        check(tmp_path / "file" / "v")
    with pytest.raises(OutputError, match="File name too long"):
        check(tmp_path / ("v" * 300))
    assert left_behind(tmp_path) == ["file"]


def test_writable_places_are_left_as_they_were(path: Path) -> None:
    before = path.read_bytes()
    ensure_writable(path)
    ensure_writable(path.with_name("v" * 255))
    assert path.read_bytes() == before
    assert left_behind(path.parent) == [path.name]


def test_a_link_stays_a_link(path: Path) -> None:
    link = path.with_name("link")
    link.symlink_to(path.name)
    WordVectors(["only"], [[1.0]]).save(link)
    assert link.is_symlink()
    assert list(load_vectors(path)) == ["only"]


def test_files_have_the_usual_rights(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    WordVectors(WORDS, ROWS).save(tmp_path / "v")
    rights = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "v")]
    assert rights[0] == rights[1]
