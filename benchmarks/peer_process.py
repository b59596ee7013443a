"""What a gensim user runs, text file to saved file: ``peer_process.py TEXT OUT SETTINGS``."""

import json
import sys

from gensim.models import Word2Vec

if __name__ == "__main__":
    text, output, settings = sys.argv[1:]
    model = Word2Vec(corpus_file=text, **json.loads(settings))
    model.wv.save(output)
