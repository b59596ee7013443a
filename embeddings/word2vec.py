"""``Word2Vec``: word vectors from a corpus."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import numpy as np

from .checkpoint import Checkpoint, Mark
from .continuation import contradictions, corpus_for, tokenizer_after
from .corpus import Corpus, as_corpus
from .encoded import EncodedCorpus
from .encoding import EncodingProgress, encode
from .errors import ConfigurationError, NotTrainedError, TrainingInterrupted, VectorFormatError
from .learnt import Learnt
from .lookup import read_only
from .progress import EpochRecord, TrainingProgress
from .runs import Keeping, train
from .settings import Settings
from .vectors import Neighbour, WordVectors
from .vocabulary import Vocabulary

__all__ = ["EpochRecord", "TrainingProgress", "Word2Vec"]


class Word2Vec:
    """Learn word vectors by predicting words from their neighbours.

    The objective is word2vec's; the work is done as small matrix products over chunks of text (see
    ``docs/training.md``). Equal settings, corpus, ``workers=1`` and machine give equal bytes;
    ``deterministic=True`` gives equal bytes for any number of workers.

    Args:
        vector_size: Length D of each vector.
        window: Largest distance between a word and its context; each position draws its own from 1
            to this.
        min_count: Rarer words are dropped from the text.
        negative: Noise words that each pair is set against (``loss="ns"``).
        sample: Words with a larger share of the text are thinned; 0 keeps all.
        epochs: Passes over the text.
        model: "skipgram" predicts the contexts from the word; "cbow" the word from the mean of its
            contexts, with the step shared among them as the gradient demands.
        loss: "ns", negative sampling, or "hs", hierarchical softmax.
        alpha: Learning rate at the start; ``None`` is 0.025 for skip-gram and 0.075 for CBOW, whose
            step is shared.
        min_alpha: Learning rate at the end; it falls linearly.
        ns_exponent: Noise words are drawn by frequency to this power.
        max_vocab_size: Bound on the number of words known while reading; the rarest are forgotten.
        workers: Threads; ``None`` takes all cores.
        seed: Start of every random draw.
        deterministic: Train in step. Hierarchical softmax then uses one worker.

    Attributes:
        vectors_: WordVectors float32[V, D], most frequent word first.
        vocabulary_: Vocabulary, words and counts.
        history_: One EpochRecord per epoch of the last ``fit``.

    Source: Mikolov et al. 2013, arXiv:1301.3781 and arXiv:1310.4546; CBOW as corrected by Irsoy,
    Benton & Stratos 2021, insights-1.1.

    Example:
        >>> model = Word2Vec(vector_size=16, min_count=1, sample=0, epochs=2, seed=1)
        >>> vectors = model.fit([["thou", "shalt", "not"]] * 50).vectors_
        >>> len(vectors), vectors.vector_size
        (3, 16)
    """

    _settings: ClassVar[type[Settings]] = Settings

    def __init__(
        self,
        vector_size: int = 100,
        window: int = 5,
        min_count: int = 5,
        *,
        negative: int = 5,
        sample: float = 1e-3,
        epochs: int = 5,
        model: str = "skipgram",
        loss: str = "ns",
        alpha: float | None = None,
        min_alpha: float = 1e-4,
        ns_exponent: float = 0.75,
        max_vocab_size: int | None = None,
        workers: int | None = None,
        seed: int = 1,
        deterministic: bool = False,
    ) -> None:
        self.vector_size = vector_size
        self.window = window
        self.min_count = min_count
        self.negative = negative
        self.sample = sample
        self.epochs = epochs
        self.model = model
        self.loss = loss
        self.alpha = alpha
        self.min_alpha = min_alpha
        self.ns_exponent = ns_exponent
        self.max_vocab_size = max_vocab_size
        self.workers = workers
        self.seed = seed
        self.deterministic = deterministic
        self._learnt: Learnt | None = None

    def __repr__(self) -> str:
        words = "" if self._learnt is None else f", {len(self._learnt.vocabulary)} words"
        how = f"model={self.model!r}, loss={self.loss!r}, vector_size={self.vector_size}"
        return f"{type(self).__name__}({how}{words})"

    # What was learnt

    @property
    def vectors_(self) -> WordVectors:
        """The word vectors."""
        return self._result().vectors

    @property
    def vocabulary_(self) -> Vocabulary:
        """The words and how often each was seen, all corpora together."""
        return self._result().vocabulary

    @property
    def context_(self) -> np.ndarray:
        """Output vectors, float32[V, D], read-only: of words as contexts, or of a tree's nodes.

        :func:`~.contexts.add_contexts` makes word vectors of both.
        """
        return read_only(self._result().context)

    @property
    def history_(self) -> list[EpochRecord]:
        """The epochs of the last ``fit``; of a loaded model, those it was saved with."""
        return list(self._result().history)

    def _result(self) -> Learnt:
        if self._learnt is None:
            raise NotTrainedError("nothing learnt yet: call fit first")
        return self._learnt

    def predict_center(self, context: Sequence[str], *, topn: int = 10) -> list[Neighbour]:
        """Return the words most likely to stand amid ``context``, with their probability.

        Under hierarchical softmax these are the model's own probabilities, of CBOW for any context,
        of skip-gram for a context of one word (more are taken by their mean). Under negative
        sampling they rank well but are not calibrated: that objective learns only how much likelier
        than noise a word is; see ``docs/training.md``.

        Args:
            context: One word or more, in any order.
            topn: How many words to return, at least 1.

        Returns:
            (word, probability), most likely first. Over the whole vocabulary they sum to 1.

        Raises:
            UnknownWordError: A word of the context has no vector; names close ones.

        Example:
            After the King James Bible, ``predict_center(["thou", "shalt"])`` puts "not" first.
        """
        if isinstance(context, str):
            raise TypeError(f"expected a list of words, found the text {context!r}: split it first")
        words = list(context)
        if not words or topn < 1:
            raise ConfigurationError(
                "expected one word of context or more and topn of 1 or more, found "
                f"{words} and {topn}"
            )
        learnt = self._result()
        logarithms = learnt.centre_log_probabilities(words)
        best = np.argsort(-logarithms, kind="stable")[:topn]
        return [
            Neighbour(learnt.vocabulary.words[i], float(np.exp(logarithms[i])))
            for i in best.tolist()
        ]

    # Keeping

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one native file: vectors, output vectors, counts, tokeniser, settings, history.

        Raises:
            NotTrainedError: There is nothing to save yet.
            OutputError: The file can't be written; an older one of that name is still whole.
        """
        self._result().save(path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Open a model written by :meth:`save`, ready to predict and to train on.

        Raises:
            VectorFormatError: The file is damaged, holds vectors alone, or was written by a class
                that trains otherwise.
        """
        learnt = Learnt.load(path)
        if type(learnt.settings) is not cls._settings:
            raise VectorFormatError(
                f"the model was trained by another class (algorithm {learnt.settings.algorithm!r})",
                path=path,
                hint="FastText.load opens what was trained with n-grams, Word2Vec.load the rest",
            )
        model = cls(**learnt.settings.as_dict())
        model._learnt = learnt
        return model

    # Training

    def fit(
        self,
        corpus: Any,
        *,
        continue_training: bool = False,
        train_only: str = "all",
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: float | None = None,
        resume: bool = False,
        progress: Callable[[TrainingProgress], None] | None = None,
        encoding_progress: Callable[[EncodingProgress], None] | None = None,
    ) -> Self:
        """Read the corpus once, learn its words, train.

        Args:
            corpus: A Corpus, or what one is made of: a path, a data set, texts, token lists, a
                generator. When training goes on, the tokeniser of the model is used.
            continue_training: Keep what was learnt: words known stay, whatever their count, new
                ones that reach ``min_count`` join. The learning rate starts again.
            train_only: "new" leaves the rows of the words already known untouched.
            checkpoint: Folder for the encoded corpus and checkpoints of this run, in place of those
                of another one; kept afterwards. Without it, a temporary folder is used and nothing
                can be resumed.
            checkpoint_every: Seconds between checkpoints; ``None`` writes one only on an interrupt.
            resume: Go on from where an interrupted or killed run with the same corpus and settings
                was. Files are known by size and time; text in memory is read again and compared; of
                a generator or standard input there is no telling.
            progress: Called about five times a second, in the calling thread.
            encoding_progress: Likewise, while the corpus is read.

        Raises:
            ConfigurationError: Settings are wrong or contradict each other; all are listed. Or
                training diverged.
            CorpusError: The corpus can't be read, is empty, has no frequent word or no two of them
                in a sentence.
            NotTrainedError: ``continue_training``, and there is nothing to go on from.
            CheckpointError: What should be resumed is damaged, or of another run.
            OutputError: A checkpoint can't be written; the one before it is still whole.
            TrainingInterrupted: On an interrupt (Ctrl-C), after a checkpoint was written if
                ``checkpoint`` was given.

        Whatever is raised, what an earlier ``fit`` learnt is still here.
        """
        previous = self._result() if continue_training else None
        settings = self._checked(
            previous,
            train_only=train_only,
            checkpoint=checkpoint,
            checkpoint_every=checkpoint_every,
            resume=resume,
        )
        source = as_corpus(corpus) if previous is None else corpus_for(previous, corpus)

        def work(folder: Checkpoint) -> Learnt:
            encoded = self._prepared(folder, source, settings, previous, train_only, resume=resume)
            if encoded is None:
                encoded = encode(
                    source,
                    folder.corpus,
                    min_count=settings.min_count,
                    max_vocab_size=settings.max_vocab_size,
                    keep=None if previous is None else previous.vocabulary,
                    progress=encoding_progress,
                )
            spec = encoded.tokenizer_spec
            if previous is not None:
                spec = tokenizer_after(previous, corpus, source, spec)
            keeping = Keeping(
                checkpoint=folder,
                on_interrupt=checkpoint is not None,
                every=checkpoint_every,
                resume=resume,
            )
            return train(
                settings,
                encoded,
                keeping,
                previous=previous,
                only_new=train_only == "new",
                tokenizer=spec,
                progress=progress,
            )

        if checkpoint is None:
            with tempfile.TemporaryDirectory(prefix="wordgraft-") as temporary:
                self._learnt = _interruptible(work, Checkpoint(temporary), kept=False)
        else:
            self._learnt = _interruptible(work, Checkpoint(checkpoint), kept=True)
        return self

    def _prepared(
        self,
        folder: Checkpoint,
        source: Corpus,
        settings: Settings,
        previous: Learnt | None,
        train_only: str,
        *,
        resume: bool,
    ) -> EncodedCorpus | None:
        """Mark the folder as this run's, or return the encoded corpus of the run to resume."""
        mark = Mark.of(
            settings, train_only=train_only, previous=previous, corpus=source.fingerprint()
        )
        if not resume:
            folder.begin(mark)
            return None
        encoded = folder.encoded(mark)
        # Text in memory has no fingerprint: read again, it shows by its digest if it is the same.
        return encoded if mark.corpus is not None or source.one_shot else None

    def _checked(
        self,
        previous: Learnt | None,
        *,
        train_only: str,
        checkpoint: str | os.PathLike[str] | None,
        checkpoint_every: float | None,
        resume: bool,
    ) -> Settings:
        """Return the settings, or raise one error with every mistake in them and in the call."""
        values = {name: getattr(self, name) for name in self._settings.__dataclass_fields__}
        problems: list[str] = []
        settings = None
        try:
            settings = self._settings.of(values)
        except ConfigurationError as error:
            problems += error.problems
        if train_only not in ("all", "new"):
            problems.append(f"train_only: expected 'all' or 'new', found {train_only!r}")
        elif train_only == "new" and previous is None:
            problems.append("train_only='new' needs continue_training=True: all words are new")
        if checkpoint is None and (resume or checkpoint_every is not None):
            problems.append("resume and checkpoint_every need checkpoint=FOLDER")
        if checkpoint_every is not None and not checkpoint_every > 0:
            problems.append(
                f"checkpoint_every: expected seconds above 0, found {checkpoint_every!r}"
            )
        if previous is not None:
            problems += contradictions(values, previous)
        if problems or settings is None:
            raise ConfigurationError(*problems)
        return settings


def _interruptible(
    work: Callable[[Checkpoint], Learnt], folder: Checkpoint, *, kept: bool
) -> Learnt:
    """Do the work; on Ctrl-C say what can be resumed, on any error leave no empty folder."""
    try:
        return work(folder)
    except KeyboardInterrupt:
        if not kept:
            told = "nothing was kept, for want of a checkpoint folder"
        elif folder.has_state:
            told = f"a checkpoint is in {folder.folder}"
        elif folder.has_corpus:
            told = f"the corpus, read, is in {folder.folder}, but no checkpoint yet"
        else:
            told, kept = "the corpus was still being read, so that nothing was kept", False
        raise TrainingInterrupted(
            f"training was interrupted; {told}", checkpoint=folder.folder if kept else None
        ) from None
    finally:
        folder.forget_if_empty()
