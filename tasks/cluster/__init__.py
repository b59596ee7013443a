"""Clusters of documents and words."""
