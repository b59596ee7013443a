"""Make the files beside this one with fastText: see README.md. Not run by the tests."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

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


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        ngrams(Path(name))
