"""Speed of recurrent classifiers on IMDB's reviews, against the plain recipe."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from .records import Check, Measurement, median
from .workplace import Workplace, data_file

REVIEWS = "imdb_train.jsonl.gz"
BATCH, LONGEST, DROPOUT, RATE, CLIP = 64, 400, 0.3, 1e-3, 5.0


def measure(place: Workplace, *, encoder: str, hidden: int) -> Measurement:
    """Train and predict the same reviews with the same network, both ways in turns.

    Args:
        place: Where and how much.
        encoder: "rnn", "lstm" or "gru".
        hidden: Numbers in the state of one direction.
    """
    import torch

    from wordgraft.models.networks.network import NetworkSettings, TextNetwork

    from .plain_recipe import PlainNetwork

    quick = place.scale.quick
    texts, labels, matrix, indexing = _reviews(place)
    shape = NetworkSettings(
        encoder=encoder, hidden=hidden, embedding_dropout=DROPOUT, head_dropout=DROPOUT
    )
    sides: dict[str, Any] = {
        "plain": PlainNetwork(matrix, kind=encoder, hidden=hidden, dropout=DROPOUT),
        "tuned": TextNetwork(matrix, 2, shape),
        "frozen": TextNetwork(matrix, 2, shape),
    }
    sides["frozen"].embedding.mode = "frozen"
    steps = {name: _Steps(name, network, labels) for name, network in sides.items()}
    count = 2 * BATCH if quick else 20 * BATCH
    speeds: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[[], int]) -> None:
        began = time.perf_counter()
        done = work()
        speeds.setdefault(name, []).append(done / (time.perf_counter() - began))

    rng = np.random.default_rng(1)
    for turn in range(place.scale.repetitions + 1):
        if turn == 1:  # the first one loaded kernels and filled caches
            speeds.clear()
        some = texts.take(rng.permutation(len(texts))[: count if turn else BATCH])
        for name, side in steps.items():
            timed(f"{name}, training", partial(side.train, some, turn))
        for name in ("plain", "tuned"):
            timed(f"{name}, predicting", partial(steps[name].predict, some))
    return Measurement(
        compared=(
            f"reviews per second of IMDB, at most {LONGEST} tokens (beginning and end), in batches "
            f"of {BATCH}, {len(matrix):,} x {matrix.shape[1]} vectors, {encoder} with {hidden} "
            "numbers in each of two directions, pooled by max, mean and attention, two threads, "
            "the same reviews in turns. The plain recipe: random batches padded to their longest, "
            "`nn.Embedding(freeze=False)`, PyTorch's own layer, dense Adam. Ours: TextNetwork on "
            "batches of similar lengths, RowAdam. An epoch tuned over an epoch frozen is ours over "
            "ours; indexing is that of all reviews by the default tokeniser"
        ),
        cache="warm",
        settings={"encoder": encoder, "hidden": hidden, "threads": torch.get_num_threads()},
        figures={"reviews_per_second": speeds, "reviews": count, "indexing_seconds": indexing},
        checks=(
            _faster("training", speeds, "tuned, training", "plain, training"),
            _faster("predicting", speeds, "tuned, predicting", "plain, predicting"),
            _epochs(speeds),
            Check(name="indexing the reviews", value=median(indexing), unit="s"),
        ),
    )


class _Steps:
    """Training and predicting with one of the networks.

    Args:
        name: "plain", "tuned" or "frozen".
        network: The network.
        labels: int64[N].
    """

    def __init__(self, name: str, network: Any, labels: np.ndarray) -> None:
        import torch

        from wordgraft.models.training.row_optimizer import RowAdam

        self._network, self._plain, self._labels = network, name == "plain", labels
        learning = [p for p in network.parameters() if p.requires_grad]
        kind = torch.optim.Adam if self._plain else RowAdam
        self._optimizer = kind(learning, lr=RATE)

    def _batches(self, texts: Any, epoch: int, *, shuffle: bool = True) -> list[np.ndarray]:
        from wordgraft.models.networks.batching import batches

        from .plain_recipe import padded_batches

        if self._plain:
            return padded_batches(texts.lengths, BATCH, seed=epoch)
        return batches(texts.lengths, batch_size=BATCH, seed=1, epoch=epoch, shuffle=shuffle)

    def _answers(self, texts: Any, rows: np.ndarray) -> Any:
        from wordgraft.models.networks.batching import collate

        batch = collate(texts, rows)
        return self._network(batch.ids if self._plain else batch)

    def train(self, texts: Any, epoch: int) -> int:
        """Make an epoch over the texts, which have the first labels; returns how many they are."""
        import torch

        from wordgraft.models.training.row_optimizer import clip_gradients

        self._network.train()
        for rows in self._batches(texts, epoch):
            self._optimizer.zero_grad()
            target = torch.from_numpy(self._labels[rows])
            torch.nn.functional.cross_entropy(self._answers(texts, rows), target).backward()
            clip_gradients(self._network.parameters(), CLIP)
            self._optimizer.step()
        return len(texts)

    def predict(self, texts: Any) -> int:
        """Predict the texts; returns how many they are."""
        import torch

        self._network.eval()
        with torch.inference_mode():
            for rows in self._batches(texts, 0, shuffle=False):
                self._answers(texts, rows)
        return len(texts)


def _reviews(place: Workplace) -> tuple[Any, np.ndarray, np.ndarray, list[float]]:
    """Return indexed reviews, labels, a matrix of random vectors, and how long indexing took."""
    from wordgraft import Corpus
    from wordgraft.embeddings.encoding import encode
    from wordgraft.models.indexing import TextIndexer

    words, width, count = (2_000, 50, 400) if place.scale.quick else (50_000, 300, None)
    with gzip.open(data_file(REVIEWS), "rb") as file:
        records = [json.loads(line) for line in islice(file, count)]
    texts = [record["text"] for record in records]
    labels = np.array([record["label"] for record in records])
    vocabulary = encode(Corpus(texts), place.scratch / "encoded", min_count=1).vocabulary
    indexer = TextIndexer(vocabulary.words[:words])
    indexed, seconds = indexer(texts), []
    for _ in range(place.scale.repetitions):
        began = time.perf_counter()
        indexed = indexer(texts)
        seconds.append(time.perf_counter() - began)
    matrix = np.random.default_rng(1).normal(0, 0.3, (len(indexer), width)).astype(np.float32)
    return indexed.cut(LONGEST), labels, matrix, seconds


def _faster(name: str, speeds: dict[str, list[float]], ours: str, peer: str) -> Check:
    each = tuple(a / b for a, b in zip(speeds[ours], speeds[peer], strict=True))
    return Check(
        name=name,
        value=median(each),
        unit="x",
        target=2.0,
        ours=median(speeds[ours]),
        peer=median(speeds[peer]),
        sides="reviews/s",
        each=each,
    )


def _epochs(speeds: dict[str, list[float]]) -> Check:
    """An epoch tuned over one frozen: seconds, so the speeds the other way round."""
    tuned, frozen = speeds["tuned, training"], speeds["frozen, training"]
    each = tuple(b / a for a, b in zip(tuned, frozen, strict=True))
    return Check(
        name="epoch tuned over frozen",
        value=median(each),
        unit="x",
        target=1.2,
        at_least=False,
        ours=median(tuned),
        peer=median(frozen),
        sides="reviews/s",
        each=each,
    )
