"""What every test may use: the data folder, and a numba cache that is true."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]

# numba's disk cache doesn't see an edit to a helper in another file: a folder per state of the
# kernels, as in the Makefile. Before anything imports numba.
if "NUMBA_CACHE_DIR" not in os.environ and (ROOT / "embeddings" / "kernels").is_dir():
    _key = hashlib.sha256()
    for _source in sorted((ROOT / "embeddings" / "kernels").glob("*.py")):
        _key.update(_source.read_bytes())
    os.environ["NUMBA_CACHE_DIR"] = str(ROOT / ".numba_cache" / f"py-{_key.hexdigest()[:12]}")

# Same examples in every run, and no time limit per example: the first one compiles kernels.
hypothesis.settings.register_profile(
    "wordgraft", derandomize=True, deadline=None, max_examples=50, database=None
)
hypothesis.settings.load_profile("wordgraft")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put tests marked ``last`` behind all others: they look at what the others left."""
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """PyTorch on one thread: so little work is slower on more, where others want them too."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder above ``tests``: the checkout, or what CI laid beside the tests."""
    return ROOT


@pytest.fixture(scope="session")
def data_file() -> Callable[[str], Path]:
    """Finds a file of the shared data, or skips the test where there is none.

    The folder is ``WORDGRAFT_DATA``, by default ``../shared/data`` beside the checkout.
    """
    folder = Path(os.environ.get("WORDGRAFT_DATA", ROOT.parent / "shared" / "data"))

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"needs {name} in {folder} (set WORDGRAFT_DATA)")
        return path

    return find
