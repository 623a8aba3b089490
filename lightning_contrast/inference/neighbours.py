"""Which training rows are nearest: what a prediction rests on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.metrics.neighbours import nearest

if TYPE_CHECKING:
    from lightning_contrast.data.datamodule import ContrastiveDataModule
    from lightning_contrast.modules.classifier import ContrastiveClassifier


class Neighbour(NamedTuple):
    """A training row: its number in the source, its class as training saw it (None: unlabelled),
    its cosine to the query, and the row: a text, the path of an image, "" for one that has none."""

    row: int
    label: str | None
    similarity: float
    input: str


class Index:
    """The training rows of a data module in the embedding of a classifier, searched exactly.

    ``index.nearest(model.embed(["a text"]), k=5)`` gives a list of ``Neighbour`` a query, the
    nearest first. ``embedding (N, d)`` is held in memory.
    """

    def __init__(
        self, embedding: Tensor, rows: np.ndarray, label: np.ndarray, classes: Any, raw: Any
    ) -> None:
        self.embedding, self.rows, self.label = embedding, rows, label
        self.classes, self.raw = tuple(classes), raw

    @classmethod
    def of(
        cls,
        model: "ContrastiveClassifier",
        datamodule: "ContrastiveDataModule",
        quiet: bool = True,
    ) -> "Index":
        """Embeds the training rows of a data module that is set up."""
        from lightning_contrast.data.embedding import embed

        splits = datamodule.splits
        if splits is None:
            raise InputError("the data module holds no rows yet: call its setup() first")
        loader = datamodule.in_order(splits.train)
        found = embed(model, datamodule, loader, "training rows", quiet)
        labelled = splits.labelled
        label = labelled.label[splits.train]
        return cls(found.embedding, splits.train, label, labelled.classes, labelled.raw)

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
