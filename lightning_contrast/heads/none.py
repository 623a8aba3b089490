"""No classifier beside the contrast."""

import torch
from torch import Tensor

from lightning_contrast.heads.head import Head
from lightning_contrast.types import Answer


class NoHead(Head):
    """Gives every class the same logit, and no loss: for data without classes.

    >>> NoHead(in_features=4, classes=3)(torch.zeros(2, 4)).shape
    torch.Size([2, 3])
    """

    answer = Answer.NOTHING
    has_loss = False
    takes_soft_targets = True

    def __init__(self, in_features: int, classes: int) -> None:
        super().__init__()
        self.in_features, self.classes = in_features, classes

    def forward(self, features: Tensor) -> Tensor:
        return features.new_zeros(features.shape[0], self.classes)  # `len` can't be traced

    def loss(self, features: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        return features.new_zeros(()), torch.zeros((), device=features.device)
