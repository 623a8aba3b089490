"""Miners by loops over anchors, and the pairs that pytorch-metric-learning's miners keep."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lightning_contrast.testing.rows import pairs_of, rows
from lightning_contrast.types import Pairs

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1]  # unequal classes, one single row, one unlabelled
EVEN = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]


def tile(label: list[int] = LABELS, seed: int = 0) -> tuple[Tensor, Pairs]:
    """Similarities and label pairs of random rows."""
    embedding = rows(label, seed=seed).embedding
    return embedding @ embedding.T, pairs_of(label)


def assert_keeps(miner: Any, rule: Callable[[dict, dict], tuple[set, set]]) -> None:
    """``rule(positives, negatives)``: what stays of an anchor's ``{column: similarity}``."""
    dropped = kept_of_all = 0
    for seed in range(5):
        similarity, pairs = tile(seed=seed)
        kept = miner(similarity, pairs)
        for row, was, left in zip(
            similarity, zip(*pairs[:2], strict=True), zip(*kept[:2], strict=True), strict=True
        ):
            before = [{j: row[j].item() for j in columns(mask)} for mask in was]
            assert [columns(mask) for mask in left] == list(rule(*before))
            kept_of_all += sum(int(mask.sum()) for mask in left)
            dropped += sum(int(mask.sum()) for mask in was)
    assert 0 < kept_of_all < dropped, "the rule keeps some and drops some"


def columns(mask: Tensor) -> set[int]:
    return set(torch.where(mask)[0].tolist())


def peer(name: str, label: list[int], seed: int = 0, **settings: Any) -> Pairs:
    """The masks of the pairs (or of the triplets' pairs) that their miner keeps."""
    from pytorch_metric_learning import miners

    embedding = rows(label, seed=seed).embedding
    found = getattr(miners, name)(**settings)(embedding, torch.tensor(label))
    a1, p, a2, n = found if len(found) == 4 else (found[0], found[1], found[0], found[2])
    positive, negative = torch.zeros(2, len(label), len(label), dtype=torch.bool)
    positive[a1, p] = True
    negative[a2, n] = True
    return Pairs(positive, negative)
