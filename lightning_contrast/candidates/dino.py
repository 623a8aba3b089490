"""Assignments of the other views to prototypes by a momentum encoder, centred."""

from typing import Any

import torch
from torch import Tensor, nn

from lightning_contrast.batch import Batch, columns, cut, normalized
from lightning_contrast.candidates._assignments import check_assignments, scores, targets_of
from lightning_contrast.candidates.momentum import Momentum
from lightning_contrast.config.part import Run
from lightning_contrast.config.ranges import Count, Positive, Share
from lightning_contrast.types import Rows


class Dino(Momentum):
    r"""Each view predicts to which outputs the momentum encoder assigns the other views of its row.

    .. math:: L = - \sum_k q_k \log p_k \qquad
        p = \operatorname{softmax}(w^\top z / t) \qquad
        q = \operatorname{softmax}\big((\bar w^\top \bar z - c) / \bar t\big)

    With ``loss=alignment`` and ``pairing=instance``: anchors become ``log p``, candidates ``q``,
    their product is the cross-entropy. ``z`` and ``w`` are unit vectors, as the last layer of DINO
    has them; bars mark the moving averages. ``c`` is a moving average of the teacher's outputs over
    the rows of all ranks. Each anchor counts alike, DINO counts pairs of views alike: the same with
    two views. Memory is linear in the batch: a row has ``outputs`` numbers.

    Args:
        embedding_size: width of an embedding.
        outputs: how many.
        temperature: ``t`` of the predictions.
        teacher_temperature: of the targets, lower: sharper.
        center_momentum: share of the old center that a batch leaves.
        momentum, final_momentum: of encoder, projector and outputs, as in ``candidates=momentum``.
        global_crops: only so many views of a row are targets (``view=multi_crop``).

    Source: Caron et al. 2021 (arXiv 2104.14294).

    >>> rows = Rows(torch.eye(2), *torch.zeros(4, 2))
    >>> log_p, q = Dino(embedding_size=2, outputs=3)(rows, rows)
    >>> round(log_p.embedding.exp().sum().item(), 4), round(q.embedding.sum().item(), 4)
    (2.0, 2.0)
    """

    teacher: Tensor
    center: Tensor

    def __init__(
        self,
        embedding_size: Count,
        outputs: Count = 1024,
        temperature: Positive = 0.1,
        teacher_temperature: Positive = 0.04,
        center_momentum: Share = 0.9,
        momentum: Share = 0.996,
        final_momentum: Share = 1.0,
        global_crops: Count = 2,
    ) -> None:
        super().__init__(momentum, final_momentum)
        self.embedding_size, self.outputs = embedding_size, outputs
        self.temperature, self.teacher_temperature = temperature, teacher_temperature
        self.center_momentum, self.global_crops = center_momentum, global_crops
        self.weight = nn.Parameter(torch.randn(outputs, embedding_size))
        self.register_buffer("teacher", self.weight.detach().clone())
        self.register_buffer("center", torch.zeros(outputs))

    def check(self, run: Run) -> None:
        super().check(run)
        check_assignments(self, run)

    @torch.no_grad()
    def keys(self, module: Any, rows: Rows, batch: Batch) -> Rows:
        self.follow(module)
        count = targets_of(batch, self.global_crops)
        inputs = module.network.preprocess(cut(batch.inputs, 0, count))
        others = [column[:count] for column in columns(batch)]
        return Rows(normalized(self.projector(self.encoder(inputs))), *others)

    def averaged(self, network: Any) -> tuple[list[Tensor], list[Tensor]]:
        own, source = super().averaged(network)
        return [*own, self.teacher], [*source, self.weight]

    def online(self, batch: Batch, symmetric: bool) -> Batch:
        return batch

    def forward(self, anchors: Rows, gathered: Rows) -> tuple[Rows, Rows]:
        predicted = scores(anchors.embedding, self.weight) / self.temperature
        with torch.no_grad():
            found = scores(gathered.embedding, self.teacher)
            target = ((found - self.center) / self.teacher_temperature).softmax(1)
            if self.training and len(found):
                self.center.lerp_(found.mean(0).to(self.center), 1 - self.center_momentum)
        return (
            anchors._replace(embedding=predicted.log_softmax(1)),
            gathered._replace(embedding=target),
        )
