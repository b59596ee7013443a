"""Words in, classes out: embedding, encoder, pooling and head as one module."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ...embeddings.errors import ConfigurationError
from .batching import Batch
from .embedding import EmbeddingLayer
from .encoders import BagEncoder, RecurrentEncoder
from .pooling import Pooling, parse_pooling
from .ragged import TokenVectors

ENCODERS = ("rnn", "lstm", "gru", "bag")


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """The shape of a network, checked whole; JSON-able by :meth:`as_dict`.

    Attributes:
        encoder: One of :data:`ENCODERS`; ``"bag"`` reads words in no order, the baseline.
        hidden: Numbers in the state of one direction.
        layers: Recurrent layers.
        bidirectional: Whether texts are also read from the end.
        pooling: See :class:`.Pooling`.
        embedding_dropout: Share of the numbers of word vectors set to zero when training, the same
            ones wherever a word stands in a batch.
        layer_dropout: Likewise between layers, number by number.
        head_dropout: Likewise before the head.
    """

    encoder: str = "gru"
    hidden: int = 96
    layers: int = 1
    bidirectional: bool = True
    pooling: str = "max+mean+attention"
    embedding_dropout: float = 0.3
    layer_dropout: float = 0.3
    head_dropout: float = 0.3

    def __post_init__(self) -> None:
        if problems := self.problems():
            raise ConfigurationError(*problems)

    def problems(self) -> list[str]:
        """Return one sentence for each mistake."""
        problems: list[str] = []
        if self.encoder not in ENCODERS:
            problems.append(
                f"encoder: expected one of {', '.join(ENCODERS)}, found {self.encoder!r}"
            )
        for name, high in (("hidden", 16_384), ("layers", 64)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= high:
                problems.append(
                    f"{name}: expected a whole number from 1 to {high}, found {value!r}"
                )
        for name in ("embedding_dropout", "layer_dropout", "head_dropout"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
                problems.append(f"{name}: expected a share from 0 to below 1, found {value!r}")
        if not isinstance(self.bidirectional, bool):
            problems.append(f"bidirectional: expected True or False, found {self.bidirectional!r}")
        try:
            kinds = parse_pooling(self.pooling)
        except ConfigurationError as error:
            problems.extend(error.problems)
        else:
            if self.encoder == "bag" and "last" in kinds:
                problems.append('pooling: "last" contradicts encoder="bag", which has no order')
        return problems

    def as_dict(self) -> dict[str, Any]:
        """Return the settings by name."""
        return asdict(self)


class TextNetwork(nn.Module):
    """Reads the texts of a batch and answers with one row of numbers for each.

    Args:
        matrix: float32[V, D], rows as :class:`.TextIndexer` numbers them; copied.
        outputs: C, numbers in an answer: classes, labels, or 1.
        settings: Its shape.
        rows: Rows of the matrix that may learn; ``None`` for all.
        seed: Of the weights drawn.

    Attributes:
        embedding: :class:`.EmbeddingLayer`.
        encoder: :class:`.RecurrentEncoder` or :class:`.BagEncoder`.
        pooling: :class:`.Pooling`.
        head: ``nn.Linear``.
    """

    def __init__(
        self,
        matrix: Any,
        outputs: int,
        settings: NetworkSettings | None = None,
        *,
        rows: Any = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if outputs < 1:
            raise ConfigurationError(f"outputs: expected at least 1, found {outputs}")
        self.settings = shape = settings or NetworkSettings()
        self.embedding = EmbeddingLayer(matrix, rows=rows)
        inputs = self.embedding.weight.shape[1]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            if shape.encoder == "bag":
                self.encoder: Any = BagEncoder(inputs)
            else:
                self.encoder = RecurrentEncoder(
                    shape.encoder,  # type: ignore[arg-type]
                    inputs,
                    hidden=shape.hidden,
                    layers=shape.layers,
                    bidirectional=shape.bidirectional,
                    dropout=shape.layer_dropout,
                )
            directions = self.encoder.directions
            self.pooling = Pooling(shape.pooling, self.encoder.size, directions=directions)
            self.head = nn.Linear(self.pooling.size, outputs)
        self.embedding_dropout = nn.Dropout(shape.embedding_dropout)
        self.head_dropout = nn.Dropout(shape.head_dropout)

    def forward(self, batch: Batch) -> Tensor:
        """Return float32[B, C]: logits of classes, or whatever the loss makes of them.

        The row of a text is the same in any company: it depends on nothing else in the batch.
        """
        return self.head(self.head_dropout(self.features(batch)))

    def features(self, batch: Batch) -> Tensor:
        """Return float32[B, P], what the head sees of each text."""
        tokens = self.embedding(batch)
        return self.pooling(self._states(tokens), tokens.layout)

    def attention(self, batch: Batch) -> list[Tensor]:
        """Return for each text float32[L], how much attention each token gets; 1 in sum.

        Raises:
            ConfigurationError: There is no attention in the pooling.
        """
        tokens = self.embedding(batch)
        return self.pooling.weights(self._states(tokens), tokens.layout)

    def contributions(self, batch: Batch, output: Tensor) -> list[Tensor]:
        """Return for each text float32[L], what each token adds to an answer, to first order.

        The inner product of the token's vector with the gradient of the answer ("gradient times
        input"): positive for words that speak for it. Changes no gradient that is being gathered.

        Args:
            batch: Texts.
            output: int64[B], which number of each answer is explained.
        """
        spread = self.embedding(batch)
        each = spread.spread().detach().requires_grad_(True)
        own = torch.arange(len(each))
        with torch.enable_grad():
            tokens = TokenVectors(each, own, spread.layout)
            pooled = self.pooling(self._states(tokens), tokens.layout)
            answers = self.head(self.head_dropout(pooled))
            chosen = answers.gather(1, output.to(answers.device)[:, None]).sum()
            (gradient,) = torch.autograd.grad(chosen, each)
        sums = (each.detach() * gradient).sum(1)
        return list(sums.split(spread.layout.lengths.tolist()))

    def groups(self) -> list[tuple[str, list[nn.Parameter]]]:
        """Return the parameters in groups, from the embedding at the bottom to the head.

        ``embedding``, ``encoder.0`` and so on for each recurrent layer, ``pooling`` where it has
        parameters, ``head``: the order in which schedules unfreeze from the last to the first.
        """
        layers = getattr(self.encoder, "layers", ())
        found = [
            ("embedding", [self.embedding.weight]),
            *((f"encoder.{n}", list(layer.parameters())) for n, layer in enumerate(layers)),
            ("pooling", list(self.pooling.parameters())),
            ("head", list(self.head.parameters())),
        ]
        return [(name, parameters) for name, parameters in found if parameters]

    def _states(self, tokens: TokenVectors) -> Tensor:
        dropped = self.embedding_dropout(tokens.vectors)
        return self.encoder(TokenVectors(dropped, tokens.index, tokens.layout))
