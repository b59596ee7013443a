"""Classifiers: train, predict, evaluate, compare."""
