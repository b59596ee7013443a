"""Clusters of documents and of words, with names and scores."""
