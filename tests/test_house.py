"""The house stands: floors, lazy doors, what is in the wheel, and the rules of the sources."""

from __future__ import annotations

import ast
import functools
import graphlib
import importlib
import importlib.metadata
import inspect
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import grimp
import numpy as np
import pytest

import wordgraft
from reference.side_by_side import compiled, together, twice
from wordgraft.embeddings.kernels.sampling import build_alias

HOME = Path(wordgraft.__file__).parent
"""The package as it is tested: the checkout, or the installed wheel."""
FLOORS = ("embeddings", "models", "tasks")
SOURCES = sorted(
    [*HOME.glob("*.py"), *(p for floor in FLOORS for p in (HOME / floor).rglob("*.py"))]
)
HEAVY = ("torch", "spacy", "datasets", "gensim", "sklearn", "transformers")


def name_of(path: Path) -> str:
    return path.relative_to(HOME).as_posix()


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Every import of the package, those inside functions too."""
    graph = grimp.build_graph("wordgraft", cache_dir=None, exclude_type_checking_imports=True)
    # In a checkout the root is the package: what stands beside the floors looks like a part of it.
    for module in set(graph.modules):
        if module.split(".")[1:2] in (["benchmarks"], ["tests"]):
            graph.remove_module(module)
    return graph


# --- imports ---------------------------------------------------------------------------------


def test_layers_imports_go_down_the_house(graph: grimp.ImportGraph) -> None:
    roof = {"wordgraft.tasks.cli", "wordgraft.__main__"}
    ground = {m for m in graph.modules if m.startswith("wordgraft.embeddings.kernels")}

    def storey(module: str) -> int:
        if module in roof:
            return 5
        if module in ground:
            return 1
        if module == "wordgraft.embeddings.errors":
            return 0
        return 2 + FLOORS.index(module.split(".")[1])

    inside = [m for m in graph.modules if m != "wordgraft"]
    climbing = [
        f"{module} imports {other}"
        for module in inside
        for other in graph.find_modules_directly_imported_by(module)
        if other != "wordgraft" and storey(other) > storey(module)
    ]
    assert climbing == []
    assert {storey(m) for m in inside} >= {0, 1, 2, 3, 4, 5}


def test_layers_imports_have_no_circles(graph: grimp.ImportGraph) -> None:
    below = {m: graph.find_modules_directly_imported_by(m) for m in graph.modules}
    graphlib.TopologicalSorter(below).prepare()  # raises CycleError, which names the circle


def test_imports_inside_the_package_are_relative_and_never_bare() -> None:
    wrong: list[str] = []
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            else:
                continue
            for name in names:
                if name.split(".")[0] in (*FLOORS, "wordgraft"):
                    wrong.append(f"{name_of(path)}:{node.lineno} imports {name}")
    assert wrong == []


def test_imports_of_tests_and_notebooks_never_use_bare_floors(root: Path) -> None:
    wrong = [
        f"{path.name}: {line.strip()}"
        for pattern in ("tests/**/*.py", "notebooks/*.ipynb", "benchmarks/**/*.py")
        for path in root.glob(pattern)
        for line in path.read_text(encoding="utf-8").splitlines()
        for floor in FLOORS
        if line.lstrip(' "').startswith((f"from {floor}", f"import {floor}"))
    ]
    assert wrong == []


def test_import_of_torch_stays_off_the_first_floor() -> None:
    """``embeddings`` loads torch and the like only inside functions, never at import."""
    allowed = {"numpy", "scipy", "numba", "llvmlite", *sys.stdlib_module_names}
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in SOURCES
        if path.is_relative_to(HOME / "embeddings")
        for node in tree_of(path).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""] * (node.level == 0)
        )
        if name.split(".")[0] not in allowed
    ]
    assert wrong == []


def test_import_of_the_root_has_nothing_at_its_top_level() -> None:
    tree = tree_of(HOME / "__init__.py")
    assert [
        node.lineno for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))
    ] == []


@pytest.mark.parametrize(
    "code",
    [
        "import wordgraft; wordgraft.__version__; dir(wordgraft)",
        "import sys; sys.argv = ['wordgraft', '--help']\n"
        "from wordgraft.tasks.cli import main\n"
        "try: main()\nexcept SystemExit as e: assert e.code == 0",
    ],
    ids=["import wordgraft", "wordgraft --help"],
)
def test_import_and_help_load_nothing_heavy(code: str) -> None:
    heavy = (*HEAVY, "numpy", "numba")
    code += f"\nimport sys; print('loaded:', [m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded: []"


# --- the public face -------------------------------------------------------------------------


def test_every_public_name_loads_and_is_documented() -> None:
    for name in wordgraft.__all__:
        value = getattr(wordgraft, name)
        assert name == "__version__" or inspect.getdoc(value), name
    assert set(wordgraft.__all__) <= set(dir(wordgraft))


def test_the_version_is_that_of_the_metadata() -> None:
    assert wordgraft.__version__ == importlib.metadata.version("wordgraft")


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'wordgraft' has no attribute 'Word3Vec'"):
        _ = wordgraft.Word3Vec


def test_the_stub_says_the_same_names_from_the_same_places() -> None:
    stub = ast.parse((HOME / "__init__.pyi").read_text(encoding="utf-8"))
    said = {
        alias.asname: node.module
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert said == wordgraft._EXPORTS


# --- the sources -----------------------------------------------------------------------------


def test_sources_are_files_of_one_concept(root: Path) -> None:
    files = [*SOURCES, *root.glob("tests/**/*.py"), *root.glob("benchmarks/**/*.py")]
    sizes = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in files}
    assert {str(p): n for p, n in sizes.items() if n > 400} == {}


def test_sources_never_use_pickle() -> None:
    banned = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    wrong: list[str] = []
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Import):
                names = {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names = {(node.module or "").split(".")[0]}
            elif isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                names = set() if getattr(node.value, "value", True) is False else {"pickle"}
            else:
                continue
            if names & banned:
                wrong.append(f"{name_of(path)}:{getattr(node, 'lineno', '?')}")
    assert wrong == []


def test_sources_never_call_hash() -> None:
    """Python's ``hash`` differs from run to run: nothing that is written may depend on it."""
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hash"
    ]
    assert wrong == []


