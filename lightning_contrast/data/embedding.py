"""A split through the trained classifier."""

from collections.abc import Iterable

import torch
from pytorch_lightning import LightningDataModule

from lightning_contrast.modules.classifier import ContrastiveClassifier
from lightning_contrast.runtime.quiet import tracked
from lightning_contrast.types import Embedded


@torch.inference_mode()
def embed(
    module: ContrastiveClassifier,
    datamodule: LightningDataModule,
    loader: Iterable,
    what: str = "embedding",
    quiet: bool = True,
) -> Embedded:
    """Features, embedding and logits of every row of a loader, on the CPU, without views.

    An empty split gives tensors of no rows.
    """
    module.eval()
    parts: list[Embedded] = [_empty(module)]
    for batch in tracked(loader, what, quiet):
        batch = datamodule.transfer_batch_to_device(batch, module.device, 0)
        parts.append(module.predict_step(datamodule.on_after_batch_transfer(batch, 0)))
    return Embedded(*(torch.cat(column) for column in zip(*parts, strict=True)))


def _empty(module: ContrastiveClassifier) -> Embedded:
    features, embedding = module.encoder.out_features, module.projector.out_features
    rows = [torch.zeros(0, width) for width in (features, embedding, len(module.classes))]
    nothing = torch.zeros(0, dtype=torch.long)
    return Embedded(rows[0], rows[1], rows[2], nothing, nothing)
