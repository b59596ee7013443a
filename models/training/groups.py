"""A network as ordered groups of parameters, lowest first, and which of them learn.

Transfer needs to say "the classifier" and "what lies below it" of any network. A group is a named
list of parameters; their order runs from the input (the featuriser's first layer) to the output
(the classifier).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from torch import nn
from torch.nn.modules.batchnorm import _NormBase  # pyright: ignore[reportPrivateUsage]

from ...embeddings.errors import ConfigurationError

Trainable = str | int | Sequence[str]
"""Which groups learn: "all", "head" (the topmost), the n topmost, or names of groups."""


@dataclass(frozen=True, eq=False)
class Group:
    """Parameters that are frozen together and share a learning rate.

    Attributes:
        name: What errors and histories call it.
        parameters: Name in the module -> parameter; only those that may ever learn.
    """

    name: str
    parameters: dict[str, nn.Parameter] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Groups:
    """The groups of a module, lowest first; see :meth:`of`.

    Attributes:
        module: The module they were made from.
        groups: At least one; no parameter stands in two of them.
    """

    module: nn.Module = field(repr=False)
    groups: tuple[Group, ...]

    @classmethod
    def of(
        cls,
        module: nn.Module,
        split: Sequence[str | Sequence[str]] | None = None,
        *,
        thaw: bool = False,
    ) -> Groups:
        """Split a module.

        Args:
            module: Any. It is not changed.
            split: One entry a group, lowest first: the name of a submodule or parameter
                (``"features.0"``), or several names that belong together. A group is called after
                its first name. ``None`` asks ``module.groups()`` for a list of (name, parameters)
                pairs where there is such a method, and takes the module's children in their order
                where there is none.
            thaw: Parameters that have ``requires_grad=False`` now are meant to stay as they are,
                and are left out of the groups; ``True`` takes them in, for a module that somebody
                froze only for the time being.

        Raises:
            ConfigurationError: A name fits nothing, or parameters stand in no group or in two:
                all of it in one error.
        """
        named = dict(module.named_parameters())
        split_up = _by_children(module) if split is None else _by_names(named, split)
        _check(named, split_up)
        groups = tuple(
            Group(name, {n: named[n] for n in names if thaw or named[n].requires_grad})
            for name, names in split_up
        )
        return cls(module, groups)

    @property
    def names(self) -> tuple[str, ...]:
        """The groups' names, lowest first."""
        return tuple(group.name for group in self.groups)

    def __len__(self) -> int:
        return len(self.groups)

    def __iter__(self) -> Iterator[Group]:
        return iter(self.groups)

    def chosen(self, trainable: Trainable) -> tuple[Group, ...]:
        """Return the groups that ``trainable`` means, lowest first.

        Raises:
            ConfigurationError: It names no group, or is a number below 1 or above theirs.
        """
        if isinstance(trainable, int) and not isinstance(trainable, bool):
            if not 1 <= trainable <= len(self):
                raise ConfigurationError(
                    f"trainable: expected a number of groups from 1 to {len(self)}, found "
                    f"{trainable}"
                )
            return self.groups[-trainable:]
        if trainable == "all":
            return self.groups
        if trainable == "head":
            return self.groups[-1:]
        names = trainable if isinstance(trainable, Sequence) else []
        wanted = [names] if isinstance(names, str) else list(names)
        unknown = [name for name in wanted if name not in self.names]
        if unknown or not wanted:
            raise ConfigurationError(
                'trainable: expected "all", "head", a number of groups, or names among '
                f"{', '.join(map(repr, self.names))}; found {trainable!r}"
            )
        return tuple(group for group in self.groups if group.name in wanted)


def set_trainable(groups: Groups, trainable: Trainable) -> None:
    """Let the chosen groups learn, and freeze the others (``requires_grad``, in place).

    Args:
        groups: Of the module to change. Parameters in no group are left alone.
        trainable: Which learn.

    Raises:
        ConfigurationError: As :meth:`Groups.chosen`.
    """
    chosen = {group.name for group in groups.chosen(trainable)}
    for group in groups:
        for parameter in group.parameters.values():
            parameter.requires_grad_(group.name in chosen)
            if group.name not in chosen:
                parameter.grad = None  # nothing left over may move it


