"""MNIST-format files: four IDX files in a folder, gzipped or not."""

import gzip
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.files.images import InMemoryImages
from lightning_contrast.files.paths import existing
from lightning_contrast.rows.split_names import TEST, TRAIN
from lightning_contrast.sources._labelled import labelled
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled

PARTS = {TRAIN: "train", TEST: "t10k"}


@dataclass
class Idx(Source):
    """MNIST, Fashion-MNIST, KMNIST and their like; the validation split is hashed out of train.

    ``folder`` holds ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte`` and the two ``t10k-``
    files, each with or without ``.gz``. ``classes``: names by label; the numbers if None.
    Raises ``InputError`` for a missing or damaged file. Source: LeCun et al., 1998, the format.

    >>> Idx("data/mnist").classes is None
    True
    """

    folder: str
    classes: Sequence[str] | None = None
    FRACTIONS: ClassVar[Sequence[float]] = (0.9, 0.1, 0.0)
    modality: ClassVar[str] = "image"

    def check_files(self) -> None:
        existing(self.folder, "source.folder", folder=True)

    def load(self) -> Labelled:
        root = existing(self.folder, "source.folder", folder=True)
        images = [read_idx(_file(root, f"{p}-images-idx3-ubyte"), 3) for p in PARTS.values()]
        labels = [read_idx(_file(root, f"{p}-labels-idx1-ubyte"), 1) for p in PARTS.values()]
        for part, image, label in zip(PARTS.values(), images, labels, strict=True):
            if len(image) != len(label):
                raise InputError(
                    f"{root}: the {part} files must match, got {len(image)} images and "
                    f"{len(label)} labels: get both from one place"
                )
        label = np.concatenate(labels).astype(np.int64)
        pixels = InMemoryImages(torch.from_numpy(np.concatenate(images)).unsqueeze(1))
        split = np.repeat(list(PARTS), [len(part) for part in labels])
        return labelled(pixels, label, self._names(int(label.max(initial=-1)) + 1), split=split)

    def _names(self, needed: int) -> tuple[str, ...]:
        if self.classes is None:
            return tuple(str(number) for number in range(needed))
        if len(self.classes) < needed:
            raise InputError(
                f"source.classes must name {needed} classes, got {len(self.classes)}: "
                "give a name for each label, or null for the numbers"
            )
        return tuple(self.classes)


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """One IDX file of unsigned bytes with so many dimensions; ``InputError`` if it is damaged."""
    try:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} can't be read ({error}): it is damaged, get it again") from error
    head = 4 + 4 * dimensions
    if len(data) < head or data[:4] != bytes([0, 0, 8, dimensions]):
        raise InputError(
            f"{path} must start with the bytes 0 0 8 {dimensions} of an IDX file, got "
            f"{' '.join(map(str, data[:4])) or 'an empty file'}: get the original file again"
        )
    shape = tuple(np.frombuffer(data, ">i4", dimensions, 4).tolist())
    if len(data) != head + math.prod(shape):
        raise InputError(
            f"{path} must hold {head + math.prod(shape)} bytes for its shape {shape}, got "
            f"{len(data)}: it is cut off, get it again"
        )
    return np.frombuffer(data, np.uint8, offset=head).reshape(shape)


def _file(root: Path, name: str) -> Path:
    for path in (root / name, root / f"{name}.gz"):
        if path.is_file():
            return path
    return existing(root / name, "source.folder")
