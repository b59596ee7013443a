"""What moves a module's weights by one batch, and what measures it on others."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from ...embeddings.errors import ConfigurationError
from .adversary import Adversary
from .batch_source import BatchSource
from .devices import memory_explained, seed_at
from .groups import Groups, hold_statistics, set_trainable
from .l2sp import L2SP
from .row_optimizer import clip_gradients
from .schedules import Stage
from .state import State

if TYPE_CHECKING:
    from accelerate import Accelerator

Loss = Callable[[Any, torch.Tensor], torch.Tensor]
"""What the module gave, and the target -> mean loss of the batch, float[]."""
Score = Callable[[Any, torch.Tensor], torch.Tensor]
"""What the module gave, and the target -> how right each example is, 0 to 1, float[B]."""
MakeOptimizer = Callable[
    [list[dict[str, Any]]], "torch.optim.Optimizer | Sequence[torch.optim.Optimizer]"
]
"""Parameter groups, each with "params", "lr" and "group" (its name) -> what moves them."""

_ADVICE = "Lower the batch size, or the most tokens of a text, or the size of the network"


@dataclass(frozen=True)
class Means:
    """What a module reached on a source.

    Attributes:
        loss: Mean over the examples.
        accuracy: Mean score; ``None`` where nothing scores.
        examples: How many there were.
    """

    loss: float
    accuracy: float | None
    examples: int


@dataclass(frozen=True)
class Step:
    """What one process's batch gave.

    Attributes:
        sums: float64[2], loss and score summed over the examples, where the module is.
        examples: B.
        tokens: Tokens in the batch.
    """

    sums: torch.Tensor
    examples: int
    tokens: int


class Learner:
    """Trains a module a batch at a time, in stages.

    Args:
        module: Moved to the accelerator's device, in place.
        groups: Its groups.
        stages: All there will be: parameters that learn in none of them are left alone.
        loss: Mean loss of a batch.
        score: Score of each example; ``None`` for none.
        optimizer: Makes what moves the parameters; ``None`` for Adam.
        anchor: A pull added to the gradients.
        adversary: Makes each batch be learnt a second time, with moved words.
        clip: Largest norm of a gradient; ``None`` for no limit.
        seed: Of the module's random draws.
        accelerator: Device, precision, processes.

    Raises:
        ConfigurationError: The optimiser isn't as agreed, or can't do with this precision.
    """

    def __init__(
        self,
        module: nn.Module,
        groups: Groups,
        stages: Sequence[Stage],
        *,
        loss: Loss,
        score: Score | None,
        optimizer: MakeOptimizer | None,
        anchor: L2SP | None,
        adversary: Adversary | None,
        clip: float | None,
        seed: int,
        accelerator: Accelerator,
    ) -> None:
        self.module, self.accelerator = module.to(accelerator.device), accelerator
        self.groups, self._loss, self._score = groups, loss, score
        self._anchor, self._adversary, self._clip, self._seed = anchor, adversary, clip, seed
        ever = {group.name for stage in stages for group in groups.chosen(stage.trainable)}
        moved = [group for group in groups if group.name in ever and group.parameters]
        self._moved = {name: p for group in moved for name, p in group.parameters.items()}
        self._wrapped: nn.Module = module
        module.zero_grad(set_to_none=True)
        made = (optimizer or adam)(
            [
                {"params": list(group.parameters.values()), "lr": 0.0, "group": group.name}
                for group in moved
            ]
        )
        bare = [made] if isinstance(made, torch.optim.Optimizer) else list(made)
        self._check(bare)
        self.optimizers = bare
        # accelerate's optimisers look for a package on the disk at every step: only where a scaler
        # of gradients needs them.
        scaled = accelerator.scaler is not None
        self._steps = [accelerator.prepare_optimizer(each) for each in bare] if scaled else bare

    def _check(self, optimizers: Sequence[torch.optim.Optimizer]) -> None:
        """Raise unless the optimisers move each parameter once, in groups that say their name."""
        of = {id(p): group.name for group in self.groups for p in group.parameters.values()}
        options = [each for optimizer in optimizers for each in optimizer.param_groups]
        moved = [id(p) for each in options for p in each["params"]]
        problems: list[str] = []
        if sorted(moved) != sorted(id(p) for p in self._moved.values()):
            problems.append("optimizer: expected each parameter it was given once, found others")
        if any(each.get("group") != of.get(id(p)) for each in options for p in each["params"]):
            problems.append('optimizer: its parameter groups must keep the "group" they came with')
        if len(optimizers) > 1 and self.accelerator.mixed_precision == "fp16":
            problems.append(
                'several optimizers contradict precision="fp16": give one, or precision="bf16"'
            )
        if problems:
            raise ConfigurationError(*problems)

    @property
    def scores(self) -> bool:
        """Whether examples are scored."""
        return self._score is not None

    @property
    def weights(self) -> dict[str, torch.Tensor]:
        """What training moves, live: parameters that learn in some stage, and buffers."""
        kept = self.module.state_dict(keep_vars=True)
        buffers = {name: b for name, b in self.module.named_buffers() if name in kept}
        return {**self._moved, **buffers}

    def state(self, best: dict[str, torch.Tensor]) -> State:
        """Return all that a checkpoint keeps, live, the best weights so far among it."""
        return State(self.weights, best, self.optimizers, self.accelerator.scaler)

    def copy(self) -> dict[str, torch.Tensor]:
        """Return a copy of the weights, on the CPU."""
        return {n: w.detach().to("cpu", copy=True) for n, w in self.weights.items()}

    @torch.no_grad()
    def put(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Put a copy of the weights back."""
        for name, tensor in self.weights.items():
            tensor.copy_(weights[name])

    def recorded(self) -> dict[str, Any]:
        """Return what a resumed run must have in common with the one it resumes, JSON-able."""
        hidden = ("params", "lr", "initial_lr")
        optimizers = [
            {
                "kind": type(each).__name__,
                "options": [
                    {name: repr(value) for name, value in group.items() if name not in hidden}
                    for group in each.param_groups
                ],
            }
            for each in self.optimizers
        ]
        return {
            "weights": {name: list(weight.shape) for name, weight in self.weights.items()},
            "groups": {group.name: list(group.parameters) for group in self.groups},
            "optimizers": optimizers,
            "precision": self.accelerator.mixed_precision,
            "processes": self.accelerator.num_processes,
        }

    @contextmanager
    def training(self, stage: Stage) -> Generator[None]:
        """Let the groups of a stage learn while the block runs.

        Processes agree on what learns when a module is wrapped, so it is wrapped for each stage.
        """
        set_trainable(self.groups, stage.trainable)
        own = self.module.__dict__.get("forward")
        self._wrapped = self.accelerator.prepare_model(self.module)
        try:
            yield
        finally:
            self.accelerator.unwrap_model(self._wrapped, keep_fp32_wrapper=False)
            self.module.__dict__.pop("forward", None)  # what casts to the precision
            if own is not None:
                self.module.forward = own
            self._wrapped = self.module

    def step(
        self, batch: tuple[Any, torch.Tensor], *, rates: Mapping[str, float], place: Sequence[int]
    ) -> Step:
        """Learn from one batch.

        Args:
            batch: Inputs and target, on any device.
            rates: Name of each group that learns -> its rate.
            place: Where in the run this is; random draws depend on it and the seed alone.

        Raises:
            MemoryExhaustedError: The batch is too large.
            ConfigurationError: The loss isn't one number.
        """
        rank = self.accelerator.process_index
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rates.get(group["group"], 0.0) * group.get("scale", 1.0)
        seed_at(self.accelerator.device, self._seed, *place, rank)
        with memory_explained(len(batch[1]), _ADVICE):
            step = self._sums(self._wrapped, batch, backward=True)
            if self._adversary is not None and self._adversary.active:
                with self._adversary.moved(step.tokens):
                    self._sums(self._wrapped, batch, backward=True)
            self._correct_gradients()
            for optimizer in self._steps:
                optimizer.step()
                optimizer.zero_grad()
        return step

    def begin_epoch(self) -> None:
        """Put the module in training mode, but for frozen running statistics."""
        self._wrapped.train()
        hold_statistics(self.module)

    def _correct_gradients(self) -> None:
        if self._anchor is None and self._clip is None:
            return
        self.accelerator.unscale_gradients()
        if self._anchor is not None:
            self._anchor.add_gradients()
        if self._clip is not None:
            clip_gradients(self._moved.values(), self._clip)

    def _sums(self, module: nn.Module, batch: tuple[Any, torch.Tensor], *, backward: bool) -> Step:
        """Pass a batch through the module, and back."""
        from accelerate.utils import send_to_device

        inputs, target = send_to_device(batch, self.accelerator.device)
        output = module(inputs)
        loss = self._loss(output, target)
        if loss.ndim:
            raise ConfigurationError(
                f"loss: expected the mean over the batch, one number; found {list(loss.shape)}"
            )
        if backward:
            self.accelerator.backward(loss)
        exact = torch.float32 if loss.device.type == "mps" else torch.float64
        with torch.no_grad():
            sums = [loss.detach().to(exact) * len(target)]
            sums += [] if self._score is None else [self._score(output, target).to(exact).sum()]
        examples = len(target)
        return Step(torch.stack(sums), examples, tokens_of(inputs, examples))

    @torch.no_grad()
    def evaluate(self, source: BatchSource) -> Means:
        """Measure the module on epoch 0 of a source, in evaluation mode, by all processes.

        The module is left in evaluation mode.
        """
        self.module.eval()
        rank, processes = self.accelerator.process_index, self.accelerator.num_processes
        total = torch.zeros(3, dtype=torch.float64)
        for batch in _every(source.epoch(0), rank, processes):
            with memory_explained(len(batch[1]), _ADVICE):
                step = self._sums(self.module, batch, backward=False)
            total[: len(step.sums)] += step.sums.cpu().double()
            total[2] += step.examples
        loss, score, examples = self.over_all(total).tolist()
        count = max(1.0, examples)
        accuracy = None if self._score is None else score / count
        return Means(loss / count, accuracy, int(examples))

    def over_all(self, sums: torch.Tensor) -> torch.Tensor:
        """Return the sums over all processes, on the CPU."""
        if self.accelerator.num_processes == 1:
            return sums.cpu()
        there: Any = self.accelerator.reduce(sums.to(self.accelerator.device), "sum")
        return there.cpu()


