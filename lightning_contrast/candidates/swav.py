"""Assignments of the other views to prototypes, balanced over the batch."""

from typing import Annotated, Any

import torch
from torch import nn

from lightning_contrast.batch import Batch
from lightning_contrast.candidates._assignments import (
    balanced,
    check_assignments,
    scores,
    targets_of,
)
from lightning_contrast.candidates.store import Store
from lightning_contrast.config.part import Run
from lightning_contrast.config.ranges import Count, Range
from lightning_contrast.types import Rows

Temperature = Annotated[float, Range(least=0.01)]


class Swav(Store):
    r"""Each view predicts to which prototypes the other views of its row are assigned.

    .. math:: L = - \sum_k q_k \log p_k \qquad
        p = \operatorname{softmax}(c^\top z / t) \qquad
        q = \operatorname{Sinkhorn}(c^\top z' / \epsilon)

    With ``loss=alignment`` and ``pairing=instance``: anchors become ``log p``, candidates ``q``,
    their product is the cross-entropy. The assignments ``q`` have no gradient; they are balanced
    over the target views of all ranks at once, where SwAV and lightly balance each view by itself.
    Memory is linear in the batch: a row has ``prototypes`` numbers.

    Args:
        embedding_size: width of an embedding.
        prototypes: how many, unit vectors that learn with the rate of the head.
        temperature: ``t`` of the predictions, 0.01 or more.
        epsilon: temperature of the assignments, 0.01 or more.
        iterations: of Sinkhorn's algorithm.
        global_crops: only so many views of a row are targets (``view=multi_crop``).

    Source: Caron et al. 2020 (arXiv 2006.09882).

    >>> rows = Rows(torch.eye(2), *torch.zeros(4, 2))
    >>> log_p, q = Swav(embedding_size=2, prototypes=3)(rows, rows)
    >>> round(log_p.embedding.exp().sum().item(), 4), round(q.embedding.sum().item(), 4)
    (2.0, 2.0)
    """

    needs_positives = True

    def __init__(
        self,
        embedding_size: Count,
        prototypes: Count = 512,
        temperature: Temperature = 0.1,
        epsilon: Temperature = 0.05,
        iterations: Count = 3,
        global_crops: Count = 2,
    ) -> None:
        super().__init__()
        self.embedding_size, self.prototypes = embedding_size, prototypes
        self.temperature, self.epsilon, self.iterations = temperature, epsilon, iterations
        self.global_crops = global_crops
        self.weight = nn.Parameter(torch.randn(prototypes, embedding_size))

    def check(self, run: Run) -> None:
        super().check(run)
        check_assignments(self, run)

    def keys(self, module: Any, rows: Rows, batch: Batch) -> Rows:
        first = slice(targets_of(batch, self.global_crops))
        return Rows(*(column[first] for column in rows))

    def forward(self, anchors: Rows, gathered: Rows) -> tuple[Rows, Rows]:
        predicted = scores(anchors.embedding, self.weight) / self.temperature
        found = scores(gathered.embedding.detach(), self.weight.detach())
        target = balanced(found, self.epsilon, self.iterations)
        return (
            anchors._replace(embedding=predicted.log_softmax(1)),
            gathered._replace(embedding=target),
        )
