"""The tables of ``docs/benchmarks.md``, made from the newest results. Standard library only."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .records import RESULTS, ROOT, newest_rows
from .rows import CORPORA, GROUPS, ROWS

PAGES = ("docs/benchmarks.md", "README.md")
MISSING = "not measured yet"
BUSY = 10.0
"""Per cent of all cores: more before a row, and its times are worth little."""
_BLOCK = re.compile(
    r"(<!-- benchmarks:(?P<name>\w+) -->\n).*?(<!-- /benchmarks:(?P=name) -->)", re.S
)
_HEADINGS = {
    "training_speed": "Training alone",
    "scaling": "Workers and determinism",
    "process": "The whole process",
    "encoding": "Reading text",
    "opening": "Opening and asking",
    "neighbours": "Neighbours by the thousand",
    "storage": "Smaller vectors",
    "reading": "Reading",
    "models": "fastText's models",
    "writing": "Writing",
    "demo": "The demonstration",
    "memory": "Memory",
    "quality": "Quality",
    "subword": "Training with character n-grams",
    "networks": "Recurrent networks",
    "sentiment": "Sentiment",
    "documents": "Documents to vectors",
    "topics": "Document vectors",
    "clusters": "Clusters",
    "similarity": "Similarity of texts and documents",
    "crosslingual": "Two languages",
    "advice": "Advice and kept features",
}

Results = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Line:
    """A line of the summary: one thing that must be reached, and where it is measured.

    Attributes:
        title: What.
        bar: What it must reach, in words.
        cells: (name, row, check) each.
    """

    title: str
    bar: str
    cells: tuple[tuple[str, str, str], ...]


def _both(title: str, bar: str, group: str, label: str, check: str) -> Line:
    cells = ((name, f"{group}/{corpus}{label}", check) for corpus, name in CORPORA.items())
    return Line(title, bar, tuple(cells))


def _subword(title: str, label: str, check: str, bar: str) -> Line:
    return _both(f"n-grams of 3 to 6 characters, {title}", bar, "subword", label, check)


def _quality(title: str, label: str) -> list[Line]:
    bars = (("WordSim-353", "-0.01"), ("SimLex-999", "-0.01"), ("analogies", "-1 point"))
    return [
        _both(f"quality, {title}: {name}, minus gensim's", f"≥ {bar}", "quality", label, name)
        for name, bar in bars
    ]


SUMMARY = (
    _both("skip-gram, negative sampling, words/s, D=100", "≥ 10× gensim", "training_speed",
          "-skipgram-100", "words/s"),
    _both("the same, D=300", "≥ 9× gensim", "training_speed", "-skipgram-300", "words/s"),
    _both("CBOW, negative sampling, words/s, D=100", "≥ 5× gensim", "training_speed",
          "-cbow-100", "words/s"),
    _both("skip-gram, hierarchical softmax, words/s, D=100", "≥ 4× gensim", "training_speed",
          "-hs-100", "words/s"),
    _both("the whole `wordgraft train` process, 5 epochs, warm kernel cache", "≥ 7× gensim",
          "process", "", "wall clock, warm kernel cache"),
    Line("the same, empty kernel cache", "stated",
         (("wiki", "process/wiki", "wall clock, empty kernel cache"),)),
    Line("encoding, white space", "≥ 5 M words/s",
         (("wiki .txt", "encoding/wiki-txt", "words/s"),
          ("wiki .gz", "encoding/wiki-gz", "words/s"),
          ("IMDB .txt", "encoding/imdb-txt", "words/s"))),
    Line("encoding, rules, raw text", "≥ 1 M words/s",
         (("Wikipedia", "encoding/enwiki-raw", "words/s"),
          ("IMDB", "encoding/imdb-raw", "words/s"))),
    _both("two workers over one", "≥ 1.8×", "scaling", "", "two workers over one"),
    _both("`deterministic=True` over the default", "≥ 0.6×", "scaling", "",
          "deterministic over default"),
    *_quality("skip-gram", "-skipgram"),
    *_quality("`deterministic=True`", "-deterministic"),
    *_quality("CBOW", "-cbow"),
    _subword("skip-gram, words/s, against gensim's FastText", "-gensim", "words/s", "≥ 8×"),
    _subword("the same, against fastText's own program", "-fasttext", "words/s", "≥ 15×"),
    *(
        _subword(f"quality, {model}: {name}, minus {peer}'s", f"-{peer.lower()}-{model}-quality",
                 name, "≥ -0.01")
        for model in ("skipgram", "cbow") for peer in ("gensim", "fastText")
        for name in ("WordSim-353", "SimLex-999", "analogies")
    ),
    Line("peak anonymous memory beyond two matrices", "≤ 300 MB",
         (("toy world, 2 GB", "memory/toyworld", "beyond two matrices"),
          ("wiki", "memory/wiki", "beyond two matrices"))),
    Line("opening a saved 400k × 300 file", "≤ 0.1 s", (("", "opening/400k-300", "open"),)),
    Line("first and next neighbour queries", "≥ 1× gensim",
         (("first", "opening/400k-300", "first query"),
          ("next", "opening/400k-300", "next queries"))),
    Line("1,000 neighbour queries in a batch, 400k × 300, exact", "≥ 15× gensim one by one",
         (("", "neighbours/400k-300", "exact batch"),)),
    Line("the same through the index", "≥ 50× gensim one by one, recall@10 ≥ 0.95",
         (("", "neighbours/400k-300", "batch through the index"),
          ("recall", "neighbours/400k-300", "recall@10"))),
    Line("vectors in int8: size; scores", "≤ 0.26×; within 0.005",
         (("", "storage/int8", "size over float32"),
          ("WordSim-353", "storage/int8", "WordSim-353, difference"),
          ("SimLex-999", "storage/int8", "SimLex-999, difference"))),
    Line("vectors in float16: size", "≤ 0.51×", (("", "storage/float16", "size over float32"),)),
    Line("reading a GloVe text file of 400k × 300", "≥ 25× gensim",
         (("", "reading/text", "text"),)),
    Line("the same over reading its raw bytes", "≤ 2.5×",
         (("", "reading/text", "over raw bytes"),)),
    Line("the same: memory beyond the matrix", "≤ 300 MB",
         (("", "reading/text", "beyond the matrix"),)),
    Line("reading word2vec binary, 400k × 300", "≥ 3× gensim",
         (("", "reading/binary", "binary"),)),
    Line("vectors of a fastText .bin against fastText's own", "≤ 1 millionth",
         (("unknown words", "models/unknown", "unknown words"),
          ("known words", "models/unknown", "known words"))),
    Line("opening a fastText .bin of 200k × 300, over gensim", "–",
         (("first unknown word", "models/opening", "first unknown word"),
          ("all words", "models/opening", "all words"))),
    Line("writing 400k × 300 as word2vec text, as binary", "≥ 1× gensim",
         (("text", "writing/400k-300", "text"), ("binary", "writing/400k-300", "binary"))),
    Line("`wordgraft demo`: analogies of the toy world", "≥ 95 %",
         (("", "demo/toyworld", "analogies"),)),
    *(
        Line(f"recurrent networks: {title}", bar,
             (("GRU", "networks/gru-96", check), ("LSTM", "networks/lstm-96", check)))
        for title, bar, check in (
            ("training, reviews/s", "≥ 2× the plain recipe", "training"),
            ("predicting, reviews/s", "≥ 2× the plain recipe", "predicting"),
            ("an epoch tuned over an epoch frozen", "≤ 1.2×", "epoch tuned over frozen"),
        )
    ),
    Line("IMDB test accuracy, TextClassifier as it comes, vectors of IMDB", "≥ .925",
         (("", "sentiment/imdb-imdb", "accuracy"),)),
    Line("the same, general vectors", "≥ .90", (("", "sentiment/imdb-wiki", "accuracy"),)),
    Line("the same: time of fit, vectors given", "≤ 15 minutes",
         (("", "sentiment/imdb-imdb", "time of fit"),)),
    Line("the same with 500 labels: staged over scratch", "≥ +.15",
         (("", "sentiment/500-labels", "staged over scratch"),)),
    Line("from IMDB to Amazon's books, 200 labels: carried over", "above",
         (("vectors alone", "sentiment/books", "carried over vectors alone"),
          ("TF-IDF", "sentiment/books", "carried over TF-IDF"))),
    Line("sentences: accuracy", "≥ .84; ≥ .78",
         (("SST-2", "sentiment/sentences", "SST-2"),
          ("rt-polarity", "sentiment/sentences", "rt-polarity"))),
    Line("clusters, normalised mutual information with known topics, default", "≥ .90, .57, .42",
         (("BBC News", "topics/bbc", "default"), ("AG News", "topics/agnews", "default"),
          ("20 Newsgroups", "topics/20newsgroups", "default"))),
    Line("the same, over TF-IDF", "above",
         (("BBC News", "topics/bbc", "over TF-IDF"), ("AG News", "topics/agnews", "over TF-IDF"),
          ("20 Newsgroups", "topics/20newsgroups", "over TF-IDF"))),
    Line("the same, over the best of seven others", "above",
         (("BBC News", "topics/bbc", "over the best other"),
          ("AG News", "topics/agnews", "over the best other"),
          ("20 Newsgroups", "topics/20newsgroups", "over the best other"))),
    Line("IMDB with 100 labels, logistic regression on document vectors", "≥ .776",
         (("auto beside SIF", "topics/100-labels", "auto beside SIF"),
          ("auto", "topics/100-labels", "auto"), ("SIF", "topics/100-labels", "sif"))),
    Line("documents to vectors from encoded ids, documents/s", "≥ 10× gensim's loop; ≥ 3× sparse",
         (("get_mean_vector", "documents/ids", "over gensim's get_mean_vector"),
          ("sparse counts", "documents/ids", "over sparse counts times vectors"))),
    Line("the same from raw text, all cores", "≥ 2× TfidfVectorizer",
         (("", "documents/text", "IDF means over TfidfVectorizer"),)),
    Line("a million short documents in 100 clusters: peak memory", "≤ 4 GB",
         (("", "clusters/million", "peak memory"), ("time", "clusters/million", "time"))),
    Line("STS Benchmark test, Pearson", "≥ .64",
         (("", "similarity/sts", "word by word (the default)"),
          ("without vectors", "similarity/sts", "words alone, without vectors"),
          ("SIF", "similarity/sts", "sif"), ("uSIF", "similarity/sts", "usif"))),
    Line("1,000 nearest-document queries, 100k × 300", "≥ 1× scikit-learn's brute force",
         (("exact", "similarity/nearest", "exact"),
          ("through the graph", "similarity/nearest", "through the graph"))),
    Line("paragraph vectors, words/s; accuracy, minus gensim's", "≥ 4× gensim; ≥ -0.01",
         (("", "similarity/paragraphs", "words/s"),
          ("accuracy", "similarity/paragraphs", "accuracy on inferred vectors, minus gensim's"))),
    Line("English to Spanish on Bible vectors, D=100: words that find their translation", "≥ .46",
         (("", "crosslingual/dictionary", "P@1 CSLS"),
          ("no dictionary", "crosslingual/dictionary", "P@1, no pair at all to begin with"))),
    Line("genre of Spanish passages by English labels, over Spanish labels", "≥ 0.9×",
         (("", "crosslingual/genre", "carried over Spanish labels"),
          ("TF-IDF", "crosslingual/genre", "carried over Spanish labels, TF-IDF"))),
    Line("advice within a point of the best way, of ten cases named before; over always staged",
         "≥ 8; ≥ 1",
         (("", "advice/ten-cases", "advice right"),
          ("over always staged", "advice/ten-cases", "over always staged"))),
    Line("ten heads on kept features", "≥ 5× recomputing",
         (("", "advice/ten-heads", "recomputing over cached"),)),
)  # fmt: skip


def number(value: float | None, unit: str, toward: int = 0) -> str:
    """Return a number as people read it.

    Args:
        value: The number.
        unit: Of a check.
        toward: 0 rounds to the nearest, -1 down, 1 up.
    """
    if value is None or value != value:
        return "–"
    if unit == "s" and abs(value) < 1:
        value, unit = 1000 * value, "ms"
    digits, form = _FORMS.get(unit, (2, "{} " + unit))
    if toward:
        step = 10.0**digits
        # First to the nearest of a finer grid, or 9.7 would go down to 9.69.
        fine = round(value * step, 6)
        value = (math.floor(fine) if toward < 0 else math.ceil(fine)) / step
    sign = "+" if unit == "difference" else ""
    return form.format(f"{value:{sign}.{digits}f}")


def value(check: Mapping[str, Any]) -> str:
    """Return a check's number, rounded away from its bar: 9.996 is no 10."""
    return number(check["value"], check["unit"], _toward(check))


