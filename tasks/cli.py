"""The command line: the roof of the house.

Thin: a command reads its options, calls one function of ``tasks``, and prints. What is heavy is
imported inside the commands, so that ``wordgraft --help`` answers at once. Errors raised on purpose
are one line on standard error; others keep their traceback, for they are our mistakes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ..embeddings.errors import ConfigurationError, TrainingInterrupted, WordgraftError
from . import console
from .adapt.command import adapt
from .advise.command import advise
from .align.command import align
from .classify import commands as classify_commands
from .cluster import commands as cluster_commands
from .few_labels.commands import few_shot, unseen_classes, zero_shot
from .multitask import commands as multitask_commands
from .options import Json, Method, RestrictVocab, Topn, VectorsFile
from .vectors.embed_command import embed
from .vectors.evaluate_command import evaluate
from .vectors.file_commands import convert, info
from .vectors.similar_docs_command import similar_docs

app = typer.Typer(
    name="wordgraft",
    help="Train or load word vectors, graft them onto a task, and measure what it bought.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    0 for success, 1 for an error (one line on standard error; none where the reader of a pipe has
    gone), 2 for wrong usage, 130 after Ctrl-C.
    """
    try:
        app(arguments, prog_name="wordgraft")
    except TrainingInterrupted as error:
        console.say(f"wordgraft: {error}")
        sys.exit(130)
    except ConfigurationError as error:
        for problem in error.problems:
            console.say(f"wordgraft: {problem}")
        sys.exit(1)
    except WordgraftError as error:
        console.say(f"wordgraft: {error}")
        sys.exit(1)
    except OSError as error:
        console.say(f"wordgraft: {_of_system(error)}")
        sys.exit(1)


def _of_system(error: OSError) -> str:
    """Return the file and what the system says of it, without the system's number for it."""
    if error.filename is None or not error.strerror:
        return str(error)
    where = " and ".join(str(name) for name in (error.filename, error.filename2) if name)
    return f"{where}: {error.strerror[0].lower()}{error.strerror[1:]}"


def _version(*, value: bool) -> None:
    if value:
        from importlib.metadata import version

        console.show(f"wordgraft {version('wordgraft')}")
        raise typer.Exit


