"""What a fastText user runs, in a Python that has fastText: ``fasttext_process.py JSON``.

The argument has ``text``, ``settings`` (fastText's names), ``epochs`` (one training for each) and
``output``, a folder for words and vectors, or null. Prints the seconds of each training as JSON.
"""

import json
import sys
import time
from pathlib import Path

import fasttext
import numpy as np

if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    seconds, model = [], None
    for epochs in given["epochs"]:
        began = time.perf_counter()
        model = fasttext.train_unsupervised(
            given["text"], **given["settings"], epoch=epochs, verbose=0
        )
        seconds.append(time.perf_counter() - began)
    if given["output"] is not None:
        folder = Path(given["output"])
        words = model.get_words()
        (folder / "words.json").write_text(json.dumps(words))
        np.save(folder / "vectors.npy", np.stack([model.get_word_vector(w) for w in words]))
    print(json.dumps({"seconds": seconds}))
