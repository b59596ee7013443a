"""The demonstration keeps its promises: queen, 95% of the analogies, a page that needs nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reference.pages import Reader
from wordgraft.embeddings.errors import OutputError
from wordgraft.embeddings.formats import load_vectors
from wordgraft.tasks.demo import reviews as demo_reviews
from wordgraft.tasks.demo import run as demo
from wordgraft.tasks.demo import transfer_row as demo_transfer_row
from wordgraft.tasks.toys import reviews as toyreviews
from wordgraft.tasks.toys import world as toyworld

KINDS = (
    "Pretrained vectors, frozen", "Pretrained vectors, tuned", "Pretrained vectors, staged",
    "A classifier carried over", "Several tasks at once", "Advice", "Few-shot",
    "Self-taught features", "Attributes of classes", "Domain adaptation", "Two languages: words",
    "Two languages: a classifier", "Zero-shot by the names of classes", "Clusters",
    "Self-taught clustering", "Similarity",
)  # fmt: skip
"""Of transfer: those that gained by ten points and more with each of the seeds 1, 2 and 3."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def result(folder: Path) -> demo.DemoResult:
    """The demonstration at its real size: a few seconds once the kernels are compiled."""
    return demo.run(folder / "demo.html", vectors=folder / "toy.safetensors", workers=2)


def test_king_minus_man_plus_woman_is_queen(result: demo.DemoResult) -> None:
    assert result.question == "king - man + woman"
    assert result.answers[0].word == "queen"


def test_nearly_all_analogies_are_right(result: demo.DemoResult) -> None:
    total = result.analogies.total
    assert total.asked == sum(len(k) * (len(k) - 1) for k in toyworld.pairs().values())
    assert total.correct / total.asked >= 0.95


def test_the_vectors_are_kept_where_asked(result: demo.DemoResult, folder: Path) -> None:
    vectors = load_vectors(folder / "toy.safetensors")
    assert len(vectors) == result.training.words > 1000
    assert vectors.most_similar(["king", "woman"], ["man"], topn=5) == list(result.answers)


def test_the_printed_result_names_answer_sections_and_page(result: demo.DemoResult) -> None:
    printed = demo.text(result)
    assert "king - man + woman = queen" in printed.splitlines()[0]
    for section in toyworld.pairs():
        assert section in printed
    assert printed.endswith("demo.html")


def test_the_page_needs_nothing_else(result: demo.DemoResult) -> None:
    page = result.report.read_text(encoding="utf-8")
    read = Reader(page)
    assert read.open == []
    assert read.fetched == []
    assert "url(" not in page
    assert "@import" not in page
    assert not {"script", "link", "img", "iframe"} & set(read.seen)


def test_the_page_shows_maps_scores_neighbours_and_the_curve(result: demo.DemoResult) -> None:
    page = result.report.read_text(encoding="utf-8")
    # Four of pairs, the overview, the curve, two of reviews, one of news.
    assert page.count("<svg") == 9
    for section in (*toyworld.pairs(), "total"):
        assert f"<td>{section}</td>" in page
    for word in demo.ASKED:
        assert f"<h3>{word}</h3>" in page
    assert "<b>queen</b>" in page


def test_vectors_help_where_labels_are_few(result: demo.DemoResult) -> None:
    reached = {(p.method, p.labels): p for p in result.reviews.comparison.points()}
    assert {method for method, _ in reached} == {"scratch", "frozen", "tuned", "staged", "tfidf"}
    most = max(labels for _, labels in reached)
    for method in ("frozen", "tuned", "staged"):
        assert reached[method, most].accuracy > reached["scratch", most].accuracy + 0.1
        assert reached[method, most].seeds == 3
    printed = demo.text(result)
    for point in reached.values():
        assert f"{point.accuracy:.2%}" in printed
        assert f"{point.accuracy:.2%}" in result.report.read_text(encoding="utf-8")


def test_news_fall_into_topics_that_have_names(result: demo.DemoResult) -> None:
    found = result.clusters
    assert found.nmi > 0.5  # .65 to .79 were seen: the vectors are trained by several threads
    assert found.nmi > found.nmi_tfidf + 0.2
    assert sum(one.documents for one in found.clusters) == found.documents
    assert len({one.topic for one in found.clusters}) >= 8
    page, printed = result.report.read_text(encoding="utf-8"), demo.text(result)
    assert page.count("<title>news ") == found.documents
    for one in found.clusters:
        assert one.title in page
        assert one.title in printed


def test_the_page_shows_what_the_network_read(result: demo.DemoResult) -> None:
    page = result.report.read_text(encoding="utf-8")
    read = page[page.index("What the network read") : page.index("News in clusters")]
    assert read.count('<div class="card">') == 4
    assert re.search(r"<b>\w+</b>", read)
    for word in re.findall(r"<b>(\w+)</b>", read):
        assert word in {
            *toyreviews.PRAISE[toyreviews.KNOWN :],
            *toyreviews.BLAME[toyreviews.KNOWN :],
        }


def test_every_kind_of_transfer_stands_beside_none(result: demo.DemoResult) -> None:
    rows = {row.kind: row for row in result.transfer.rows}
    places = [demo_transfer_row.SETTINGS.index(row.setting) for row in rows.values()]
    assert places == sorted(places)
    page, printed = result.report.read_text(encoding="utf-8"), demo.text(result)
    part = page[page.index("<h2>Every kind of transfer") :]
    for row in rows.values():
        assert 0 <= row.without <= 1 or row.seconds
        assert f"<h3>{row.kind}</h3>" in part
        assert row.shown(row.without) in part
        assert row.shown(row.reached) in part
        assert row.kind in printed
        assert ("no gain" in row.gain) == (not row.helps)
    for kind in KINDS:
        assert rows[kind].helps, rows[kind]
    assert set(rows) == {*KINDS, "Domains confused", "Features kept once"}


def test_reviews_give_the_same_in_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"UNLABELLED": 300, "POOL": 40, "TESTED": 60, "SIZES": (20, 40), "SEEDS": (1,)}
    for name, value in small.items():
        monkeypatch.setattr(demo_reviews, name, value)
    monkeypatch.setitem(demo_reviews.SETTINGS, "epochs", 2)
    pages: list[str] = []
    for _ in range(2):
        seen: list[int] = []
        done = demo_reviews.run(seed=3, progress=lambda state, seen=seen: seen.append(state.done))
        assert seen == [*range(11)]
        pages.append(re.sub(r"[\d.]+ s to train", "", "".join(demo_reviews.html(done))))
    assert pages[0] == pages[1]


def test_a_page_that_cant_be_written_is_known_before_training(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="missing"):
        demo.run(tmp_path / "missing" / "demo.html")
