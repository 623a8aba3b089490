"""Weighted means of two images."""

import torch
from torch import Tensor

from lightning_contrast.config.ranges import Share
from lightning_contrast.mix._drawn import Alpha, shares, target
from lightning_contrast.mix.mix import Mix


class Mixup(Mix):
    r"""The classification loss sees weighted means of two images, with the mean of their labels.

    .. math:: \tilde x = \lambda x_i + (1 - \lambda) x_j \qquad
        \tilde y = \lambda y_i + (1 - \lambda) y_j \qquad \lambda \sim \mathrm{Beta}(a, a)

    ``j`` is a random permutation of the batch; each image has its own weight, the whole batch is
    mixed at once. ``(n, C, H, W)`` and labels ``(n,)`` to images and targets ``(n, classes)``.

    Args:
        alpha: ``a``, 0.01 to 100; 0.1 to 0.4 on many classes, 1 (any weight alike) on few.
        probability: of an image to be mixed.

    Raises:
        InputError: ``alpha`` is outside [0.01, 100], ``probability`` outside [0, 1].

    Source: Zhang et al. 2017 (arXiv 1710.09412).

    >>> images, target = Mixup()(torch.rand(4, 1, 8, 8), torch.tensor([0, 1, 2, 0]), 3)
    >>> images.shape, target.shape
    (torch.Size([4, 1, 8, 8]), torch.Size([4, 3]))
    """

    modality = "image"
    changes = True

    def __init__(self, alpha: Alpha = 0.2, probability: Share = 1.0) -> None:
        self.alpha, self.probability = alpha, probability

    @torch.no_grad()
    def __call__(self, inputs: Tensor, label: Tensor, classes: int) -> tuple[Tensor, Tensor]:
        other = torch.randperm(len(inputs), device=inputs.device)
        share = shares(len(inputs), self.alpha, self.probability, inputs.device)
        weight = share[:, None, None, None].to(inputs.dtype)
        mixed = torch.lerp(inputs[other], inputs, weight)
        return mixed, target(label, other, share, classes)
