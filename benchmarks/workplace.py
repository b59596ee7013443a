"""Where benchmarks find data and keep what they make: token files, kernels, logs, scratch."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from .machine import kernels_digest, sources_digest
from .records import HOME, RESULTS, ROOT, read_json, write_json
from .scale import Scale

DATA = Path(os.environ.get("WORDGRAFT_DATA", ROOT.parent / "shared" / "data"))
WORK = Path(os.environ.get("WORDGRAFT_BENCH_WORK", HOME / ".work"))

WIKI = "wiki_text8style.gz"
IMDB = ("imdb_train.jsonl.gz", "imdb_unsup.jsonl.gz")
WIKI_LINE = 1000
IMDB_TOKENS = r"[a-z0-9']+|[.,!?;:()]"


class MissingDataError(Exception):
    """A file of the data folder isn't there."""


class MissingPeerError(Exception):
    """A program to compare with isn't there: the row is skipped, and says why."""


@dataclass(frozen=True)
class TokenFile:
    """A corpus as both programs read it: tokens between blanks, a sentence per line.

    Attributes:
        name: "wiki" or "imdb".
        path: The file.
        tokens: How many it holds.
        lines: Sentences.
        sha256: Of the file.
    """

    name: str
    path: Path
    tokens: int
    lines: int
    sha256: str


@dataclass(frozen=True)
class Workplace:
    """What a row's measuring is given.

    Attributes:
        scale: How much to measure.
        scratch: Empty folder of its own, removed afterwards.
    """

    scale: Scale
    scratch: Path

    @property
    def environment(self) -> dict[str, str]:
        """Variables for the commands that are measured."""
        return {**os.environ, "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", kernel_cache())}

    def corpus(self, name: str) -> TokenFile:
        """Return a corpus, written at the first call."""
        return token_file(name, limit=self.scale.tokens)

    def kept(self, kind: str, key: Mapping[str, Any], *, shared: bool = False) -> Path:
        """Return where a costly part result is kept that belongs to ``key``.

        Args:
            kind: First part of the name.
            key: All that the result depends on, JSON-able.
            shared: Keep it among the results, where it outlives the sources it doesn't depend on.
        """
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:12]
        folder = RESULTS / "gensim" if shared and not self.scale.quick else WORK / "parts"
        return folder / f"{kind}-{digest}.json"

    def state(self) -> str:
        """Return the hash of the measured sources."""
        return sources_digest()


class BusyError(Exception):
    """Another run is measuring."""


@contextmanager
def alone(*, quick: bool) -> Iterator[Path]:
    """Hold the place for one run at a time; give an empty folder for its scratch.

    Raises:
        BusyError: Another run holds it.
    """
    kind = "quick" if quick else "full"
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / f"{kind}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyError(
                f"another run is measuring ({lock.name} is locked); two would disturb each other"
            ) from None
        scratch = WORK / "scratch" / kind
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def kernel_cache() -> str:
    """Return the folder of compiled kernels, one per state of the kernels."""
    return str(WORK / "numba" / kernels_digest())


def data_file(name: str) -> Path:
    """Return a file of the data folder.

    Raises:
        MissingDataError: It isn't there.
    """
    path = DATA / name
    if not path.exists():
        raise MissingDataError(f"needs {name} in {DATA} (set WORDGRAFT_DATA)")
    return path


def need_disk(folder: Path, size: int) -> None:
    """Refuse to begin what wouldn't fit.

    Raises:
        OSError: Less than ``size`` bytes are free.
    """
    free = shutil.disk_usage(folder).free
    if free < size:
        raise OSError(
            f"{folder}: needs {size / 1e9:.1f} GB, {free / 1e9:.1f} GB are free "
            "(WORDGRAFT_BENCH_WORK names another folder)"
        )