def _toward(check: Mapping[str, Any]) -> int:
    return 0 if check["target"] is None else -1 if check["at_least"] else 1


_FORMS = {
    "x": (2, "{}×"),
    "s": (1, "{} s"),
    "ms": (1, "{} ms"),
    "MB": (0, "{} MB"),
    "%": (1, "{} %"),
    "difference": (4, "{}"),
    "score": (4, "{}"),
}
"""Unit: decimals, and how it is written; others have two and their name behind."""


def bar(check: Mapping[str, Any]) -> str:
    """Return what a check must reach."""
    unit = {"x": "×", "difference": "", "score": ""}.get(check["unit"], f" {check['unit']}")
    return f"{'≥' if check['at_least'] else '≤'} {check['target']:g}{unit}"


def summary(results: Results) -> str:
    """Return the table of what must be reached."""
    lines = ["| | must reach | measured |", "|---|---|---|"]
    lines += [
        f"| {line.title} | {line.bar} | {'; '.join(_cell(results, *c) for c in line.cells)} |"
        for line in SUMMARY
    ]
    return "\n".join(lines)


def _cell(results: Results, name: str, row: str, check: str) -> str:
    record = results.get(row)
    lead = f"{name} " if name else ""
    if record is None or record.get("status") == "skipped":
        return f"{lead}{MISSING}"
    found = next((c for c in record.get("checks", ()) if c["name"] == check), None)
    if found is None:
        return f"{lead}**FAILED**"
    mark = " **MISS**" if found["met"] is False else ""
    return f"{lead}{value(found)}{mark}"


