"""Vectors from the web: a server of the test's own that breaks off, changes and misbehaves."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from wordgraft import load_vectors
from wordgraft.embeddings.errors import DownloadError
from wordgraft.embeddings.formats.download import fetch

BLOCK = 1 << 16
CONTENT = b"20000 2\n" + b"".join(b"word%05d 0.5 -1.5\n" % row for row in range(20_000))
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves one content, and remembers what it was asked.

    Attributes:
        content: The file.
        tag: Its ETag; empty for none.
        break_after: Bytes of each answer's body after which the connection is closed.
        status: What to answer in place of the file.
        asked: The Range headers it got, "" for none.
    """

    content, tag, break_after, status = CONTENT, '"one"', 10**9, 200

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/vectors/small%20one.vec"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server = self.server
        asked = self.headers.get("Range", "")
        server.asked.append(asked)
        if server.status != 200:
            self.send_error(server.status)
            return
        begin = 0
        if asked and self.headers.get("If-Range") == server.tag:
            begin = int(asked.removeprefix("bytes=").removesuffix("-"))
        body = server.content[begin:]
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(body)))
        if server.tag:
            self.send_header("ETag", server.tag)
        self.end_headers()
        self.wfile.write(body[: server.break_after])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Generator[Server]:
    monkeypatch.setenv("WORDGRAFT_CACHE", str(tmp_path / "cache"))
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_url_is_downloaded_once(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    vectors = load_vectors(server.url)
    assert len(vectors) == 20_000
    assert vectors.report is not None
    assert vectors.report.notes == (f"Downloaded from {server.url}, sha256 {SHA256}",)
    again = load_vectors(server.url)
    assert again.report is not None
    assert again.report.notes[0].startswith("Found in the cache")
    assert len(server.asked) == 1
    assert again.report.path.name.endswith("-small_one.vec")
    assert capfd.readouterr() == ("", "")


def test_progress_is_told(server: Server, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    done = fetch(
        server.url, folder=tmp_path, progress=lambda have, total: told.append((have, total))
    )
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert (done.sha256, done.fresh) == (SHA256, True)
    assert done.path.read_bytes() == CONTENT


def test_a_broken_download_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.break_after = 3 * BLOCK
    assert fetch(server.url, folder=tmp_path).path.read_bytes() == CONTENT
    assert server.asked == ["", f"bytes={3 * BLOCK}-"]


def test_a_download_that_keeps_breaking_is_gone_on_with_next_time(
    server: Server, tmp_path: Path
) -> None:
    server.break_after = BLOCK
    with pytest.raises(DownloadError, match="broke 4 times .* 262,144 bytes are kept: call again"):
        fetch(server.url, folder=tmp_path)
    server.break_after = 10**9
    assert fetch(server.url, folder=tmp_path).path.read_bytes() == CONTENT
    assert server.asked[-1] == f"bytes={4 * BLOCK}-"
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".vec"]


def test_a_file_that_changed_meanwhile_is_begun_anew(server: Server, tmp_path: Path) -> None:
    server.break_after = BLOCK
    with pytest.raises(DownloadError):
        fetch(server.url, folder=tmp_path)
    server.content, server.tag, server.break_after = CONTENT[::-1], '"two"', 10**9
    assert fetch(server.url, folder=tmp_path).path.read_bytes() == CONTENT[::-1]


def test_without_a_version_a_broken_download_is_begun_anew(server: Server, tmp_path: Path) -> None:
    server.break_after, server.tag = BLOCK, ""
    with pytest.raises(DownloadError, match="65,536 bytes are kept"):
        fetch(server.url, folder=tmp_path)
    assert server.asked == ["", "", "", ""]


def test_a_cached_file_of_another_size_is_downloaded_again(server: Server, tmp_path: Path) -> None:
    path = fetch(server.url, folder=tmp_path).path
    path.write_bytes(CONTENT[:9])
    assert fetch(server.url, folder=tmp_path).path.read_bytes() == CONTENT


def test_a_sha256_in_the_address_is_compared(server: Server, tmp_path: Path) -> None:
    assert fetch(f"{server.url}#sha256={SHA256}", folder=tmp_path).fresh
    wrong = "0" * 64
    with pytest.raises(DownloadError, match=f"has the sha256 {SHA256}, expected {wrong}"):
        fetch(f"{server.url}#sha256={wrong}", folder=tmp_path)
    (tmp_path / "new").mkdir()
    with pytest.raises(DownloadError, match="can't be downloaded .*hash"):
        fetch(f"{server.url}#sha256={wrong}", folder=tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []
    with pytest.raises(DownloadError, match="expected #sha256= and 64 hexadecimal digits"):
        fetch(f"{server.url}#sha256=12", folder=tmp_path)


def test_what_the_server_answers_is_said(server: Server, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(DownloadError, match="the server answers 404 Not Found"):
        load_vectors(server.url)


def test_no_server_is_an_error_of_ours(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="the connection broke 4 times"):
        fetch("http://127.0.0.1:9/nothing", folder=tmp_path)
