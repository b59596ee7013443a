"""Ways of adapting by name, from none to all: what reverse validation chooses from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .chain import DomainChain, DomainUnion, Named
from .counts import DomainTfidf
from .denoising import MarginalizedDenoising
from .metric import DomainMetric
from .moments import CORAL, DomainScaler
from .network import DomainAdversarial
from .pipeline import AdaptedClassifier
from .pivots import StructuralCorrespondence
from .self_training import SelfTraining
from .subspace import SubspaceAlignment
from .weights import ImportanceWeighting

NONE = "none"
"""Name of the way that adapts nothing."""
VECTORS = "vectors"
"""Name of the way whose vectors went on learning, and which adapts nothing else."""
AUTO = "auto"
"""Name of the choice by reverse validation."""
NOISE = 0.95
AXES, METRIC_AXES = 400, 100


def denoised() -> DomainUnion:
    """Return rows beside what a denoising map restores of them, centred in each domain."""
    layer = MarginalizedDenoising(noise=NOISE, keep_input=False)
    center = DomainScaler(scale=False)
    return DomainUnion(
        [("rows", DomainScaler(center=False, scale=False)),
         ("restored", DomainChain([("denoise", layer), ("center", center)]))]
    )  # fmt: skip


def count_candidates(*, seed: int = 0) -> dict[str, AdaptedClassifier]:
    """Return ways of adapting for counts of words, each from counts to classes.

    Args:
        seed: Of whatever draws.
    """
    return {NONE: AdaptedClassifier([("tfidf", DomainTfidf(idf="source"))])} | _on(
        [("tfidf", DomainTfidf())], seed=seed, sparse=True
    )


def row_candidates(*, seed: int = 0) -> dict[str, AdaptedClassifier]:
    """Return ways of adapting for rows of numbers, such as document vectors.

    Args:
        seed: Of whatever draws.
    """
    return {NONE: AdaptedClassifier()} | _on([], seed=seed, sparse=False)


def _on(first: Sequence[Named], *, seed: int, sparse: bool) -> dict[str, AdaptedClassifier]:
    """Return the ways that begin with some steps."""

    def way(*steps: Named, classifier: Any = None) -> AdaptedClassifier:
        return AdaptedClassifier([*first, *steps], classifier)

    found = {"idf": way()} if first else {}
    found |= {
        "standardise": way(("scale", _sized(DomainScaler()))),
        "coral": way(("coral", CORAL())),
        "subspace": way(("axes", _sized(SubspaceAlignment(n_components=AXES)))),
        "metric": way(
            ("axes", SubspaceAlignment(n_components=METRIC_AXES)),
            ("metric", DomainMetric(seed=seed)),
        ),
        "weights": way(classifier=ImportanceWeighting(seed=seed)),
        "self-training": way(classifier=SelfTraining()),
        "adversarial": way(classifier=DomainAdversarial(seed=seed)),
    }
    if sparse:
        found |= {
            "pivots": way(("pivots", StructuralCorrespondence())),
            "denoise": way(("denoise", denoised())),
            "denoise+self-training": way(("denoise", denoised()), classifier=SelfTraining()),
            "denoise+adversarial": way(
                ("denoise", denoised()), classifier=DomainAdversarial(seed=seed)
            ),
        }
    return found


def _sized(step: Any) -> DomainUnion:
    """Return a step whose rows are about as long as those of the others, for one classifier."""
    return DomainUnion([("own", step)])
