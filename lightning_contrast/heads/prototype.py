"""The nearest-class-mean classifier."""

from typing import Annotated

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from lightning_contrast.config.ranges import Count, Positive, Range, Share
from lightning_contrast.heads.head import Head


class PrototypeHead(Head):
    r"""Classifies by the cosine of the features to the class means.

    .. math:: p(y | x) = \operatorname{softmax}_y(\cos(x, \mu_y) / t)

    No gradient reaches the encoder. The means follow the training batches, and are computed exactly
    over the training split when training ends.

    Args:
        in_features: feature width ``f``.
        classes: number of classes.
        temperature: ``t > 0``.
        momentum: share of the old mean that a batch leaves in place.

    Raises:
        InputError: the temperature is not positive, or there are fewer than two classes.

    Source: Snell et al. 2017 (arXiv 1703.05175).

    >>> head = PrototypeHead(2, classes=2)
    >>> head.fit(torch.tensor([[1., 0.], [0., 1.]]), torch.tensor([0, 1]))
    >>> head(torch.tensor([[3., 1.]])).argmax().item()
    0
    """

    sums_rows = False  # it moves means, without a gradient
    refit = True
    mean: Tensor

    def __init__(
        self,
        in_features: Count,
        classes: Annotated[int, Range(least=2)],
        temperature: Positive = 0.1,
        momentum: Share = 0.9,
    ) -> None:
        super().__init__()
        self.in_features, self.classes = in_features, classes
        self.temperature, self.momentum = temperature, momentum
        self.register_buffer("mean", torch.zeros(classes, in_features))

    def forward(self, features: Tensor) -> Tensor:
        return normalize(features.float()) @ normalize(self.mean).T / self.temperature

    def loss(self, features: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Cross-entropy of the labelled rows, without gradient; moves the means."""
        features = features.detach()
        if self.training:
            means, seen = _class_means(features, label, self.classes)
            moved = self.momentum * self.mean + (1 - self.momentum) * means
            fresh = (self.mean == 0).all(1, keepdim=True)
            self.mean.copy_(torch.where(seen, torch.where(fresh, means, moved), self.mean))
        total = cross_entropy(self(features), label, ignore_index=-1, reduction="sum")
        return total, (label >= 0).sum().to(total.dtype)

    def fit(self, features: Tensor, label: Tensor) -> None:
        """The exact class means."""
        self.mean.copy_(
            _class_means(features.to(self.mean), label.to(self.mean.device), self.classes)[0]
        )


def _class_means(features: Tensor, label: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Mean of the unit features of each class ``(classes, f)``, and which classes occur."""
    features = normalize(features.float())
    one_hot = (label[:, None] == torch.arange(classes, device=label.device)).to(features.dtype)
    count = one_hot.sum(0)[:, None]
    return one_hot.T @ features / count.clamp_min(1), count > 0