@app.callback()
def wordgraft(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Train or load word vectors, graft them onto a task, and measure what it bought."""


@app.command()
def demo(
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="HTML", help="Where to write the report.")
    ] = Path("demo.html"),
    vectors: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the vectors in this file too.")
    ] = None,
    words: Annotated[int, typer.Option(min=1000, help="Size of the text to make.")] = 1_500_000,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads; all cores if unset.")] = None,
    seed: Annotated[int, typer.Option(help="Start of every random draw.")] = 1,
    json: Json = False,
) -> None:
    """Train on a toy world in seconds and look at what came out.

    Makes a small text, trains vectors on it, asks king - man + woman, scores the world's known
    analogies, and divides news without labels into clusters with names; then grafts vectors of
    unlabelled reviews onto classifiers with a few labels, beside classifiers from scratch; and
    tries every kind of transfer beside none. Writes one HTML page with pictures. Nothing is
    downloaded.

    \b
    Examples:
      wordgraft demo
      wordgraft demo --output report.html --vectors toy.safetensors
    """
    from .demo import run as task

    with console.training_progress() as progress:
        result = task.run(
            output,
            vectors=vectors,
            words=words,
            workers=workers,
            seed=seed,
            progress=progress.training,
            comparing=progress.comparing,
            carrying=progress.stages,
        )
    console.show_json(result) if json else console.show(task.text(result))


@app.command()
def train(
    corpus: Annotated[
        str,
        typer.Argument(metavar="CORPUS", help="Text file, folder, .gz, .zst, .jsonl; - is stdin."),
    ],
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write the vectors.")
    ],
    model: Annotated[
        Literal["skipgram", "cbow"] | None, typer.Option(help="[default: skipgram]")
    ] = None,
    loss: Annotated[
        Literal["ns", "hs"] | None,
        typer.Option(help="Negative sampling or hierarchical softmax. [default: ns]"),
    ] = None,
    subword: Annotated[
        bool, typer.Option("--subword", help="Train with character n-grams, as fastText does.")
    ] = False,
    min_n: Annotated[
        int | None, typer.Option(help="Characters of the shortest n-grams. [default: 3]")
    ] = None,
    max_n: Annotated[int | None, typer.Option(help="Of the longest. [default: 6]")] = None,
    bucket: Annotated[
        int | None, typer.Option(help="Rows that n-grams are hashed into. [default: 2000000]")
    ] = None,
    vector_size: Annotated[
        int | None, typer.Option(help="Length of each vector. [default: 100]")
    ] = None,
    window: Annotated[
        int | None, typer.Option(help="Words to look at on either side. [default: 5]")
    ] = None,
    min_count: Annotated[
        int | None, typer.Option(help="Leave out words met less often. [default: 5]")
    ] = None,
    max_vocab_size: Annotated[
        int | None, typer.Option(help="Keep at most this many words. [default: all]")
    ] = None,
    negative: Annotated[int | None, typer.Option(help="Noise words per pair. [default: 5]")] = None,
    ns_exponent: Annotated[
        float | None,
        typer.Option(help="Flattens the noise: 1 is as met, 0 uniform. [default: 0.75]"),
    ] = None,
    sample: Annotated[
        float | None,
        typer.Option(help="Thin words above this share; 0 keeps all. [default: 0.001]"),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the corpus. [default: 5]")] = None,
    alpha: Annotated[
        float | None, typer.Option(help="First learning rate. [default: 0.025; cbow: 0.075]")
    ] = None,
    min_alpha: Annotated[
        float | None, typer.Option(help="Last learning rate. [default: 0.0001]")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Threads. [default: all cores]")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Start of every random draw. [default: 1]")
    ] = None,
    deterministic: Annotated[
        bool | None,
        typer.Option("--deterministic", help="Same bytes for any number of workers; slower."),
    ] = None,
    tokenizer: Annotated[
        str | None,
        typer.Option(help="default, whitespace, or spacy:NAME. [default: default]"),
    ] = None,
    lower: Annotated[
        bool | None, typer.Option("--lower/--no-lower", help="Lower-case the text or not.")
    ] = None,
    phrases: Annotated[
        bool, typer.Option("--phrases", help="Join collocations first: new_york.")
    ] = False,
    text_field: Annotated[
        str, typer.Option(help="Field of JSONL records that holds the text.")
    ] = "text",
    errors: Annotated[
        Literal["strict", "replace", "ignore"],
        typer.Option(help="What to do with bytes that are no UTF-8."),
    ] = "strict",
    checkpoint_every: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Write checkpoints to FILE.checkpoint/.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Finish an interrupted run; give the same options.")
    ] = False,
    continue_from: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Train on from these vectors.")
    ] = None,
    train_only: Annotated[
        Literal["all", "new"],
        typer.Option(help="With --continue-from: move all words, or new ones."),
    ] = "all",
    json: Json = False,
) -> None:
    """Train word vectors on CORPUS and write them to one file.

    While it runs, FILE.checkpoint/ holds the encoded text and the checkpoints. Ctrl-C writes one;
    the same command with --resume goes on from there.

    \b
    Examples:
      wordgraft train corpus.txt -o vectors.safetensors
      wordgraft train reviews.jsonl.gz --text-field body --vector-size 300 -o reviews.safetensors
      zcat wiki.gz | wordgraft train - --tokenizer whitespace --workers 2 -o wiki.safetensors
      wordgraft train corpus.txt --subword -o with-ngrams.safetensors
      wordgraft train folder/ --checkpoint-every 600 -o big.safetensors
      wordgraft train folder/ --checkpoint-every 600 -o big.safetensors --resume
      wordgraft train more.txt --continue-from old.safetensors --train-only new -o new.safetensors
    """
    from .vectors import train as task

    settings: dict[str, Any] = {
        "model": model,
        "loss": loss,
        "min_n": min_n,
        "max_n": max_n,
        "bucket": bucket,
        "vector_size": vector_size,
        "window": window,
        "min_count": min_count,
        "max_vocab_size": max_vocab_size,
        "negative": negative,
        "ns_exponent": ns_exponent,
        "sample": sample,
        "epochs": epochs,
        "alpha": alpha,
        "min_alpha": min_alpha,
        "workers": workers,
        "seed": seed,
        "deterministic": deterministic,
    }
    with console.training_progress() as progress:
        result = task.run(
            corpus,
            output,
            settings={name: value for name, value in settings.items() if value is not None},
            subword=subword,
            tokenizer=tokenizer,
            lower=lower,
            text_field=text_field,
            errors=errors,
            phrases=phrases,
            continue_from=continue_from,
            train_only=train_only,
            checkpoint_every=checkpoint_every,
            resume=resume,
            progress=progress.training,
            encoding_progress=progress.encoding,
        )
    if json:
        console.show_json(result)
        return
    console.say(
        f"{result.output}: {result.words:,} words, {result.vector_size} numbers each; "
        f"{result.words_trained:,} words trained in {console.duration(result.seconds)} "
        f"({result.words_per_second:,.0f} words/s), loss {result.loss:.4f}"
    )


@app.command()
def similar(
    vectors: VectorsFile,
    words: Annotated[list[str], typer.Argument(metavar="WORD...", help="Words to look up.")],
    *,
    topn: Topn = 10,
    restrict_vocab: RestrictVocab = None,
    json: Json = False,
) -> None:
    """Print the words nearest to each WORD, by cosine similarity.

    \b
    Examples:
      wordgraft similar vectors.safetensors king
      wordgraft similar vectors.safetensors king paris --topn 3 --json
    """
    from .vectors import query

    answers = query.similar(vectors, words, topn=topn, restrict_vocab=restrict_vocab)
    if json:
        console.show_json(answers)
        return
    for number, answer in enumerate(answers):
        if len(answers) > 1:
            console.show(("\n" if number else "") + f"{answer.question}:")
        _show_neighbours(answer.neighbours)


@app.command(context_settings={"ignore_unknown_options": True})
def analogy(
    vectors: VectorsFile,
    formula: Annotated[
        list[str], typer.Argument(metavar="FORMULA", help="Words with + and - between them.")
    ],
    *,
    topn: Topn = 10,
    method: Method = "3cosadd",
    restrict_vocab: RestrictVocab = None,
    json: Json = False,
) -> None:
    """Print the words nearest to a sum of words; those in it are left out.

    \b
    Examples:
      wordgraft analogy vectors.safetensors king - man + woman
      wordgraft analogy vectors.safetensors "paris - france + japan" --topn 3
      wordgraft analogy vectors.safetensors king -man +woman --method 3cosmul --json
    """
    from .vectors import query

    answer = query.analogy(
        vectors,
        query.parse_formula(formula),
        topn=topn,
        restrict_vocab=restrict_vocab,
        method=method,
    )
    if json:
        console.show_json(answer)
        return
    _show_neighbours(answer.neighbours)


app.command()(evaluate)
app.command()(convert)
app.command()(info)
app.command()(embed)
app.command()(similar_docs)
app.command()(align)
app.command()(adapt)
app.command()(cluster_commands.cluster)
app.command()(cluster_commands.co_cluster)
app.command()(cluster_commands.assign)
app.command()(cluster_commands.word_clusters)
app.command()(advise)
app.command()(zero_shot)
app.command()(unseen_classes)
app.command()(few_shot)
app.add_typer(classify_commands.app)
app.add_typer(multitask_commands.app)


def _show_neighbours(neighbours: Any) -> None:
    width = max((len(word) for word, _ in neighbours), default=0)
    for word, similarity in neighbours:
        console.show(f"{word.ljust(width)}  {similarity:.4f}")
