"""Notebooks run from the first cell to the last, and are kept without their outputs."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))


SMALLER = {
    "02_sentiment": {
        "sizes=(75, 150, 300), seeds=(1, 2, 3)": "sizes=(75, 300), seeds=(1,)",
        "for seed in (1, 2, 3)": "for seed in (1, 2)",
    },
    "03_schedules": {"(2, 4, 8, 16, 32), 6": "(2, 4), 4", "(0.0, 0.1, 1.0)": "(0.0, 1.0)"},
}
"""What is made smaller to save time: every cell still runs, and what it says is still true."""


def name_of(path: Path) -> str:
    return path.stem


def test_there_are_notebooks() -> None:
    names = ("01_train_and_query", "02_sentiment", "03_schedules", "04_clusters")
    names += ("05_domains_and_languages", "06_few_labels")
    assert set(names) <= {p.stem for p in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_outputs_are_stripped(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    kept = [cell.id for cell in cells if cell.get("outputs") or cell.get("execution_count")]
    assert kept == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_a_notebook_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")  # those of the libraries below are theirs
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "MPLCONFIGDIR"):  # nobody's own settings
        monkeypatch.setenv(name, str(tmp_path / name))
    notebook = nbformat.read(path, as_version=4)
    for old, new in SMALLER.get(name_of(path), {}).items():
        (cell,) = (cell for cell in notebook.cells if old in cell.source)
        cell.source = cell.source.replace(old, new)
    client = NotebookClient(
        notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    said = "".join(
        out.get("text", "") + str(out.get("data", {}).get("text/plain", "")) for out in outputs
    )
    assert any("image/png" in out.get("data", {}) for out in outputs)
    if name_of(path) == "01_train_and_query":
        assert "word='queen'" in said
        assert "no vector for 'kingg' (close: king" in said
        assert "similarity=0.86" in said or "similarity=0.87" in said
        assert said.rstrip().endswith("True")
    if name_of(path) == "02_sentiment":
        assert "the same: True" in said
        assert "classes: recommended returned | stages: head top 2 all" in said
        assert "vectors helped: True" in said
    if name_of(path) == "03_schedules":
        assert "in no group: '3.weight', '3.bias', '7.weight', '7.bias'" in said
        assert "sooner: True" in said
    if name_of(path) == "04_clusters":
        assert "vectors helped: True" in said
        assert "the same: True" in said
    if name_of(path) == "05_domains_and_languages":
        assert "adapting helped: True" in said
        assert "aligning helped: True" in said
        assert "carried over: True" in said
    if name_of(path) == "06_few_labels":
        assert "names helped: True" in said
        assert "vectors helped: True" in said
        assert "advice: " in said
        assert re.search(r"the advice was (right|wrong) \(within 1 point\)", said)
