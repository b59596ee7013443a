"""Train or load word vectors, graft them onto a task, and measure what the transfer bought.

The public names stand in ``_EXPORTS`` and load at first use (PEP 562), so that ``import wordgraft``
costs milliseconds whatever stands on the floors above. Nothing is imported at the top level here:
pytest imports this file a second time under another name, where a relative import would fail.
``__init__.pyi`` says the same names to type checkers and editors; a test holds the two together.
"""

_EXPORTS = {
    "BilingualVectorizer": "models.bilingual",
    "BottleneckClassifier": "models.bottleneck",
    "CORAL": "models.domains.moments",
    "Corpus": "embeddings.corpus",
    "DocumentIndex": "models.documents.nearest",
    "DocumentVectorizer": "models.documents.vectorizer",
    "DomainAdapter": "models.domains.adapter",
    "DomainAdversarial": "models.domains.network",
    "DomainAdversarialText": "models.domains.text_network",
    "ESZSL": "models.few_labels.attributes",
    "FastText": "embeddings.fasttext",
    "FeatureCache": "models.feature_cache",
    "MultiTaskClassifier": "models.multitask",
    "ParagraphVectors": "models.documents.paragraphs",
    "PrototypeClassifier": "models.few_labels.few_shot",
    "SJE": "models.few_labels.attributes",
    "SelfTaughtClustering": "models.clusters.co_clustering",
    "SelfTaughtFeatures": "models.few_labels.self_taught",
    "TextClassifier": "models.classifier",
    "TextClusterer": "models.clusters.text_clusterer",
    "TextRegressor": "models.regressor",
    "Vocabulary": "embeddings.vocabulary",
    "Word2Vec": "embeddings.word2vec",
    "WordMover": "models.documents.word_mover",
    "WordVectors": "embeddings.vectors",
    "WordgraftError": "embeddings.errors",
    "ZeroShotClassifier": "models.few_labels.zero_shot",
    "align": "embeddings.align",
    "embedding_matrix": "embeddings.matrix",
    "evaluate_analogies": "embeddings.evaluate",
    "evaluate_dictionary": "embeddings.induction",
    "evaluate_similarity": "embeddings.evaluate",
    "evaluate_sts": "models.documents.sts",
    "from_gensim": "embeddings.formats.from_gensim",
    "joined_tasks": "models.task_labels",
    "learn_phrases": "embeddings.phrases",
    "load_vectors": "embeddings.formats",
    "make_tokenizer": "embeddings.tokenizers",
    "reverse_validation": "models.domains.reverse",
    "text_similarity": "models.documents.text_similarity",
    "write_vectors": "embeddings.formats.writing",
    "wug_test": "embeddings.morphology",
}

__all__ = [*_EXPORTS, "__version__"]  # pyright: ignore


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        value: object = version("wordgraft")
    elif name in _EXPORTS:
        from importlib import import_module

        value = getattr(import_module(f".{_EXPORTS[name]}", __name__), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value  # the next look-up doesn't come here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
