"""A decision for each label: rows may have several, or none."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from lightning_contrast.config.ranges import Count
from lightning_contrast.heads.head import Head
from lightning_contrast.metrics.multi_label import best_thresholds, members_of
from lightning_contrast.types import Answer


class MultiLabelHead(Head):
    """Logistic regression of each label on the features, with a threshold for each.

    The loss of a row is the sum of the binary cross-entropies of all labels. The thresholds are
    chosen on the validation rows when training ends: those with the highest F1 of each label. A row
    is given a label where its probability is above the threshold.

    Args:
        in_features: feature width ``f``.
        classes: number of labels.
        sets: the labels of each class of the rows, by number; ``None``: each class is a label.
        detach: the probe: no gradient reaches the encoder.

    Rows labelled -1 are left out.

    >>> head = MultiLabelHead(4, classes=3, sets=[[], [0, 2]])
    >>> total, weight = head.loss(torch.zeros(2, 4), torch.tensor([1, -1]))
    >>> head(torch.zeros(2, 4)).shape, weight.item()
    (torch.Size([2, 3]), 1.0)
    """

    answer = Answer.LABELS
    thresholds: Tensor
    members: Tensor

    def __init__(
        self,
        in_features: Count,
        classes: Count,
        sets: Sequence[Sequence[int]] | None = None,
        detach: bool = False,
    ) -> None:
        super().__init__()
        self.in_features, self.classes, self.sets = in_features, classes, sets
        self.detach = detach
        self.linear = nn.Linear(in_features, classes)
        self.register_buffer("thresholds", torch.full((classes,), 0.5))
        self.register_buffer("members", members_of(sets, classes), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        return self.linear(features)

    def loss(self, features: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Sum over the labelled rows, and their number."""
        logits = self.linear(features.detach() if self.detach else features).float()
        known = (target >= 0).to(logits.dtype)
        truth = self.members[target].to(logits.dtype)
        each = binary_cross_entropy_with_logits(logits, truth, reduction="none").sum(1)
        return (each * known).sum(), known.sum()

    def running(self) -> Any:
        from lightning_contrast.metrics.running import running_set_metrics  # torchmetrics

        return running_set_metrics(self.classes)

    def judged(self, features: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        unknown = (label < 0)[:, None]
        return self(features).sigmoid(), self.members[label].long().masked_fill(unknown, -1)

    def choose_thresholds(self, logits: Tensor, truth: Tensor) -> None:
        """The thresholds with the best F1 of each label, on rows ``(n, labels)``."""
        self.thresholds.copy_(best_thresholds(logits.sigmoid(), truth))
