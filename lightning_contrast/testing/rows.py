"""Rows and their label pairs, made by loops: what the checks of parts run on."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from lightning_contrast.pairings.label import Label
from lightning_contrast.types import Pairs, Role, Rows


def rows(
    label: list[int] | Tensor,
    width: int = 6,
    seed: int = 0,
    dtype: torch.dtype = torch.float64,
    embedding: Tensor | None = None,
) -> Rows:
    """Random unit rows with these labels; every row its own index and slot, all of role anchor."""
    label = torch.as_tensor(label)
    if embedding is None:
        generator = torch.Generator().manual_seed(seed)
        embedding = torch.randn(len(label), width, generator=generator, dtype=torch.float64)
    number = torch.arange(len(label))
    unit = normalize(embedding, dim=1).to(dtype)
    return Rows(unit, label, number, torch.zeros_like(number), number)


def pairs_of(label: list[int]) -> Pairs:
    """The label pairs of a batch, by two loops."""
    size = len(label)
    positive = torch.zeros(size, size, dtype=torch.bool)
    negative = torch.zeros(size, size, dtype=torch.bool)
    for i in range(size):
        for j in range(size):
            if i != j and label[i] >= 0 and label[j] >= 0:
                positive[i, j] = label[i] == label[j]
                negative[i, j] = label[i] != label[j]
    return Pairs(positive, negative)


def prototypes(
    classes: int, per_class: int = 1, width: int = 6, seed: int = 7, dtype: Any = torch.float64
) -> Rows:
    """Random unit prototypes, class by class; neither source row nor slot, as in the store."""
    label = torch.arange(classes).repeat(per_class)
    none = torch.full_like(label, -1)
    found = rows(label, width, seed, dtype)
    return found._replace(index=none, slot=none, role=torch.full_like(label, Role.PROTOTYPE))


def teacher_of(batch: Rows) -> Tensor:
    """Unit vectors ``(r, 5)`` of rows by their index: a teacher that was never trained."""
    generator = torch.Generator().manual_seed(11)
    known = torch.randn(64, 5, generator=generator, dtype=torch.float64)
    return normalize(known, dim=1)[batch.index]


def scores_between(anchors: Rows, candidates: Rows) -> Tensor:
    """A score of each pair, 0 to 3, by the indices of the two: several pairs share one."""
    return (anchors.index[:, None] * candidates.index[None] % 4).abs().double()


class ScoredLabels(Label):
    """Rows of one label are positives, and each pair has a score."""

    gives_scores = "graded"

    def __call__(self, anchors: Rows, candidates: Rows) -> Pairs:
        pairs = super().__call__(anchors, candidates)
        return pairs._replace(score=scores_between(anchors, candidates))


def batch_for(loss: Any, batch: Rows, classes: int = 4) -> tuple[Rows, Rows]:
    """Anchors and candidates as the loss wants them: the batch twice, or with prototypes."""
    width, dtype = batch.embedding.shape[1], batch.embedding.dtype
    store = prototypes(classes, loss.per_class or 1, width, dtype=dtype)
    if loss.anchors_are_prototypes:
        return store, batch
    return (batch, store) if loss.on_prototypes else (batch, batch)


def pairs_between(anchors: Rows, candidates: Rows) -> Pairs:
    """The label pairs of anchors and candidates, by two loops, as a teacher sees them too."""
    shape = len(anchors.label), len(candidates.label)
    positive, negative = torch.zeros(2, *shape, dtype=torch.bool)
    for i in range(shape[0]):
        for j in range(shape[1]):
            known = anchors.label[i] >= 0 and candidates.label[j] >= 0
            if known and anchors.slot[i] != candidates.slot[j]:
                positive[i, j] = anchors.label[i] == candidates.label[j]
                negative[i, j] = anchors.label[i] != candidates.label[j]
    teacher = teacher_of(anchors) @ teacher_of(candidates).T
    score, label = scores_between(anchors, candidates), anchors.label
    return Pairs(positive, negative, teacher=teacher, score=score, anchor_label=label)
