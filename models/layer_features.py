"""What a fitted network sees of texts, layer by layer, as features for others to use."""

from __future__ import annotations

import copy
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..embeddings.errors import ConfigurationError
from .indexing import IndexedTexts
from .networks.batching import Batch
from .networks.network import TextNetwork
from .text_source import reading_batches

Layer = Literal["embedding", "encoder", "last"]
LAYERS: tuple[Layer, ...] = get_args(Layer)


@torch.no_grad()
def layer_features(
    network: TextNetwork,
    parts: IndexedTexts,
    owner: NDArray[np.int64],
    *,
    texts: int,
    layer: Layer = "last",
    below: int = 0,
) -> NDArray[np.float32]:
    """Return features of texts.

    * ``"embedding"``: the mean of the word vectors, as they are in the network: what is true of
      most tasks, and least of the network's own.
    * ``"encoder"``: mean and maximum of the states of a recurrent layer, the top one or one
      ``below``. Of a bag of words, whose states are its words, mean and maximum of those.
    * ``"last"``: what the head sees: most of the network's own task.

    Args:
        network: Fitted; left in evaluation mode.
        parts: n texts as they are read, cut.
        owner: int64[n], which text each is of; features of a text are the mean over its parts.
        texts: N.
        layer: As above.
        below: For "encoder": how many recurrent layers are left out from the top.

    Returns:
        float32[N, W]. A text without a known word has zeros.

    Raises:
        ConfigurationError: There is no such layer; says which there are.
    """
    read, width = _reader(network, layer, below)
    network.eval()
    device = next(network.parameters()).device
    sums = np.zeros((texts, width), np.float32)
    for rows, batch in reading_batches(parts):
        found = read(batch.to(device)).float().cpu().numpy()
        np.add.at(sums, owner[rows], found)
    counts = np.bincount(owner, minlength=texts)
    sums /= np.maximum(counts, 1)[:, None].astype(np.float32)
    filled = np.zeros(texts, np.bool_)
    filled[owner[~parts.empty]] = True
    sums[~filled] = 0.0
    return sums


def _reader(network: TextNetwork, layer: Layer, below: int) -> tuple[Any, int]:
    """Return what makes features of a batch, and how many numbers they have."""
    if layer not in LAYERS:
        raise ConfigurationError(
            f"layer: expected one of {', '.join(map(repr, LAYERS))}, found {layer!r}"
        )
    recurrent = len(getattr(network.encoder, "layers", ()))
    if below and (layer != "encoder" or not 0 < below < recurrent):
        raise ConfigurationError(
            f"below: expected 0, or for layer='encoder' up to {max(0, recurrent - 1)} (the network "
            f"has {recurrent} recurrent layer(s)), found {below!r} with layer={layer!r}"
        )
    if layer == "last":
        return network.features, network.pooling.size
    if layer == "embedding":

        def of_words(batch: Batch) -> Tensor:
            tokens = network.embedding(batch)
            return _means(tokens.spread(), tokens.layout.lengths)

        return of_words, network.embedding.weight.shape[1]
    encoder = network.encoder
    if below:
        encoder = copy.deepcopy(encoder)
        encoder.layers = encoder.layers[:-below]
    encoder.eval()

    def of_states(batch: Batch) -> Tensor:
        tokens = network.embedding(batch)
        states, lengths = encoder(tokens), tokens.layout.lengths
        return torch.cat([_means(states, lengths), _maxima(states, lengths)], 1)

    return of_states, 2 * encoder.size


def _means(states: Tensor, lengths: NDArray[np.int64]) -> Tensor:
    parts = states.split(lengths.tolist())
    return torch.stack([p.mean(0) if len(p) else p.new_zeros(p.shape[1]) for p in parts])


def _maxima(states: Tensor, lengths: NDArray[np.int64]) -> Tensor:
    parts = states.split(lengths.tolist())
    return torch.stack([p.max(0).values if len(p) else p.new_zeros(p.shape[1]) for p in parts])
