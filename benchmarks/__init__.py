"""Measures wordgraft against gensim on the same machine in the same run: ``python -m benchmarks``.

``rows.py`` is the list of what is measured and what it must reach; each row is measured in a
process of its own, written at once to ``results/``, and shown by ``docs/benchmarks.md``, whose
tables ``python -m benchmarks report`` makes from the results.
"""
