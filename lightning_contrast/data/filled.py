"""Made images beside the real ones, so that no class is rare in training."""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
import torch

from lightning_contrast.data.prepare import Splits
from lightning_contrast.errors import InputError, listing
from lightning_contrast.files.images import InMemoryImages, JoinedImages
from lightning_contrast.modules import load
from lightning_contrast.rows.split_names import TRAIN
from lightning_contrast.types import Labelled

KEY = "datamodule.fill_from"
ONE_CLASS = ("sets", "boxes", "identity", "score")  # what a row with more than a class has


def filled(splits: Splits, checkpoint: str, seed: int = 0) -> Splits:
    """Adds images of a generator to every class until all have as many training rows as the
    largest.

    They stand behind the source's rows, in training alone; ``counts["made"]`` is their number. The
    generator should have been trained on these very training rows: one that saw more of a rare
    class, or its test rows, makes the figures too good.

    Args:
        splits: of a source of images with a class each.
        checkpoint: of a run with ``module=generator``, on the same classes and size.
        seed: of the noise.

    Raises:
        InputError: the rows have more than a class, or the checkpoint makes no images, those of
            other classes, or of another size.
    """
    labelled = splits.labelled
    if any(getattr(labelled, name) is not None for name in ONE_CLASS):
        raise InputError(
            f"{KEY} adds images with a class each, and the source's rows have more (several "
            f"labels, boxes or captions): set {KEY}=null"
        )
    network = load(checkpoint)
    if network.generator is None:
        raise InputError(
            f"{KEY}={checkpoint} makes no images: give best.ckpt of a run with recipe=reacgan"
        )
    if list(labelled.classes) != network.classes:
        raise InputError(
            f"{KEY}={checkpoint} makes other classes ({listing(network.classes)}) than the "
            f"source's ({listing(list(labelled.classes))}): train the generator on this source"
        )
    label = labelled.label[splits.train]
    sizes = np.bincount(label[label >= 0], minlength=len(labelled.classes))
    new = np.repeat(np.arange(len(sizes)), sizes.max() - sizes)
    if not len(new):
        return splits
    made = (network.generate(new.tolist(), seed) * 255).round().to(torch.uint8)
    images: Any = labelled.raw
    real = images[np.arange(1)].shape[1:]
    if made.shape[1:] != real:
        raise InputError(
            f"{KEY}={checkpoint} makes images of {_by(made.shape[1:])}, and the source's have "
            f"{_by(real)} (channels, height, width): train the generator on this source"
        )
    rows = np.arange(len(new)) + len(labelled.label)
    counts = {**splits.counts, "made": len(new), "train": len(splits.train) + len(new)}
    raw = JoinedImages([images, InMemoryImages(made)])
    labelled = _longer(labelled._replace(raw=raw), new)
    train = np.concatenate((splits.train, rows))
    content = splits.content
    for weight in network.generator.state_dict().values():  # pixels may differ by the processor
        content = crc32(weight.numpy().tobytes(), content)
    return splits._replace(labelled=labelled, train=train, counts=counts, content=content)


def _longer(labelled: Labelled, new: np.ndarray) -> Labelled:
    """The columns of the rows, with those of made rows of these classes behind them."""
    groups = labelled.group.max(initial=-1) + 1 + np.arange(len(new))
    beside = {
        "label": new,
        "group": groups,
        "split": np.full(len(new), TRAIN),
        "weight": np.ones(len(new)),
    }
    columns: dict[str, Any] = {
        name: np.concatenate((own, values.astype(own.dtype)))
        for name, values in beside.items()
        if (own := getattr(labelled, name)) is not None
    }
    attributes = labelled.attributes and {
        name: np.concatenate((own, np.full(len(new), "made")))
        for name, own in labelled.attributes.items()
    }
    return labelled._replace(**columns, attributes=attributes)


def _by(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape))
