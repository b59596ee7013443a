"""Opens or makes a fastText model: ``models_process.py wordgraft|gensim FILE``, ``fasttext JSON``.

Prints seconds as JSON. With ``fasttext`` the argument has ``text``, ``settings`` (fastText's
names), ``output``, a folder for ``model.bin``, ``words.json`` and ``vectors.npy``, and ``changes``,
patterns that make unknown words of known ones.
"""

import json
import sys
import time
from pathlib import Path


def open_ours(path: str) -> dict[str, float]:
    """Time until an unknown word has its vector, and until all words have theirs."""
    from wordgraft import load_vectors

    began = time.perf_counter()
    vectors = load_vectors(path)
    _ = vectors["unknownword"]
    first = time.perf_counter() - began
    _ = vectors.vectors
    return {"first": first, "all": time.perf_counter() - began}


def open_theirs(path: str) -> dict[str, float]:
    """Time until gensim has all vectors."""
    from gensim.models.fasttext import load_facebook_vectors

    began = time.perf_counter()
    _ = load_facebook_vectors(path)["unknownword"]
    return {"seconds": time.perf_counter() - began}


def make(given: str) -> dict[str, float]:
    """Train a model and write what it says of its words and of others."""
    import fasttext
    import numpy as np

    asked = json.loads(given)
    folder = Path(asked["output"])
    began = time.perf_counter()
    model = fasttext.train_unsupervised(asked["text"], **asked["settings"], epoch=1, verbose=0)
    model.save_model(str(folder / "model.bin"))
    known = model.get_words()
    words = [*known, *(change.format(w) for change in asked["changes"] for w in known[:2000])]
    (folder / "words.json").write_text(json.dumps(words))
    np.save(folder / "vectors.npy", np.stack([model.get_word_vector(w) for w in words]))
    return {"seconds": time.perf_counter() - began}


if __name__ == "__main__":
    jobs = {"wordgraft": open_ours, "gensim": open_theirs, "fasttext": make}
    print(json.dumps(jobs[sys.argv[1]](sys.argv[2])))
