"""The base of views: how a row is seen in training."""

from typing import Any, ClassVar

from torch import nn

from lightning_contrast.config.part import Part


class View(Part, nn.Module, group="view"):
    """``forward(inputs) -> inputs``, on the device, anew for every row and step.

    Images come as float ``(r, C, H, W)`` in [0, 1], texts as a token dict ``(r, t)``.
    """

    crops: int = 2
    """Views that a row has with ``positives=view``, its own among them."""
    keeps_places: ClassVar[bool] = False
    """Each token and each cell is still there, and where it was."""
    sees_parts: ClassVar[bool] = False
    """``forward(inputs, sizes)`` also gets the numbers of anchors, positives and negatives."""
    needs_vocabulary: ClassVar[bool] = False
    """``prepare(vocabulary)`` is called once, before training."""
    has_slopes: ClassVar[bool] = False
    """A gradient passes through it to the images that it is shown."""
    follows_encoder: ClassVar[bool] = False
    """``follow(encoder, epoch)`` is called before each epoch."""

    def prepare(self, vocabulary: Any) -> None:
        """Makes tables of the tokenizer's vocabulary, where ``needs_vocabulary``."""

    def follow(self, encoder: nn.Module, epoch: int) -> None:
        """Looks at the encoder as it is, where ``follows_encoder``."""