def freeze_to(groups: Groups, number: int) -> None:
    """Freeze the groups below number ``number`` and let the others learn, in place.

    Args:
        groups: Of the module to change.
        number: The lowest group that learns, from 0; negative counts from the top, so that ``-1``
            leaves only the classifier, ``-2`` one more, and 0 lets all learn (as in fastai).

    Raises:
        ConfigurationError: There is no such group.
    """
    if not -len(groups) <= number < len(groups):
        raise ConfigurationError(
            f"number: expected a group from {-len(groups)} to {len(groups) - 1}, found {number}"
        )
    set_trainable(groups, len(groups) - number % len(groups))


def hold_statistics(module: nn.Module) -> None:
    """Keep frozen batch normalisation from moving: its running statistics count as frozen, too.

    In training mode such a layer would measure every batch anew, and so change a frozen featuriser
    under the classifier that is being fitted to it. Call after ``module.train()``. A layer without
    parameters of its own goes by the smallest module round it that has some.

    Args:
        module: Its layers are put in evaluation mode where they are frozen; in place.
    """
    _hold(module, module)


def _hold(module: nn.Module, nearest: nn.Module) -> None:
    if next(module.parameters(), None) is not None:
        nearest = module
    if isinstance(module, _NormBase) and not any(p.requires_grad for p in nearest.parameters()):
        module.eval()
    for child in module.children():
        _hold(child, nearest)


_Split = list[tuple[str, list[str]]]


def _by_children(module: nn.Module) -> _Split:
    """Return the groups a module has by itself: (name, names of parameters)."""
    own: Callable[[], Sequence[tuple[str, Sequence[nn.Parameter]]]] | None
    own = getattr(module, "groups", None)
    named = dict(module.named_parameters())
    if callable(own):
        names = {id(parameter): name for name, parameter in named.items()}
        return [(name, [names[id(p)] for p in parameters]) for name, parameters in own()]
    tops = list(dict.fromkeys(name.split(".")[0] for name in named))
    return [(top, [n for n in named if n.split(".")[0] == top]) for top in tops]


def _by_names(named: dict[str, nn.Parameter], split: Sequence[str | Sequence[str]]) -> _Split:
    if isinstance(split, str):
        raise ConfigurationError(f"split: expected a list of names, found {split!r}")
    groups: _Split = []
    unknown: list[str] = []
    for entry in split:
        prefixes = [entry] if isinstance(entry, str) else list(entry)
        fits = {p: [n for n in named if n == p or n.startswith(f"{p}.")] for p in prefixes}
        unknown += [prefix for prefix, names in fits.items() if not names]
        if prefixes:
            groups.append((prefixes[0], [name for names in fits.values() for name in names]))
    if unknown:
        tops = dict.fromkeys(name.rpartition(".")[0] or name for name in named)
        raise ConfigurationError(
            *(f"split: no parameter is called {name!r} or lies in it" for name in unknown),
            f"names are, for example, {', '.join(map(repr, list(tops)[:8]))}",
        )
    return groups


def _check(named: dict[str, nn.Parameter], groups: _Split) -> None:
    """Raise unless every parameter stands in exactly one of at least one group."""
    seen: dict[str, str] = {}
    problems: list[str] = []
    for group, names in groups:
        for name in names:
            if name in seen:
                problems.append(f"parameter {name!r} is in the groups {seen[name]!r} and {group!r}")
            seen[name] = group
    left = [name for name in named if name not in seen]
    if left:
        more = f" and {len(left) - 5} more" if len(left) > 5 else ""
        problems.append(f"in no group: {', '.join(map(repr, left[:5]))}{more}")
    titles = [group for group, _ in groups]
    problems += [
        f"two groups are called {t!r}" for t in dict.fromkeys(titles) if titles.count(t) > 1
    ]
    problems += [
        f"{title!r} means {meaning} and can't be the name of another group"
        for title, meaning, others in (
            ("all", "all groups", titles),
            ("head", "the top", titles[:-1]),
        )
        if title in others
    ]
    if not named:
        problems.append("the module has no parameters")
    if problems:
        raise ConfigurationError(*problems)
