"""The true and the found boxes of images."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from lightning_contrast.metrics.coco import Marked, average_precision
from lightning_contrast.runtime.pace import tracked


class Boxed(NamedTuple):
    """Images: their row numbers ``(n,)``, their true boxes and those found, the surest first."""

    rows: np.ndarray
    gold: Marked
    found: Marked

    def scores(self, classes: Sequence[str]) -> dict[str, float]:
        return average_precision(self.gold, self.found, self.rows, classes)


@torch.inference_mode()
def boxed(
    network: Any, datamodule: Any, rows: np.ndarray, what: str = "boxes", quiet: bool = True
) -> Boxed:
    """The boxes that a network finds in rows of the source, beside the true ones.

    ``network``: a ``modules.network.Network`` with a head of boxes. The network's modes (training
    or evaluation) are restored.
    """
    modes = {part: part.training for part in network.modules()}
    network.eval()
    gold: list[Marked] = []
    found: list[Marked] = []
    for batch in tracked(datamodule.in_order(rows), what, quiet):
        index = batch.index.numpy()
        row, place = np.nonzero(batch.boxes[..., 0] >= 0)
        label, box = batch.boxes[row, place, 0].astype(np.int64), batch.boxes[row, place, 1:]
        gold.append(Marked(index[row], box, label, np.ones(len(row))))
        own = network.head.found(network.encode_as_trained(batch.inputs))
        box, label, chance = (column.cpu().numpy() for column in own)
        row, place = np.nonzero(chance > 0)
        found.append(Marked(index[row], *(c[row, place] for c in (box, label, chance))))
    for part, mode in modes.items():
        part.training = mode
    return Boxed(rows, _joined(gold), _joined(found))


def _joined(parts: list[Marked]) -> Marked:
    none = Marked(np.zeros(0, np.int64), np.zeros((0, 4)), np.zeros(0, np.int64), np.zeros(0))
    return Marked(*map(np.concatenate, zip(none, *parts, strict=True)))
