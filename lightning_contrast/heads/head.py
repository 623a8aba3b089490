"""The base of heads: features to classes, beside the contrast."""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn

from lightning_contrast.config.part import Part


class Head(Part, nn.Module, ABC, group="head"):
    """``forward(features (r, f)) -> logits (r, classes)``, and a loss that trains it."""

    decides: ClassVar[bool] = True
    """Its logits say which class a row is of."""
    takes_soft_targets: ClassVar[bool] = False
    """``loss`` takes targets ``(r, classes)`` too, as ``mix`` makes them."""
    refit: bool = False
    """After training, ``fit`` makes it anew of the features of all training rows."""

    @abstractmethod
    def loss(self, features: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Sum over the labelled rows, and their number."""
