"""What a result depends on beside the sources: versions, machine, and who else uses it."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .records import ROOT

PACKAGES = ("wordgraft", "gensim", "numpy", "scipy", "numba", "llvmlite", "torch")
SOURCES = ("embeddings", "models", "tasks")


def environment() -> dict[str, Any]:
    """Return versions, machine and the state of the sources, JSON-able."""
    return {
        "versions": {"python": platform.python_version(), **{n: _version(n) for n in PACKAGES}},
        "machine": {
            "cpu": cpu_model(),
            "cores": cores(),
            "memory_gb": round(_memory_bytes() / 2**30, 1),
            "system": platform.platform(),
        },
        "sources": sources_digest(),
        "commit": _git("rev-parse", "--short=12", "HEAD"),
        "changed_files": [
            line[3:]
            for line in _git("status", "--porcelain", "--", *SOURCES).splitlines()
            if line.endswith(".py")
        ],
    }


def sources_digest() -> str:
    """Return a short hash of all sources that the measured commands run."""
    return _digest(path for folder in SOURCES for path in (ROOT / folder).rglob("*.py"))


def kernels_digest() -> str:
    """Return a short hash of the kernels: numba's cache doesn't see edits to their helpers."""
    return _digest((ROOT / "embeddings" / "kernels").glob("*.py"))


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_model() -> str:
    """Return the processor's name, and the one by which LLVM compiles for it."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    from llvmlite import binding

    return f"{name} (LLVM: {binding.get_host_cpu_name()})"


def busy_percent(seconds: float = 1.0) -> float:
    """Return how busy all cores are while we do nothing: other people's work."""
    import psutil

    return psutil.cpu_percent(interval=seconds)


def stolen_seconds() -> float:
    """Return the CPU time that the host took from this machine since it started; 0 if unknown."""
    import psutil

    return float(getattr(psutil.cpu_times(), "steal", 0.0))


def _memory_bytes() -> int:
    import psutil

    return psutil.virtual_memory().total


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        sys.exit(f"{package} is not installed: make bench, or pip install -e '.[bench]'")


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    # Not strip(): the first line of --porcelain begins with a blank where only the tree differs.
    return done.stdout.rstrip() if done.returncode == 0 else ""


def _digest(paths: Any) -> str:
    key = hashlib.sha256()
    for path in sorted(paths):
        key.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return key.hexdigest()[:12]