def _every(batches: Iterable[Any], rank: int, processes: int) -> Iterator[Any]:
    """Give the batches of one of several processes, each batch to one only."""
    if isinstance(batches, Sequence):
        return (batches[turn] for turn in range(rank, len(batches), processes))
    return islice(batches, rank, None, processes)


def adam(groups: list[dict[str, Any]]) -> torch.optim.Optimizer:
    """Return Adam over parameter groups."""
    return torch.optim.Adam(groups)


def tokens_of(inputs: Any, examples: int) -> int:
    """Return how many tokens a batch has: what it says itself, or one for each example."""
    return int(getattr(inputs, "tokens", examples))


def shared(batches: Iterable[Any], *, rank: int, processes: int, start: int = 0) -> Iterator[Any]:
    """Give the batches of one of several processes, as many to each.

    Args:
        batches: Of an epoch, the same in all processes.
        rank: The process, from 0.
        processes: How many there are.
        start: Turns to leave out: those done before a run was resumed.

    Returns:
        Every ``processes``-th one from ``rank``. Where the last round isn't full, the epoch's first
        ones are taken once more.
    """
    if isinstance(batches, Sequence):
        for turn in range(start, -(-len(batches) // processes)):
            yield batches[(turn * processes + rank) % len(batches)]
        return
    first: list[Any] = []
    turn = at = 0
    mine: Any = None
    for batch in batches:
        if len(first) < processes - 1:
            first.append(batch)
        if at == rank:
            mine = batch
        at += 1
        if at == processes:
            if turn >= start:
                yield mine
            turn, at = turn + 1, 0
    if at and turn >= start:
        yield mine if rank < at else first[(rank - at) % len(first)]
