"""Tags by the nearest class mean, with a learnt threshold for the background."""

from typing import Annotated

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from lightning_contrast.config.ranges import Count, CountFromZero, Positive, Range
from lightning_contrast.heads._of_places import flat, labels
from lightning_contrast.heads.head import Head
from lightning_contrast.types import Answer

GRID = 201  # thresholds that are tried, from -1 to 1


class PrototypeTagger(Head):
    r"""Tags a place with the class whose mean is most similar, or as background below a threshold.

    .. math:: \ell_y = \cos(x, \mu_y) / t, \quad \ell_{background} = \theta / t

    The background has no mean: it is everything else. No gradient reaches the encoder; when
    training ends, or on a few examples of new classes, ``fit`` takes the means of the places with
    these labels, and the threshold :math:`\theta` with the best F1 of the places that are no
    background. For it a place is compared with the mean of the others of its class: with itself
    among a few examples, the threshold would be too high for a new text.

    Args:
        in_features: feature width ``f``.
        classes: number of classes.
        temperature: ``t > 0``.
        background: number of the background's class.

    Raises:
        InputError: the temperature is not positive, or there are fewer than two classes.

    Source: Snell et al. 2017 (arXiv 1703.05175).

    >>> head = PrototypeTagger(2, classes=2)
    >>> head.fit(torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([1, 0]))
    >>> head(torch.tensor([[[0.9, 0.1], [-1.0, 0.2]]])).argmax(2).tolist()
    [[1, 0]]
    """

    answer = Answer.SPANS
    refit = True
    mean: Tensor
    threshold: Tensor

    def __init__(
        self,
        in_features: Count,
        classes: Annotated[int, Range(least=2)],
        temperature: Positive = 0.1,
        background: CountFromZero = 0,
    ) -> None:
        super().__init__()
        self.in_features, self.classes = in_features, classes
        self.temperature, self.background = temperature, background
        self.register_buffer("mean", torch.zeros(classes, in_features))
        self.register_buffer("threshold", torch.zeros(()))

    def forward(self, features: Tensor) -> Tensor:
        cosine = normalize(features.float(), dim=-1) @ normalize(self.mean).T
        own = torch.arange(self.classes, device=cosine.device) == self.background
        return torch.where(own, self.threshold, cosine) / self.temperature

    def loss(self, features: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Cross-entropy of the places with a label, without gradient."""
        label = labels(target)
        logits = flat(self(features.detach()))
        total = cross_entropy(logits, label, ignore_index=-1, reduction="sum")
        return total, (label >= 0).sum(dtype=total.dtype)

    def judged(self, features: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        return flat(self(features)), labels(label)

    @torch.no_grad()
    def fit(self, features: Tensor, label: Tensor) -> None:
        """Means and threshold of places ``features (R, f)`` with ``label (R,)``."""
        unit, label = normalize(flat(features).to(self.mean)), labels(label).to(self.mean.device)
        one_hot = (label[:, None] == torch.arange(self.classes, device=label.device)).to(unit)
        size, row = one_hot.sum(0), (label >= 0).nonzero()[:, 0]
        self.mean.copy_(one_hot.T @ unit / size.clamp_min(1)[:, None])
        cosine, own = unit @ normalize(self.mean).T, label[row]
        others = self.mean[own] * size[own, None] - unit[row]
        alone = (unit[row] * normalize(others)).sum(1)
        cosine[row, own] = torch.where(size[own] > 1, alone, cosine[row, own])
        cosine[:, self.background] = -2
        cosine[:, size == 0] = -2
        best, guess = cosine.max(1)
        grid = torch.linspace(-1, 1, GRID, device=best.device)
        above = (best[:, None] > grid).double()
        right = (guess == label).double() @ above
        there = ((label >= 0) & (label != self.background)).sum()
        f1 = 2 * right / ((label >= 0).double() @ above + there).clamp_min(1)
        self.threshold.copy_(grid[f1 == f1.max()].mean())
