"""Finds the training rows that are nearest to a query."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.inference.compact import Compact, Precision
from lightning_contrast.metrics.matching import Matching
from lightning_contrast.metrics.neighbours import nearest
from lightning_contrast.rows.partners import partners_of
from lightning_contrast.rows.parts import Parts
from lightning_contrast.runtime.pace import tracked

if TYPE_CHECKING:
    from lightning_contrast.data.prepare import Splits
    from lightning_contrast.modules.network import Network

BATCH = 256  # training rows that are read at a time


class Neighbour(NamedTuple):
    """A training row: its number in the source, its class in training (None: unlabelled), its
    cosine to the query, and the row: a text, the path of an image, or "" for an image without.

    ``match``: how likely the two belong together, where query and row are of two kinds and a run
    has fitted it (``Matching``)."""

    row: int
    label: str | None
    similarity: float
    input: str
    match: float | None = None


class Index:
    """The training rows of a source in the embedding of a network, searched exactly.

    ``index.nearest(network.embed(["a text"]), k=5)`` gives a list of ``Neighbour`` for each query,
    the nearest first. ``embedding (N, d)`` is held in memory, as ``compact`` stores it. Queries
    stay in float32, so that each row is scored as well as its stored numbers allow. If rows have
    several kinds (``kind (N,)``: pictures and captions), a query finds rows of the other kinds.
    """

    def __init__(
        self,
        embedding: Tensor | np.ndarray,
        rows: np.ndarray,
        label: np.ndarray,
        classes: Any,
        raw: Any,
        kind: np.ndarray | None = None,
        compact: Compact | None = None,
        matching: Matching | None = None,
    ) -> None:
        self.compact = Compact(embedding.shape[1]) if compact is None else compact
        self.embedding, self.rows, self.label = np.asarray(embedding), rows, label
        self.classes, self.raw, self.kind = tuple(classes), raw, kind
        self.matching = matching

    @classmethod
    def of(
        cls,
        network: "Network",
        splits: "Splits",
        quiet: bool = True,
        dim: int | None = None,
        precision: Precision = "float32",
    ) -> "Index":
        """Embeds the training rows of a source (see ``inference.run_rows``), and their captions.

        ``dim``, ``precision``: how they are stored (``inference.compact.Compact``)."""
        from lightning_contrast.modalities import modality_of

        raw, modality, rows, kind = (
            splits.labelled.raw,
            modality_of(network.modality),
            splits.train,
            None,
        )
        if isinstance(raw, Parts):
            partners = partners_of(splits.labelled, rows)
            rows = rows if partners is None else np.append(rows, partners.row)
            kind = np.array([raw.name_of(row) for row in rows.tolist()])
        compact = Compact(network.projector.out_features, dim, precision)
        starts = tracked(range(0, len(rows), BATCH), "training rows", quiet)
        with torch.inference_mode():
            batches = (
                modality.inputs(raw, rows[start : start + BATCH], network.preprocess)
                for start in starts
            )
            parts = [compact.of(network.project(network.encode(each))) for each in batches]
        label, classes = splits.labelled.label[rows], splits.labelled.classes
        return cls(
            np.concatenate(parts), rows, label, classes, raw, kind, compact, network.matching
        )

    def nearest(
        self, embedding: Tensor, k: int = 5, kinds: Sequence[str] | None = None
    ) -> list[list[Neighbour]]:
        """The ``k`` nearest training rows of each query ``(n, d)`` by cosine.

        ``kinds``: the kind of each query; with None, rows of all kinds are found. Raises
        ``InputError`` for a k below 1.
        """
        if k < 1:
            raise InputError(f"k must be at least 1, got {k}: set k=5")
        embedding = self.compact.first(embedding).cpu()
        if self.kind is None or kinds is None:
            return self._among(np.arange(len(self.rows)), embedding, k)
        found: list[list[Neighbour]] = [[] for _ in kinds]
        for kind in set(kinds):
            asked = [place for place, own in enumerate(kinds) if own == kind]
            answers = self._among(np.flatnonzero(self.kind != kind), embedding[asked], k)
            for place, answer in zip(asked, answers, strict=True):
                found[place] = self._matched(answer)
        return found

    def _among(self, places: np.ndarray, embedding: Tensor, k: int) -> list[list[Neighbour]]:
        """The nearest of the rows at these places."""
        similarity, place = nearest(embedding, self.compact.gallery(self.embedding[places]), k)
        pairs = zip(similarity.tolist(), places[place.numpy()].tolist(), strict=True)
        return [[self._at(*one) for one in zip(*pair, strict=True)] for pair in pairs]

    def _matched(self, found: list[Neighbour]) -> list[Neighbour]:
        if self.matching is None:
            return found
        chances = self.matching.probability(torch.tensor([one.similarity for one in found]))
        pairs = zip(found, chances.tolist(), strict=True)
        return [one._replace(match=chance) for one, chance in pairs]

    def _at(self, similarity: float, place: int) -> Neighbour:
        row, label = int(self.rows[place]), int(self.label[place])
        name = self.classes[label] if label >= 0 else None
        return Neighbour(row, name, similarity, _shown(self.raw, row))


def _shown(raw: Any, row: int) -> str:
    """The text of a row, or the path of an image; "" if it has none."""
    if isinstance(raw, Parts):
        _, raw, row = raw.one(row)
    items = raw if isinstance(raw, Sequence) else getattr(raw, "files", None)
    found = "" if items is None else items[row]
    return found if isinstance(found, str) else ""