def test_public_functions_take_no_stray_keywords() -> None:
    """``**kwargs`` swallows misspelt options; handing them on whole to one callee is fine."""
    wrong: list[str] = []
    for path in SOURCES:
        body = tree_of(path).body
        methods = [item for node in body if isinstance(node, ast.ClassDef) for item in node.body]
        for node in (*body, *methods):
            if isinstance(node, ast.FunctionDef) and node.args.kwarg and node.name[0] != "_":
                wrong.append(f"{name_of(path)}: {node.name}")
    assert set(wrong) <= {
        "embeddings/kernels/__init__.py: kernel",
        "embeddings/corpus.py: as_corpus",
    }


# --- the wheel -------------------------------------------------------------------------------


def test_every_folder_with_modules_is_in_the_list_of_packages(root: Path) -> None:
    if not (root / "embeddings").is_dir():
        pytest.skip("tests run against the installed wheel; the checkout has this test")
    with (root / "pyproject.toml").open("rb") as file:
        listed = tomllib.load(file)["tool"]["setuptools"]["packages"]
    found = {p.parent for floor in FLOORS for p in (root / floor).rglob("*.py")}
    names = {"wordgraft." + ".".join(p.relative_to(root).parts) for p in found}
    assert set(listed) == {"wordgraft", *names}


def test_the_wheel_holds_every_module_and_data_file_and_nothing_else(
    root: Path, tmp_path: Path
) -> None:
    if not (root / "embeddings").is_dir():
        pytest.skip("tests run against the installed wheel; the checkout has this test")
    source = tmp_path / "source"
    data = {"py.typed", "__init__.pyi"}
    inside = {"tasks/pages/report.css", "tasks/cluster/page.js"}
    tops = {"__init__.py", "__main__.py", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"}
    source.mkdir()
    for name in tops | data:
        shutil.copy(root / name, source / name)
    skip = shutil.ignore_patterns("__pycache__", ".*")
    for folder in (*FLOORS, "tests", "docs", "notebooks"):  # those that must stay out, too
        shutil.copytree(root / folder, source / folder, ignore=skip)
    build = "from setuptools.build_meta import build_wheel as b; b('../dist')"
    subprocess.run(
        [sys.executable, "-c", build],
        cwd=source, check=True, capture_output=True, env={**os.environ, "PYTHONWARNINGS": ""},
    )  # fmt: skip
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    held = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    modules = {p.relative_to(root).as_posix() for f in FLOORS for p in (root / f).rglob("*.py")}
    assert held == {
        f"wordgraft/{n}" for n in modules | data | inside | {"__init__.py", "__main__.py"}
    }


# --- the kernels -----------------------------------------------------------------------------


def test_kernels_use_no_narrow_integers() -> None:
    """Ids are int32, offsets and counters int64; bytes of text are the only uint8."""
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in (HOME / "embeddings" / "kernels").glob("*.py")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in {"int8", "int16", "uint16"}
    ]
    assert wrong == []


def test_a_second_signature_of_a_kernel_is_found() -> None:
    """Looked for at the end of every run, in all of its processes together."""
    build_alias(np.ones(1), np.zeros(1, np.uint32), np.zeros(1, np.int32))
    name = f"{build_alias.__module__}.build_alias"
    assert name in dict(compiled())
    assert not [found for found, _ in compiled() if "._" in found]
    one, other = {name: ["(int32,)"], "other": ["(int8,)"]}, {name: ["(int64,)"]}
    assert twice(together(one, one)) == {}
    assert twice(together(one, other)) == {name: {"(int32,)", "(int64,)"}}
