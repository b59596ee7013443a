"""Texts as vectors: weighting, the joint space, nearest ones, similarity."""
