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

    def check(self, raw: Sequence[Any], first_row: int = 0) -> None:
        if isinstance(raw, str) or not len(raw):
            raise InputError(f"expected a list of images, got {raw!r}: put it in brackets")
