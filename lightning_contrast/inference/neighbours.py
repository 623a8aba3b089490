"""Which training rows are nearest: what a prediction rests on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.metrics.neighbours import nearest
from lightning_contrast.runtime.pace import tracked

if TYPE_CHECKING:
    from lightning_contrast.data.prepare import Splits
    from lightning_contrast.modules.network import Network

BATCH = 256  # training rows that are read at a time


class Neighbour(NamedTuple):
    """A training row: its number in the source, its class as training saw it (None: unlabelled),
    its cosine to the query, and the row: a text, the path of an image, "" for one that has none."""

    row: int
    label: str | None
    similarity: float
    input: str


class Index:
    """The training rows of a source in the embedding of a network, searched exactly.

    ``index.nearest(network.embed(["a text"]), k=5)`` gives a list of ``Neighbour`` a query, the
    nearest first. ``embedding (N, d)`` is held in memory.
    """

    def __init__(
        self, embedding: Tensor, rows: np.ndarray, label: np.ndarray, classes: Any, raw: Any
    ) -> None:
        self.embedding, self.rows, self.label = embedding, rows, label
        self.classes, self.raw = tuple(classes), raw

    @classmethod
    def of(cls, network: "Network", splits: "Splits", quiet: bool = True) -> "Index":
        """Embeds the training rows of a source (see ``inference.run_rows``)."""
        from lightning_contrast.modalities import modality_of

        raw, modality = splits.labelled.raw, modality_of(network.modality)
        starts = tracked(range(0, len(splits.train), BATCH), "training rows", quiet)
        with torch.inference_mode():
            batches = (
                modality.inputs(raw, splits.train[start : start + BATCH], network.preprocess)
                for start in starts
            )
            found = torch.cat([network.project(network.encode(each)).cpu() for each in batches])
        label = splits.labelled.label[splits.train]
        return cls(found, splits.train, label, splits.labelled.classes, raw)

    def nearest(self, embedding: Tensor, k: int = 5) -> list[list[Neighbour]]:
        """The ``k`` nearest training rows of each query ``(n, d)`` by cosine.

        Raises ``InputError`` for a k below 1.
        """
        if k < 1:
            raise InputError(f"k must be at least 1, got {k}: set k=5")
        similarity, place = nearest(embedding.float().cpu(), self.embedding, k)
        pairs = zip(similarity.tolist(), place.tolist(), strict=True)
        return [[self._at(*one) for one in zip(*pair, strict=True)] for pair in pairs]

    def _at(self, similarity: float, place: int) -> Neighbour:
        row, label = int(self.rows[place]), int(self.label[place])
        name = self.classes[label] if label >= 0 else None
        return Neighbour(row, name, similarity, _shown(self.raw, row))


def _shown(raw: Any, row: int) -> str:
    """The text of a row, or the path of an image that has one."""
    items = raw if isinstance(raw, Sequence) else getattr(raw, "files", None)
    found = "" if items is None else items[row]
    return found if isinstance(found, str) else ""
