"""Folders appear whole or not at all, and what is there already stays."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from wordgraft.embeddings.atomic import atomic_folder, ensure_folder_writable
from wordgraft.embeddings.errors import OutputError


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_folder_appears_with_all_that_is_in_it(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "out") as folder:
        (folder / "inner").mkdir()
        (folder / "inner" / "file").write_text("whole")
        assert not (tmp_path / "out").exists()
    assert names(tmp_path) == ["out", "out/inner", "out/inner/file"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("bad"), OSError(errno.EIO, "")])
def test_an_error_midway_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    def interrupted() -> None:
        with atomic_folder(tmp_path / "out") as folder:
            (folder / "half").write_text("half")
            raise error

    with pytest.raises(OutputError if isinstance(error, OSError) else type(error)):
        interrupted()
    assert names(tmp_path) == []


def test_an_empty_folder_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    ensure_folder_writable(tmp_path / "out")
    with atomic_folder(tmp_path / "out") as folder:
        (folder / "file").touch()
    assert names(tmp_path) == ["out", "out/file"]


@pytest.mark.parametrize("write", [atomic_folder, ensure_folder_writable])
@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("full", "full: the folder exists and isn't empty. Remove it"),
        ("full/file", "full/file: expected to make a folder, found a file"),
        ("none/out", "none doesn't exist. Create it"),
    ],
)
def test_a_place_that_is_taken_is_left_alone(
    tmp_path: Path, write: object, place: str, message: str
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("theirs")

    def attempt() -> None:
        if write is ensure_folder_writable:
            ensure_folder_writable(tmp_path / place)
        else:
            with atomic_folder(tmp_path / place):
                pass

    with pytest.raises(OutputError, match=message):
        attempt()
    assert names(tmp_path) == ["full", "full/file"]
    assert (tmp_path / "full" / "file").read_text() == "theirs"
