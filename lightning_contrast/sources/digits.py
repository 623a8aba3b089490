"""Handwritten digits of 8 x 8 pixels that come with scikit-learn."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from lightning_contrast.files.images import InMemoryImages
from lightning_contrast.sources._labelled import labelled
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled


@dataclass(kw_only=True)
class Digits(Source):
    """1,797 digits, uint8 ``(1797, 1, 8, 8)``, their 17 grey levels spread over 0 to 255.

    Source: Alpaydin and Kaynak, 1998 (UCI), the test part, through ``sklearn.datasets``.

    >>> rows = Digits().load()
    >>> rows.raw[np.array([0, 1])].shape, len(rows.classes)
    (torch.Size([2, 1, 8, 8]), 10)
    """

    modality: ClassVar[str] = "image"

    def load(self) -> Labelled:
        from sklearn.datasets import load_digits

        digits = load_digits()
        grey = np.rint(digits.images * (255 / 16)).astype(np.uint8)
        images = InMemoryImages(torch.from_numpy(grey).unsqueeze(1))
        return labelled(images, digits.target.astype(np.int64), tuple(map(str, range(10))))
