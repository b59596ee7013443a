"""What a gensim user runs, text file to saved file: ``peer_process.py TEXT OUT SETTINGS``."""

import json
import sys

from gensim.models import FastText, Word2Vec

if __name__ == "__main__":
    text, output, settings = sys.argv[1:]
    given = json.loads(settings)
    model = (FastText if "bucket" in given else Word2Vec)(corpus_file=text, **given)
    model.wv.save(output)