def token_file(name: str, *, limit: int | None) -> TokenFile:
    """Return a corpus as a file of tokens; it is written when its source is newer or other.

    Args:
        name: "wiki": the text as it is, 1,000 tokens to a line. "imdb": train and unsup reviews in
            lower case without ``<br />``, one to a line, tokens by :data:`IMDB_TOKENS`.
        limit: Stop after this many tokens.
    """
    sources = [data_file(file) for file in ((WIKI,) if name == "wiki" else IMDB)]
    path = WORK / "corpora" / f"{name}{'' if limit is None else f'-{limit}'}.txt"
    note = path.with_suffix(".json")
    stamp = [[p.name, p.stat().st_size, WIKI_LINE, IMDB_TOKENS, limit] for p in sources]
    known = read_json(note)
    if known and known["stamp"] == stamp and _size(path) == known["bytes"]:
        return TokenFile(name, path, known["tokens"], known["lines"], known["sha256"])
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    tokens = lines = 0
    digest = hashlib.sha256()
    with part.open("wb") as file:
        for sentence in _wiki(sources[0]) if name == "wiki" else _imdb(sources):
            line = b" ".join(sentence) + b"\n"
            digest.update(line)
            file.write(line)
            tokens, lines = tokens + len(sentence), lines + 1
            if limit is not None and tokens >= limit:
                break
    part.replace(path)
    found = TokenFile(name, path, tokens, lines, digest.hexdigest())
    content = {"stamp": stamp, "bytes": path.stat().st_size, "tokens": tokens, "lines": lines}
    write_json(note, {**content, "sha256": found.sha256})
    return found


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.exists() else None


def _wiki(path: Path) -> Iterator[list[bytes]]:
    pending: list[bytes] = []
    rest = b""
    with gzip.open(path, "rb") as file:
        while block := file.read(1 << 20):
            *words, rest = (rest + block).split(b" ")
            pending.extend(word for word in words if word)
            while len(pending) >= WIKI_LINE:
                yield pending[:WIKI_LINE]
                pending = pending[WIKI_LINE:]
    if rest.strip():
        pending.append(rest.strip())
    for start in range(0, len(pending), WIKI_LINE):
        yield pending[start : start + WIKI_LINE]


def _imdb(paths: list[Path]) -> Iterator[list[bytes]]:
    find = re.compile(IMDB_TOKENS).findall
    for path in paths:
        with gzip.open(path, "rb") as file:
            for record in file:
                text = json.loads(record)["text"].replace("<br />", " ").lower()
                if found := find(text):
                    yield [token.encode() for token in found]


def raw_file(name: str, folder: Path, *, limit: int | None) -> Path:
    """Return a raw corpus as a user has it: the data folder's own file or files, compressed.

    Args:
        name: "enwiki" (JSON lines of articles), "imdb" (JSON lines of reviews, a folder of two
            files), or "wiki" (one line of 100 MB).
        folder: Where to put what must be put together.
        limit: Only this many records of each file (of "wiki": thousand bytes).
    """
    files = {
        "enwiki": ("enwiki2015_articles_part1.jsonl.gz",),
        "imdb": IMDB,
        "wiki": (WIKI,),
    }[name]
    sources = [data_file(file) for file in files]
    if len(sources) == 1 and limit is None:
        return sources[0]
    target = folder / name
    target.mkdir(exist_ok=True)
    for source in sources:
        if limit is None:
            shutil.copy(source, target / source.name)
            continue
        with gzip.open(source, "rb") as file, gzip.open(target / source.name, "wb") as out:
            if name == "wiki":
                out.write(file.read(1000 * limit))
            else:
                out.writelines(islice(file, limit))
    return target


def toy_file(size: int) -> Path:
    """Return a text of the toy world of about ``size`` bytes, written at the first call."""
    from wordgraft.tasks.toys import world as toyworld

    path = WORK / "corpora" / f"toyworld-{size}.txt"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        need_disk(path.parent, size)
        sample = "\n".join(toyworld.sentences(20_000, seed=1))
        words = int(size / (len(sample.encode()) + 1) * 20_000)
        part = path.with_suffix(".part")
        toyworld.write_corpus(part, words=words, seed=1)
        part.replace(path)
    return path
