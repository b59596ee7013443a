"""What every test may use: the data folder, a numba cache that is true; runs on several cores."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
import threadpoolctl

ROOT = Path(__file__).resolve().parents[1]
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

# numba's disk cache doesn't see an edit to a helper in another file: a folder per state of the
# kernels, as in the Makefile. Before anything imports numba.
if "NUMBA_CACHE_DIR" not in os.environ and (ROOT / "embeddings" / "kernels").is_dir():
    _key = hashlib.sha256()
    for _source in sorted((ROOT / "embeddings" / "kernels").glob("*.py")):
        _key.update(_source.read_bytes())
    os.environ["NUMBA_CACHE_DIR"] = str(ROOT / ".numba_cache" / f"py-{_key.hexdigest()[:12]}")

# One thread for each process, of which there may be several: so little work is slower on more.
# For libraries that are yet to be imported, here and in processes of the tests; then for NumPy,
# which pytest's plugins have imported already.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
threadpoolctl.threadpool_limits(1)

# Same examples in every run, and no time limit per example: the first one compiles kernels.
hypothesis.settings.register_profile(
    "wordgraft", derandomize=True, deadline=None, max_examples=50, database=None
)
hypothesis.settings.load_profile("wordgraft")


def pytest_configure(config: pytest.Config) -> None:
    """Add what processes side by side must agree on."""
    from reference import side_by_side

    config.pluginmanager.register(side_by_side)


@pytest.hookimpl(optionalhook=True)  # xdist's
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Say how many processes a folder of tests gets; single files are tested in this one."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    folders = any(Path(named).is_dir() for named in config.args)
    return min(4, CORES) if folders and CORES > 1 else 0


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
