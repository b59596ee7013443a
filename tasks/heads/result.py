"""What heads on kept features are worth, for JSON, terminal and page."""

from __future__ import annotations

from dataclasses import dataclass

from ...models.scores import Interval
from ..pages.gains import Gain


@dataclass(frozen=True)
class Features:
    """Where the features of a model came from.

    Attributes:
        numbers: How many a text has.
        computed: Texts of which they were computed now.
        kept: Texts of which they were read from the cache.
        seconds: Time of both.
    """

    numbers: int
    computed: int
    kept: int
    seconds: float

    def __str__(self) -> str:
        if not self.computed:
            return "read"
        return "computed" if not self.kept else f"{self.kept:,} read, {self.computed:,} computed"


@dataclass(frozen=True)
class HeadScore:
    """One head, or the mean of all.

    Attributes:
        name: Name of its model, with the layer where there are several of one model.
        kind: Class of the model; empty for the mean.
        layer: Which features; empty for the mean.
        features: Where they came from; ``None`` for the mean.
        accuracy: With its 95% interval (Wilson).
        gain: How much it is ahead of TF-IDF and logistic regression.
        seconds: Time of fitting the head once, without features.
    """

    name: str
    kind: str
    layer: str
    features: Features | None
    accuracy: Interval
    gain: Gain
    seconds: float


@dataclass(frozen=True)
class HeadsResult:
    """What was found.

    Attributes:
        source: Name of the labelled texts.
        test: Name of the texts tested on.
        classes: Names of the classes.
        texts: Labelled texts.
        test_texts: How many were tested on.
        folds: Parts of the labelled texts, each tested on by heads that learnt from the others;
            ``None`` where other texts were named.
        heads: One a model and layer.
        average: Of all of them; ``None`` for a single one.
        words: Accuracy of TF-IDF and logistic regression: no transfer.
        words_seconds: Time of fitting them once.
        cache: Folder of the features.
        reading: What was found while reading.
        notes: What a person should know.
        seconds: Time of everything.
        saved: Folder that the heads were written to; ``None`` where they weren't.
    """

    source: str
    test: str
    classes: tuple[str, ...]
    texts: int
    test_texts: int
    folds: int | None
    heads: tuple[HeadScore, ...]
    average: HeadScore | None
    words: Interval
    words_seconds: float
    cache: str
    reading: str
    notes: tuple[str, ...]
    seconds: float
    saved: str | None

    @property
    def all(self) -> tuple[HeadScore, ...]:
        """The heads, and their mean where there are several."""
        return self.heads if self.average is None else (*self.heads, self.average)
