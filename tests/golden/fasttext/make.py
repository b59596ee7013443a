"""Make the files beside this one with fastText: see README.md. Not run by the tests."""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path
from typing import Any

import fasttext

HERE = Path(__file__).parent
WORDS = [
    *("cat", "a", "the", "</s>", "<", "<>", ">", "s>", "naïve", "é", "e\u0301", "日本語", "東"),
    *(
        "москва",
        "ελλάδα",
        "🙂",
        "👩\u200d👩\u200d👧",
        "a🙂b",
        "straße",
        "İstanbul",
        "don't",
        "x-ray",
    ),
    *("x-ray", "3.14", "\u200b", "ﷺ", "हिन्दी", "한국어", "antidisestablishmentarianism", "\xa0"),
    *("unseen_word", "ÿ", "\U0010ffff"),
]


MODELS: dict[str, dict[str, Any]] = {
    "skipgram.bin": {"model": "skipgram", "minn": 2, "maxn": 4, "bucket": 60},
    "cbow.bin": {"model": "cbow", "minn": 3, "maxn": 6, "bucket": 40, "loss": "hs"},
    "words.bin": {"model": "skipgram", "minn": 0, "maxn": 0, "bucket": 0},
    "supervised.bin": {"minn": 2, "maxn": 3, "bucket": 50, "wordNgrams": 2},
    "supervised.ftz": {"minn": 2, "maxn": 3, "bucket": 300},
    "norms.ftz": {"minn": 2, "maxn": 3, "bucket": 300, "qnorm": True, "dsub": 2},
    "pruned.ftz": {"minn": 2, "maxn": 3, "bucket": 300, "cutoff": 280, "qnorm": True},
    "output.ftz": {"minn": 2, "maxn": 3, "bucket": 300, "qout": True, "labels": 260},
}


def ngrams(folder: Path) -> None:
    """Rows of n-grams by ``get_subwords``."""
    text = folder / "text"
    text.write_text(("zzz yyy xxx www " * 20 + "\n") * 5)
    cases = []
    for least, most, bucket in (
        *((3, 6, 2_000_000), (1, 3, 1000), (2, 2, 7), (0, 4, 2**20), (5, 5, 100), (4, 3, 100)),
    ):
        model = fasttext.train_unsupervised(
            str(text), minn=least, maxn=most, bucket=bucket, dim=1, minCount=1, epoch=1, thread=1
        )
        known = len(model.words)
        rows = {w: [int(i) - known for i in model.get_subwords(w)[1] if i >= known] for w in WORDS}
        cases.append({"minn": least, "maxn": most, "bucket": bucket, "rows": rows})
    (HERE / "ngrams.json").write_text(json.dumps(cases, separators=(",", ":")))


def texts(folder: Path, labels: int) -> tuple[Path, Path]:
    """Plain text and labelled text, of syllables."""
    draw = random.Random(7)
    syllables = ["ka", "né", "東", "мо", "tu", "ri", "s"]
    words = ["".join(draw.choices(syllables, k=draw.randint(1, 4))) for _ in range(30)]
    lines = [" ".join(draw.choices(words, k=8)) for _ in range(300)]
    plain, labelled = folder / "plain", folder / "labelled"
    plain.write_text("".join(line + "\n" for line in lines))
    marked = [f"__label__{i % labels} {line}\n" for i, line in enumerate(lines)]
    labelled.write_text("".join(marked))
    return plain, labelled


def models(folder: Path) -> None:
    """Models, and vectors of their words and of others by ``get_word_vector``."""
    vectors = {}
    for name, given in MODELS.items():
        options = {"dim": 3, "epoch": 2, "minCount": 1, "thread": 1, "lr": 0.5, **given}
        plain, labelled = texts(folder, options.pop("labels", 3))
        quantised = {k: options.pop(k) for k in ("qnorm", "qout", "cutoff", "dsub") if k in given}
        if "model" in options:
            model = fasttext.train_unsupervised(str(plain), **options)
        else:
            model = fasttext.train_supervised(str(labelled), **options)
        if name.endswith(".ftz"):
            model.quantize(str(labelled), retrain=False, thread=1, **quantised)
        model.save_model(str(HERE / name))
        model = fasttext.load_model(str(HERE / name))
        vectors[name] = {
            "words": {w: model.get_word_vector(w).tolist() for w in model.words},
            "others": {w: model.get_word_vector(w).tolist() for w in WORDS if w not in model.words},
        }
    (HERE / "vectors.json").write_text(json.dumps(vectors, separators=(",", ":")))


if __name__ == "__main__":
    fasttext.FastText.eprint = lambda *_: None
    with tempfile.TemporaryDirectory() as name:
        ngrams(Path(name))
        models(Path(name))
