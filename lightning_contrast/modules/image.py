"""Contrastive classifier of images."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.modules.classifier import ContrastiveClassifier


class ImageContrastiveClassifier(ContrastiveClassifier):
    """A contrastive classifier whose rows are images; its ``preprocess`` is an ``ImageReader``.

    ``ImageContrastiveClassifier.load("best.ckpt").predict(["photo.png", array, pil_image])``
    """

    modality = "image"

    def prepare(self, inputs: Tensor) -> Tensor:
        return self.preprocess(inputs)

    def features(self, raw: Sequence[Any], batch_size: int = 64) -> Tensor:
        if isinstance(raw, str) or not len(raw):
            raise InputError(f"expected a list of images, got {raw!r}: put it in brackets")
        return super().features(raw, batch_size)
