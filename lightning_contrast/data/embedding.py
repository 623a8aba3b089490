"""A split through the trained classifier."""

from collections.abc import Iterable
from typing import Any, Protocol

import torch

from lightning_contrast.batch import Batch
from lightning_contrast.runtime.pace import tracked
from lightning_contrast.types import Embedded


class Classifier(Protocol):
    """What is needed here of a ``ContrastiveClassifier``."""

    encoder: Any
    projector: Any
    classes: Any

    @property
    def device(self) -> torch.device: ...

    def eval(self) -> Any: ...

    def predict_step(self, batch: Batch) -> Embedded: ...


@torch.inference_mode()
def embed(
    module: Classifier,
    datamodule: Any,
    loader: Iterable[Batch],
    what: str = "embedding",
    quiet: bool = True,
) -> Embedded:
    """Features, embedding and logits of every row of a loader, on the CPU, without views.

    An empty split gives tensors of no rows. ``what`` stands before the progress bar.
    """
    module.eval()
    parts: list[Embedded] = [_empty(module)]
    for batch in tracked(loader, what, quiet):
        batch = datamodule.transfer_batch_to_device(batch, module.device, 0)
        parts.append(module.predict_step(datamodule.on_after_batch_transfer(batch, 0)))
    return Embedded(*(torch.cat(column) for column in zip(*parts, strict=True)))


def with_label(split: Embedded) -> Embedded:
    """The rows of a split that have a label.

    >>> rows = torch.eye(2)
    >>> with_label(Embedded(rows, rows, rows, torch.tensor([0, -1]), torch.arange(2))).index
    tensor([0])
    """
    kept = split.label >= 0
    return split if bool(kept.all()) else Embedded(*(column[kept] for column in split))


def _empty(module: Classifier) -> Embedded:
    features, embedding = module.encoder.out_features, module.projector.out_features
    rows = [torch.zeros(0, width) for width in (features, embedding, len(module.classes))]
    nothing = torch.zeros(0, dtype=torch.long)
    return Embedded(rows[0], rows[1], rows[2], nothing, nothing)
