from .embeddings.corpus import Corpus as Corpus
from .embeddings.errors import WordgraftError as WordgraftError
from .embeddings.evaluate import evaluate_analogies as evaluate_analogies
from .embeddings.evaluate import evaluate_similarity as evaluate_similarity
from .embeddings.fasttext import FastText as FastText
from .embeddings.formats import load_vectors as load_vectors
from .embeddings.formats.from_gensim import from_gensim as from_gensim
from .embeddings.formats.writing import write_vectors as write_vectors
from .embeddings.matrix import embedding_matrix as embedding_matrix
from .embeddings.phrases import learn_phrases as learn_phrases
from .embeddings.tokenizers import make_tokenizer as make_tokenizer
from .embeddings.vectors import WordVectors as WordVectors
from .embeddings.vocabulary import Vocabulary as Vocabulary
from .embeddings.word2vec import Word2Vec as Word2Vec
from .models.classifier import TextClassifier as TextClassifier
from .models.documents import DocumentVectorizer as DocumentVectorizer
from .models.domain_adapter import DomainAdapter as DomainAdapter
from .models.domain_moments import CORAL as CORAL
from .models.domain_network import DomainAdversarial as DomainAdversarial
from .models.domain_reverse import reverse_validation as reverse_validation
from .models.domain_text_network import DomainAdversarialText as DomainAdversarialText
from .models.regressor import TextRegressor as TextRegressor
from .models.sts import evaluate_sts as evaluate_sts
from .models.text_clusterer import TextClusterer as TextClusterer
from .models.text_similarity import text_similarity as text_similarity

__version__: str
