"""Names of the ways to learn from few labels; apart, so that a command's help needs no model."""

from __future__ import annotations

from typing import Literal

FewShotMethod = Literal["tfidf", "prototypes", "logistic", "sif", "codes"]
"""Raw word counts; nearest class mean and logistic regression in the joint space of vectors and
unlabelled texts; nearest class mean of plain SIF vectors; logistic regression on sparse codes."""
