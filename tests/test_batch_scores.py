"""How right each example of a batch is."""

from __future__ import annotations

import torch

from wordgraft.models.training.batch_scores import binary_score, class_score, label_score


def test_scores_by_hand() -> None:
    two = torch.tensor([[1.0, 2.0], [3.0, 0.0]])
    assert class_score(two, torch.tensor([1, 1])).tolist() == [1, 0]
    logits, there = torch.tensor([[1.0], [-1.0], [2.0]]), torch.tensor([1, 0, 0])
    assert binary_score(logits, there).tolist() == [1, 1, 0]
    assert label_score(two - 1, torch.tensor([[1, 1], [1, 0]])).tolist() == [0.5, 1]
