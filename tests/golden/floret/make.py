"""Make the files beside this one with floret: see README.md. Not run by the tests."""

from __future__ import annotations

import json
import random
from pathlib import Path

import floret

HERE = Path(__file__).parent
WORDS = [
    "cat",
    "a",
    "the",
    "naïve",
    "日本語",
    "🙂",
    "antidisestablishmentarianism",
    "x-ray",
    "москва",
]
MODELS = {
    "two": {"minn": 2, "maxn": 3, "bucket": 60, "hashCount": 2},
    "four": {"minn": 3, "maxn": 6, "bucket": 41, "hashCount": 4},
    "single": {"minn": 1, "maxn": 2, "bucket": 30, "hashCount": 1},
}


def main() -> None:
    """Train on syllables and write the table and the vectors of some words."""
    rng = random.Random(1)
    syllables = [a + b for a in "bdfgklmnprst" for b in "aeiouéß"]
    words = ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(300)]
    text = HERE / "text"
    text.write_text("\n".join(" ".join(rng.choices(words, k=20)) for _ in range(300)))
    vectors: dict[str, dict[str, list[float]]] = {}
    for name, settings in MODELS.items():
        model = floret.train_unsupervised(
            str(text), model="cbow", mode="floret", dim=4, thread=1, epoch=1, minCount=1, **settings
        )
        model.save_floret_vectors(str(HERE / f"{name}.vec"))
        vectors[name] = {
            word: model.get_word_vector(word).tolist() for word in [*WORDS, *words[:10]]
        }
    (HERE / "vectors.json").write_text(json.dumps(vectors))
    text.unlink()


if __name__ == "__main__":
    main()
