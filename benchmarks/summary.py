"""The lines of the summary: what must be reached, and where it is measured."""

from __future__ import annotations

from dataclasses import dataclass

from .rows import CORPORA


@dataclass(frozen=True)
class Line:
    """A line of the summary: one thing that must be reached, and where it is measured.

    Attributes:
        title: What.
        bar: What it must reach, in words.
        cells: (name, row, check) each.
    """

    title: str
    bar: str
    cells: tuple[tuple[str, str, str], ...]


def _both(title: str, bar: str, group: str, label: str, check: str) -> Line:
    cells = ((name, f"{group}/{corpus}{label}", check) for corpus, name in CORPORA.items())
    return Line(title, bar, tuple(cells))


def _subword(title: str, label: str, check: str, bar: str) -> Line:
    return _both(f"n-grams of 3 to 6 characters, {title}", bar, "subword", label, check)


def _quality(title: str, label: str) -> list[Line]:
    bars = (("WordSim-353", "-0.01"), ("SimLex-999", "-0.01"), ("analogies", "-1 point"))
    return [
        _both(f"quality, {title}: {name}, minus gensim's", f"≥ {bar}", "quality", label, name)
        for name, bar in bars
    ]


SUMMARY = (
    _both("skip-gram, negative sampling, words/s, D=100", "≥ 10× gensim", "training_speed",
          "-skipgram-100", "words/s"),
    _both("the same, D=300", "≥ 9× gensim", "training_speed", "-skipgram-300", "words/s"),
    _both("CBOW, negative sampling, words/s, D=100", "≥ 5× gensim", "training_speed",
          "-cbow-100", "words/s"),
    _both("skip-gram, hierarchical softmax, words/s, D=100", "≥ 4× gensim", "training_speed",
          "-hs-100", "words/s"),
    _both("the whole `wordgraft train` process, 5 epochs, warm kernel cache", "≥ 7× gensim",
          "process", "", "wall clock, warm kernel cache"),
    Line("the same, empty kernel cache", "stated",
         (("wiki", "process/wiki", "wall clock, empty kernel cache"),)),
    Line("encoding, white space", "≥ 5 M words/s",
         (("wiki .txt", "encoding/wiki-txt", "words/s"),
          ("wiki .gz", "encoding/wiki-gz", "words/s"),
          ("IMDB .txt", "encoding/imdb-txt", "words/s"))),
    Line("encoding, rules, raw text", "≥ 1 M words/s",
         (("Wikipedia", "encoding/enwiki-raw", "words/s"),
          ("IMDB", "encoding/imdb-raw", "words/s"))),
    _both("two workers over one", "≥ 1.8×", "scaling", "", "two workers over one"),
    _both("`deterministic=True` over the default", "≥ 0.6×", "scaling", "",
          "deterministic over default"),
    *_quality("skip-gram", "-skipgram"),
    *_quality("`deterministic=True`", "-deterministic"),
    *_quality("CBOW", "-cbow"),
    _subword("skip-gram, words/s, against gensim's FastText", "-gensim", "words/s", "≥ 8×"),
    _subword("the same, against fastText's own program", "-fasttext", "words/s", "≥ 15×"),
    *(
        _subword(f"quality, {model}: {name}, minus {peer}'s", f"-{peer.lower()}-{model}-quality",
                 name, "≥ -0.01")
        for model in ("skipgram", "cbow") for peer in ("gensim", "fastText")
        for name in ("WordSim-353", "SimLex-999", "analogies")
    ),
    Line("peak anonymous memory beyond two matrices", "≤ 300 MB",
         (("toy world, 2 GB", "memory/toyworld", "beyond two matrices"),
          ("wiki", "memory/wiki", "beyond two matrices"))),
    Line("opening a saved 400k × 300 file", "≤ 0.1 s", (("", "opening/400k-300", "open"),)),
    Line("first and next neighbour queries", "≥ 1× gensim",
         (("first", "opening/400k-300", "first query"),
          ("next", "opening/400k-300", "next queries"))),
    Line("1,000 neighbour queries in a batch, 400k × 300, exact", "≥ 15× gensim one by one",
         (("", "neighbours/400k-300", "exact batch"),)),
    Line("the same through the index", "≥ 50× gensim one by one, recall@10 ≥ 0.95",
         (("", "neighbours/400k-300", "batch through the index"),
          ("recall", "neighbours/400k-300", "recall@10"))),
    Line("vectors in int8: size; scores", "≤ 0.26×; within 0.005",
         (("", "storage/int8", "size over float32"),
          ("WordSim-353", "storage/int8", "WordSim-353, difference"),
          ("SimLex-999", "storage/int8", "SimLex-999, difference"))),
    Line("vectors in float16: size", "≤ 0.51×", (("", "storage/float16", "size over float32"),)),
    Line("reading a GloVe text file of 400k × 300", "≥ 25× gensim",
         (("", "reading/text", "text"),)),
    Line("the same over reading its raw bytes", "≤ 2.5×",
         (("", "reading/text", "over raw bytes"),)),
    Line("the same: memory beyond the matrix", "≤ 300 MB",
         (("", "reading/text", "beyond the matrix"),)),
    Line("reading word2vec binary, 400k × 300", "≥ 3× gensim",
         (("", "reading/binary", "binary"),)),
    Line("vectors of a fastText .bin against fastText's own", "≤ 1 millionth",
         (("unknown words", "models/unknown", "unknown words"),
          ("known words", "models/unknown", "known words"))),
    Line("opening a fastText .bin of 200k × 300, over gensim", "–",
         (("first unknown word", "models/opening", "first unknown word"),
          ("all words", "models/opening", "all words"))),
    Line("writing 400k × 300 as word2vec text, as binary", "≥ 1× gensim",
         (("text", "writing/400k-300", "text"), ("binary", "writing/400k-300", "binary"))),
    Line("`wordgraft demo`: analogies of the toy world", "≥ 95 %",
         (("", "demo/toyworld", "analogies"),)),
    *(
        Line(f"recurrent networks: {title}", bar,
             (("GRU", "networks/gru-96", check), ("LSTM", "networks/lstm-96", check)))
        for title, bar, check in (
            ("training, reviews/s", "≥ 2× the plain recipe", "training"),
            ("predicting, reviews/s", "≥ 2× the plain recipe", "predicting"),
            ("an epoch tuned over an epoch frozen", "≤ 1.2×", "epoch tuned over frozen"),
        )
    ),
    Line("IMDB test accuracy, TextClassifier as it comes, vectors of IMDB", "≥ .925",
         (("", "sentiment/imdb-imdb", "accuracy"),)),
    Line("the same, general vectors", "≥ .90", (("", "sentiment/imdb-wiki", "accuracy"),)),
    Line("the same: time of fit, vectors given", "≤ 15 minutes",
         (("", "sentiment/imdb-imdb", "time of fit"),)),
    Line("the same with 500 labels: staged over scratch", "≥ +.15",
         (("", "sentiment/500-labels", "staged over scratch"),)),
    Line("from IMDB to Amazon's books, 200 labels: carried over", "above",
         (("vectors alone", "sentiment/books", "carried over vectors alone"),
          ("TF-IDF", "sentiment/books", "carried over TF-IDF"))),
    Line("sentences: accuracy", "≥ .84; ≥ .78",
         (("SST-2", "sentiment/sentences", "SST-2"),
          ("rt-polarity", "sentiment/sentences", "rt-polarity"))),
    Line("clusters, normalised mutual information with known topics, default", "≥ .90, .57, .42",
         (("BBC News", "topics/bbc", "default"), ("AG News", "topics/agnews", "default"),
          ("20 Newsgroups", "topics/20newsgroups", "default"))),
    Line("the same, over TF-IDF", "above",
         (("BBC News", "topics/bbc", "over TF-IDF"), ("AG News", "topics/agnews", "over TF-IDF"),
          ("20 Newsgroups", "topics/20newsgroups", "over TF-IDF"))),
    Line("the same, over the best of seven others", "above",
         (("BBC News", "topics/bbc", "over the best other"),
          ("AG News", "topics/agnews", "over the best other"),
          ("20 Newsgroups", "topics/20newsgroups", "over the best other"))),
    Line("IMDB with 100 labels, logistic regression on document vectors", "≥ .776",
         (("SIF, stretched", "topics/100-labels", "sif, stretched"),
          ("auto", "topics/100-labels", "auto"), ("SIF", "topics/100-labels", "sif"))),
    Line("documents to vectors from encoded ids, documents/s", "≥ 10× gensim's loop; ≥ 3× sparse",
         (("get_mean_vector", "documents/ids", "over gensim's get_mean_vector"),
          ("sparse counts", "documents/ids", "over sparse counts times vectors"))),
    Line("the same from raw text, all cores", "≥ 2× TfidfVectorizer",
         (("", "documents/text", "IDF means over TfidfVectorizer"),)),
    Line("a million short documents in 100 clusters: peak memory", "≤ 4 GB",
         (("", "clusters/million", "peak memory"), ("time", "clusters/million", "time"))),
    Line("STS Benchmark test, Pearson", "≥ .64",
         (("", "similarity/sts", "word by word (the default)"),
          ("without vectors", "similarity/sts", "words alone, without vectors"),
          ("SIF", "similarity/sts", "sif"), ("uSIF", "similarity/sts", "usif"))),
    Line("1,000 nearest-document queries, 100k × 300", "≥ 1× scikit-learn's brute force",
         (("exact", "similarity/nearest", "exact"),
          ("through the graph", "similarity/nearest", "through the graph"))),
    Line("paragraph vectors, words/s; accuracy, minus gensim's", "≥ 4× gensim; ≥ -0.01",
         (("", "similarity/paragraphs", "words/s"),
          ("accuracy", "similarity/paragraphs", "accuracy on inferred vectors, minus gensim's"))),
    Line("English to Spanish on Bible vectors, D=100: words that find their translation", "≥ .46",
         (("", "crosslingual/dictionary", "P@1 CSLS"),
          ("no dictionary", "crosslingual/dictionary", "P@1, no pair at all to begin with"))),
    Line("genre of Spanish passages by English labels, over Spanish labels", "≥ 0.9×",
         (("", "crosslingual/genre", "carried over Spanish labels"),
          ("TF-IDF", "crosslingual/genre", "carried over Spanish labels, TF-IDF"))),
    Line("sentiment of another domain without its labels, counts of words: accuracy",
         "≥ .825; ≥ .805",
         (("books to dvd", "domains/features-books-dvd", "vote of the three best"),
          ("dvd to books", "domains/features-dvd-books", "vote of the three best"))),
    Line("the same: adversarial over the same network without", "above",
         (("books to dvd", "domains/features-books-dvd",
           "adversarial over the same network without"),
          ("dvd to books", "domains/features-dvd-books",
           "adversarial over the same network without"))),
    Line("the same from raw text, with vectors as they were", "≥ .845; ≥ .825",
         (("books to dvd", "domains/texts-books-dvd", "vote of the three best"),
          ("dvd to books", "domains/texts-dvd-books", "vote of the three best"))),
    Line("the same from raw text: recurrent network against a critic, over the same without", "–",
         (("books to dvd", "domains/single-books-dvd", "network against a critic"),
          ("dvd to books", "domains/single-dvd-books", "network against a critic"))),
    Line("the same: general vectors that went on learning on both domains, over as they were",
         "–",
         (("books to dvd", "domains/single-books-dvd", "network, general vectors that went on"),
          ("dvd to books", "domains/single-dvd-books", "network, general vectors that went on"))),
    Line("one network for several tasks over one for each: accuracy", "–",
         (("five of 200 labels", "tasks/few-labels", "mean of the tasks, together"),
          ("100 labels beside 6,000", "tasks/beside-large", "books, together"))),
    Line("classes from their names alone, refined on texts without labels: accuracy",
         "≥ .82; ≥ .89",
         (("AG News", "few_labels/zero-agnews", "refined on texts"),
          ("BBC News", "few_labels/zero-bbc", "refined on texts"),
          ("20 Newsgroups", "few_labels/zero-20newsgroups", "refined on texts"))),
    Line("5 labels a class, nearest prototype: accuracy", "–",
         (("AG News", "few_labels/few-agnews", "prototypes, 5 labels a class"),
          ("20 Newsgroups", "few_labels/few-20newsgroups", "prototypes, 5 labels a class"))),
    Line("a hundred BBC articles clustered with AG News beside them, over alone", "–",
         (("", "few_labels/clusters", "with AG News over without"),)),
    Line("animals never seen told by the vectors of their names: accuracy", "–",
         (("ESZSL", "few_labels/animals", "wiki, D=300: ESZSL"),
          ("SJE", "few_labels/animals", "wiki, D=300: SJE"))),
    Line("words divided by category: purity", "–",
         (("AP", "clusters/categories", "AP"), ("Battig", "clusters/categories", "Battig"),
          ("ESSLLI", "clusters/categories", "ESSLLI 2008"))),
    Line("advice within a point of the best way, of ten cases named before; over always staged",
         "≥ 8; ≥ 1",
         (("", "advice/ten-cases", "advice right"),
          ("over always staged", "advice/ten-cases", "over always staged"))),
    Line("ten heads on kept features", "≥ 5× recomputing",
         (("", "advice/ten-heads", "recomputing over cached"),)),
)  # fmt: skip