def details(results: Results) -> str:
    """Return a section for each group, and the machines measured on."""
    parts = [_group(group, results) for group in GROUPS]
    return "\n\n".join([*parts, _environments(results)])


def _group(group: str, results: Results) -> str:
    lines = [f"### {_HEADINGS[group]}", ""]
    rows = [row for row in ROWS if row.group == group]
    compared: dict[str, None] = {}
    lines += [
        "| | wordgraft | gensim | result | must reach | | each |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        record = results.get(row.name)
        if record is None:
            lines.append(f"| {row.title} | | | {MISSING} | | | |")
        elif record["status"] == "skipped":
            lines.append(f"| {row.title} | | | skipped: {_one_line(record['error'])} | | | |")
        elif record["status"] != "ok":
            lines.append(f"| {row.title} | | | **FAILED**: {_one_line(record['error'])} | | | |")
        else:
            compared[record["compared"]] = None
            lines += [_check(row.title, check) for check in record["checks"]]
    if compared:
        lines += ["", "Compared:", "", *(f"* {text}." for text in compared)]
    return "\n".join(lines) + _busy(group, results)


def _check(title: str, check: Mapping[str, Any]) -> str:
    unit = check["unit"]
    wanted = result = ""
    if check["target"] is not None:
        wanted, result = bar(check), "met" if check["met"] else "**MISS**"
    each = ", ".join(number(one, unit, _toward(check)) for one in check["each"])
    cells = (
        f"{title}: {check['name']}",
        number(check["ours"], check["sides"]) if check["ours"] is not None else "",
        number(check["peer"], check["sides"]) if check["peer"] is not None else "",
        value(check),
        wanted,
        result,
        each,
    )
    return f"| {' | '.join(cells)} |"


def _busy(group: str, results: Results) -> str:
    """Return a warning about times that were taken beside other work."""
    if group in ("memory", "quality"):
        return ""
    found = {
        row.name: results[row.name]["busy_before_percent"]
        for row in ROWS
        if row.group == group and row.name in results
    }
    rows = [f"`{name}` ({busy:.0f} %)" for name, busy in found.items() if busy > BUSY]
    if not rows:
        return ""
    return f"\n\nThe machine was busy with other things when measuring began: {', '.join(rows)}."


def _environments(results: Results) -> str:
    seen: dict[str, list[str]] = {}
    for row in ROWS:
        record = results.get(row.name)
        if record is not None:
            seen.setdefault(_environment(record), []).append(row.name)
    lines = ["### Measured on", ""]
    if not seen:
        return "\n".join([*lines, f"({MISSING})"])
    for text, names in seen.items():
        which = "everything" if len(seen) == 1 else ", ".join(f"`{name}`" for name in names)
        lines.append(f"* {which}: {text}")
    files = sorted({record["file"] for name, record in results.items() if name in _NAMES})
    links = ", ".join(f"[{name}](../benchmarks/results/{name})" for name in files)
    return "\n".join([*lines, "", f"Results: {links}."])


_NAMES = {row.name for row in ROWS}


def _environment(record: Mapping[str, Any]) -> str:
    about = record["environment"]
    machine, versions = about["machine"], about["versions"]
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    changed = about.get("changed_files")
    state = f"commit {about['commit']}" + (" with changes not committed" if changed else "")
    return (
        f"{record['measured_at'][:10]}, {state}; {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_gb']} GB; {machine['system']}; {told}"
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:160].replace("|", "/")


def filled(text: str, results: Results) -> str:
    """Return a page with its marked blocks made anew."""
    blocks = {"summary": summary, "details": details}
    return _BLOCK.sub(lambda m: f"{m[1]}{blocks[m['name']](results)}\n{m[3]}", text)


def stale(root: Path = ROOT, folder: Path = RESULTS) -> list[str]:
    """Return the pages whose tables are not what the results give."""
    results = newest_rows(folder)
    found: list[str] = []
    for name in PAGES:
        path = root / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if filled(text, results) != text:
            found.append(name)
    return found


def write(root: Path = ROOT, folder: Path = RESULTS) -> None:
    """Make the tables of all pages anew."""
    results = newest_rows(folder)
    for name in stale(root, folder):
        path = root / name
        path.write_text(filled(path.read_text(encoding="utf-8"), results), encoding="utf-8")
