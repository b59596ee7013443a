"""Documents that can't go stale: links lead somewhere, examples run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from wordgraft.tasks.toys import reviews as toyreviews
from wordgraft.tasks.toys import world as toyworld

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def examples(page: Path) -> list[str]:
    """Return the Python of a page."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    if not (ROOT / "embeddings").is_dir():
        pytest.skip("tests run against the installed wheel; the checkout has this test")
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_the_examples_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words, classes, documents = examples(ROOT / "README.md")
    assert len(words.strip().splitlines()) <= 12
    monkeypatch.chdir(tmp_path)
    toyworld.write_corpus("corpus.txt", words=100_000)
    reviews = toyreviews.reviews(200, seed=1)
    with Path("corpus.txt").open("a", encoding="utf-8") as file:
        file.writelines(review.text + "\n" for review in reviews)
    names: dict[str, Any] = {}
    exec(compile(words, "README.md", "exec"), names)
    assert np.isfinite(names["wv"].vectors).all()
    assert (tmp_path / "vectors.safetensors").is_file()
    for name in ("texts", "test_texts"):
        names[name] = [review.text for review in reviews[:12]]
    names["labels"] = names["test_labels"] = [review.label for review in reviews[:12]]
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # so little work is slower on more, where others want them too
    try:
        exec(compile(classes, "README.md", "exec"), names)
    finally:
        torch.set_num_threads(before)
    assert names["classifier"].classes_.tolist() == ["neg", "pos"]
    exec(compile(documents, "README.md", "exec"), names)
    assert names["x"].shape[0] == len(names["texts"])
    assert np.isfinite(names["x"]).all()


def test_the_example_of_the_schedules_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = examples(ROOT / "docs" / "schedules.md")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        exec(compile(example, "schedules.md", "exec"), names)
    history = names["history"]
    assert history.stages == ("new head alone", "everything, gently")
    assert history.epochs[-1].valid_accuracy > history.epochs[0].valid_accuracy + 0.1
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"run.json", "state.safetensors"}
