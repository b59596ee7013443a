"""Vectors of two bytes or one a number against float32: their size, and what their scores lose."""

from __future__ import annotations

from typing import Any

from .neighbours import GENUINE
from .records import Check, Measurement
from .workplace import Workplace, data_file

PAIRS = {"WordSim-353": "wordsim/EN-WS-353-ALL.txt", "SimLex-999": "wordsim/EN-SIMLEX-999.txt"}


def measure(place: Workplace, *, dtype: str) -> Measurement:
    """Score genuine vectors as they are and packed."""
    from gensim.models import KeyedVectors

    from wordgraft import WordVectors, evaluate_similarity, load_vectors

    genuine = KeyedVectors.load_word2vec_format(str(data_file(GENUINE)), binary=True)
    plain = WordVectors(genuine.index_to_key, genuine.vectors)
    sizes: dict[str, int] = {}
    scores: dict[str, dict[str, Any]] = {}
    for name in ("float32", dtype):
        path = place.scratch / name
        plain.quantize(name).save(path)
        vectors = load_vectors(path)
        sizes[name] = vectors.storage.nbytes
        scores[name] = {
            title: evaluate_similarity(vectors, data_file(file)).spearman
            for title, file in PAIRS.items()
        }
    share = sizes[dtype] / sizes["float32"]
    lost = {title: abs(scores[dtype][title] - scores["float32"][title]) for title in PAIRS}
    return Measurement(
        compared=(
            f"8,000 genuine GoogleNews vectors of 300 numbers: bytes of the vectors in {dtype}, "
            "with their scale, over bytes in float32; how far Spearman's correlation with people's "
            "ratings moves, as an absolute number"
        ),
        cache="not used",
        settings={"dtype": dtype},
        figures={"bytes": sizes, "spearman": scores},
        checks=(
            Check(
                name="size over float32",
                value=share,
                unit="x",
                target=0.26 if dtype == "int8" else 0.51,
                at_least=False,
                ours=sizes[dtype] / 1e6,
                peer=sizes["float32"] / 1e6,
                sides="MB",
            ),
            *(
                Check(
                    name=f"{title}, difference",
                    value=lost[title],
                    unit="score",
                    target=0.005,
                    at_least=False,
                )
                for title in PAIRS
            ),
        ),
    )
