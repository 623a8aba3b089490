"""The head of a discriminator: how real a row looks, as one of its class."""

from typing import Annotated, Any

from torch import Tensor, nn
from torch.nn.functional import embedding
from torch.nn.utils.parametrizations import spectral_norm

from lightning_contrast.config.ranges import Count, Range
from lightning_contrast.heads._wide import wide
from lightning_contrast.heads.head import Head
from lightning_contrast.types import Answer


class Realness(Head):
    r"""A score of realness, positive for real rows and negative for made ones.

    .. math::
        D(x, y) = w \cdot f(x) + b + [v_y \cdot f(x)]

    The term in brackets is the projection of the features on a vector of the class. Without it the
    score knows no class, and the contrast is what makes a generator heed it.

    Args:
        in_features: feature width ``f``.
        classes: number of classes.
        projection: with the term of the class.

    All weights are spectrally normalised (arXiv:1802.05957). Source: Miyato and Koyama 2018
    (arXiv:1802.05637).

    >>> import torch
    >>> head = Realness(in_features=4, classes=3)
    >>> head(torch.zeros(2, 4)).shape, head.score(torch.zeros(2, 4), torch.tensor([0, 2])).shape
    (torch.Size([2, 3]), torch.Size([2]))
    """

    answer = Answer.REALNESS

    def __init__(
        self, in_features: Count, classes: Annotated[int, Range(least=2)], projection: bool = False
    ) -> None:
        super().__init__()
        self.in_features, self.classes, self.projection = in_features, classes, projection
        self.linear = spectral_norm(nn.Linear(in_features, 1))
        self.vectors = (
            spectral_norm(nn.Linear(in_features, classes, bias=False)) if projection else None
        )

    def forward(self, features: Tensor) -> Tensor:
        """The score of each row as one of each class, ``(r, classes)``."""
        realness = wide(self.linear(features))
        if self.vectors is None:
            return realness.expand(-1, self.classes)
        return realness + wide(self.vectors(features))

    def score(self, features: Tensor, label: Tensor) -> Tensor:
        """The score of each row as one of its class, ``(r,)``."""
        realness = wide(self.linear(features))[:, 0]
        if self.vectors is None:
            return realness
        vectors: Any = self.vectors.weight
        return realness + (embedding(label, vectors) * wide(features)).sum(1)

    def loss(self, features: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """The hinge of real rows, ``max(0, 1 - D(x, y))``: its sum over the labelled ones."""
        known = target >= 0
        value = (1 - self.score(features, target.clamp_min(0))).relu() * known
        return value.sum(), known.sum(dtype=value.dtype)
