"""Documents that can't go stale: links lead somewhere, examples run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from wordgraft.tasks import toyworld

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    if not (ROOT / "embeddings").is_dir():
        pytest.skip("tests run against the installed wheel; the checkout has this test")
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


def test_the_example_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (example,) = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S
    )
    assert len(example.strip().splitlines()) <= 12
    monkeypatch.chdir(tmp_path)
    toyworld.write_corpus("corpus.txt", words=100_000)
    names: dict[str, object] = {}
    exec(compile(example, "README.md", "exec"), names)
    assert np.isfinite(names["wv"].vectors).all()  # type: ignore[attr-defined]
    assert (tmp_path / "vectors.safetensors").is_file()


def test_the_example_of_the_schedules_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "schedules.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        exec(compile(example, "schedules.md", "exec"), names)
    history = names["history"]
    assert history.stages == ("new head alone", "everything, gently")
    assert history.epochs[-1].valid_accuracy > history.epochs[0].valid_accuracy + 0.1
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"run.json", "state.safetensors"}
