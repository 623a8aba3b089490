"""The data module of images; they are uint8 until they are on the device."""

from collections.abc import Callable
from typing import ClassVar, cast

import numpy as np
import torch

from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import Count, CountFromZero, Seed
from lightning_contrast.data.box_table import BoxTable
from lightning_contrast.data.datamodule import ContrastiveDataModule, Factory
from lightning_contrast.data.filled import filled
from lightning_contrast.data.image_reader import ImageReader
from lightning_contrast.data.prepare import Splits
from lightning_contrast.distributions.distribution import Distribution
from lightning_contrast.errors import InputError
from lightning_contrast.files.decoding import MAX_PIXELS
from lightning_contrast.negatives.in_batch import InBatchNegatives
from lightning_contrast.positives.view import ViewPositives
from lightning_contrast.samplers.shuffled import ShuffledSampler
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Images, Inputs
from lightning_contrast.views.view import View

MEASURED = 8192
"""Largest number of training images, evenly spaced, for mean and standard deviation."""


class ImageDataModule(ContrastiveDataModule):
    """Batches of images ``(n, C, H, W)``, floats in [0, 1] once they are on the device.

    ``fill_from``: a generator's checkpoint, whose images fill every class in training up to the
    largest (``data.filled``). The other arguments are those of ``ContrastiveDataModule``.

    After ``setup``: ``channels``, ``image_size`` (the larger side), ``mean`` and ``std`` of each
    channel over the training split.
    """

    modality: ClassVar[str] = "image"
    enough_rows: ClassVar[int] = 320_000
    channels: int
    image_size: int
    mean: list[float]
    std: list[float]

    @checked
    def __init__(
        self,
        source: Source,
        sampler: Factory = ShuffledSampler,
        positives: Factory = ViewPositives,
        negatives: Factory = InBatchNegatives,
        view: View | None = None,
        batch_size: Count = 64,
        eval_batch_size: Count = 256,
        num_workers: CountFromZero = 0,
        seed: Seed = 0,
        distribution: Distribution | None = None,
        fill_from: str | None = None,
    ) -> None:
        parts = (source, sampler, positives, negatives, view)
        super().__init__(*parts, batch_size, eval_batch_size, num_workers, seed, distribution)
        self.fill_from = fill_from

    def completed(self, splits: Splits) -> Splits:
        if self.fill_from is None or self.whole is not None:  # a trained classifier learns no more
            return splits
        return filled(splits, self.fill_from, self.seed)

    def read(self, splits: Splits) -> Callable[[np.ndarray], Inputs]:
        images = cast(Images, splits.labelled.raw)
        channels, *size = images[np.arange(1)].shape[1:]
        self.channels, self.image_size = channels, max(size)
        if self.preprocess is None:  # otherwise it is that of a trained classifier
            mean, std = channel_statistics(images, splits.train)
            limit = getattr(images, "max_pixels", MAX_PIXELS)
            whole = splits.labelled.boxes is not None
            self.preprocess = ImageReader(size, channels, mean, std, limit, whole)
        self.mean, self.std = self.preprocess.mean, self.preprocess.std
        if (self.preprocess.channels, *self.preprocess.size) != (channels, *size):
            raise InputError(
                f"the source's images have channels and size {(channels, *size)}, but the "
                f"classifier reads {(self.preprocess.channels, *self.preprocess.size)}: set "
                "source.channels and source.size"
            )
        self.derived = {
            "channels": self.channels,
            "image_size": self.image_size,
            "size": self.preprocess.size,
            "channel_mean": self.mean,
            "channel_std": self.std,
        }
        if (boxes := splits.labelled.boxes) is not None:
            self.places = BoxTable(boxes, len(images))
        return images.__getitem__

    def place_labels(self, rows: np.ndarray) -> np.ndarray:
        assert isinstance(self.places, BoxTable)
        return self.places(rows)[..., 0].astype(np.int64)

    def renumber(self, number: np.ndarray) -> None:
        if isinstance(self.places, BoxTable):
            self.places.renumber(number)


def channel_statistics(images: Images, rows: np.ndarray) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each channel over ``rows``, in [0, 1]; no deviation is 0.

    >>> from lightning_contrast.files.images import InMemoryImages
    >>> images = InMemoryImages(torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1))
    >>> channel_statistics(images, np.arange(2))
    ([0.5], [0.5])
    """
    rows = rows[:: -(-len(rows) // MEASURED)]
    sums = torch.zeros(2, images[rows[:1]].shape[1], dtype=torch.float64)
    pixels = 0
    for start in range(0, len(rows), 256):  # in blocks: decoded files may not fit in memory
        block = images[rows[start : start + 256]].double() / 255
        sums += torch.stack((block.sum((0, 2, 3)), (block**2).sum((0, 2, 3))))
        pixels += block[:, 0].numel()
    mean, square = sums / pixels
    std = (square - mean**2).clamp_min(1 / 255**2).sqrt()
    return mean.tolist(), std.tolist()
