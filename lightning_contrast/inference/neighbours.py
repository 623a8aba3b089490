"""Finds the training rows that are nearest to a query."""

from collections.abc import Sequence
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError
from lightning_contrast.inference.compact import Compact, Precision
from lightning_contrast.inference.searched import BATCH, embedded, searched
from lightning_contrast.metrics.matching import Matching
from lightning_contrast.metrics.neighbours import nearest
from lightning_contrast.metrics.similarity import normalized
from lightning_contrast.rows.parts import Parts

if TYPE_CHECKING:
    from lightning_contrast.data.prepare import Splits
    from lightning_contrast.modules.network import Network


class Neighbour(NamedTuple):
    """A training row: its number in the source (from 1, without those skipped;
    ``rows.partners.numbers_of``), its class in training (None: unlabelled), its similarity to the
    query, which is the cosine if the contrast compared these, and the row: a text, the path of an
    image, or "" for an image without.

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

    ``exact (N, d)``, which may lie on the disk, holds the vectors in float32. Then ``rescore``
    candidates for each neighbour are found by what is stored, and ordered by these vectors: of few
    bits a fourfold number of candidates finds nearly all neighbours.
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
        exact: np.ndarray | None = None,
        rescore: int = 1,
        number: np.ndarray | None = None,
    ) -> None:
        self.compact = Compact(embedding.shape[1]) if compact is None else compact
        self.embedding, self.rows, self.label = np.asarray(embedding), rows, label
        self.number = rows + 1 if number is None else number
        self.classes, self.raw, self.kind = tuple(classes), raw, kind
        self.matching, self.exact, self.rescore = matching, exact, rescore

    @classmethod
    def of(
        cls,
        network: "Network",
        splits: "Splits",
        quiet: bool = True,
        dim: int | None = None,
        precision: Precision = "float32",
        rescore: Count | None = None,
    ) -> "Index":
        """Embeds the training rows of a source (see ``inference.run_rows``), and their captions.

        ``dim``, ``precision``: how they are stored (``inference.compact.Compact``). ``rescore``:
        also keeps them in float32, in a file without a name, and compares so many for each
        neighbour. Raises ``InputError`` where they are stored so anyway."""
        rows, number, kind = searched(splits)
        compact = Compact(network.projector.out_features, dim, precision, network.similarity)
        if rescore is not None and precision == "float32":
            raise InputError(
                f"rescore={rescore} orders candidates by vectors in float32, and precision=float32 "
                "stores these: set precision=int8 or precision=binary, or rescore=null"
            )
        exact = None
        if rescore is not None:
            shape = (len(rows), compact.kept)
            with TemporaryFile() as file:  # the map keeps it
                exact = np.memmap(file, np.float32, "w+", shape=shape)
        parts = []
        for start, vectors in embedded(network, splits, rows, quiet):
            parts.append(compact.of(vectors))
            if exact is not None:
                exact[start : start + BATCH] = compact.first(vectors).cpu().numpy()
        label, classes = splits.labelled.label[rows], splits.labelled.classes
        held = (classes, splits.labelled.raw, kind, compact, network.matching, exact, rescore or 1)
        return cls(np.concatenate(parts), rows, label, *held, number=number)

    def nearest(
        self, embedding: Tensor, k: int = 5, kinds: Sequence[str] | None = None
    ) -> list[list[Neighbour]]:
        """The ``k`` nearest training rows of each query ``(n, d)``, by the network's similarity.

        ``kinds``: the kind of each query; with None, rows of all kinds are found. Raises
        ``InputError`` for a k below 1.
        """
        if k < 1:
            raise InputError(f"k must be at least 1, got {k}: set k=5")
        embedding = self.compact.first(embedding).cpu()
        if self.kind is None or kinds is None:
            return self._among(embedding, k)
        found: list[list[Neighbour]] = [[] for _ in kinds]
        for kind in set(kinds):
            asked = [place for place, own in enumerate(kinds) if own == kind]
            answers = self._among(embedding[asked], k, kind)
            for place, answer in zip(asked, answers, strict=True):
                found[place] = self._matched(answer)
        return found

    def _among(self, query: Tensor, k: int, other: str | None = None) -> list[list[Neighbour]]:
        """The nearest rows, of another kind than ``other`` if it is given."""
        found = self._found(query, k, other)
        pairs = zip(*(column.tolist() for column in found), strict=True)
        return [[self._at(*one) for one in zip(*pair, strict=True)] for pair in pairs]

    def _found(self, query: Tensor, k: int, other: str | None) -> tuple[Tensor, np.ndarray]:
        """Similarities and places of the nearest rows, ``(n, k)`` each."""
        whole = self.kind is None or other is None
        places = np.arange(len(self.rows)) if whole else np.flatnonzero(self.kind != other)
        gallery = self.compact.gallery(self.embedding[places])
        kind = self.compact.similarity
        similarity, place = nearest(query, gallery, k * self.rescore, kind=kind)
        found = places[place.numpy()]
        if self.exact is not None:
            similarity, order = rescored(query, self.exact[found], k)
            found = np.take_along_axis(found, order.numpy(), axis=1)
        return similarity, found

    def _matched(self, found: list[Neighbour]) -> list[Neighbour]:
        if self.matching is None:
            return found
        chances = self.matching.probability(torch.tensor([one.similarity for one in found]))
        pairs = zip(found, chances.tolist(), strict=True)
        return [one._replace(match=chance) for one, chance in pairs]

    def _at(self, similarity: float, place: int) -> Neighbour:
        row, label = int(self.rows[place]), int(self.label[place])
        name = self.classes[label] if label >= 0 else None
        return Neighbour(int(self.number[place]), name, similarity, _shown(self.raw, row))


def rescored(query: Tensor, candidates: np.ndarray, k: int) -> tuple[Tensor, Tensor]:
    """Cosines of the ``k`` best of each query's candidates ``(n, m, d)``, and their places.

    >>> rescored(torch.eye(2)[:1], np.array([[[0.0, 1.0], [1.0, 0.0]]], np.float32), k=1)
    (tensor([[1.]]), tensor([[1]]))
    """
    vectors = torch.from_numpy(candidates)
    cosine = (normalized(query)[:, None] * vectors).sum(2)
    best = cosine.topk(min(k, cosine.shape[1]), dim=1)
    return best.values, best.indices


def _shown(raw: Any, row: int) -> str:
    """The text of a row, the path of an image, or its shard and sample; "" if it has none."""
    if isinstance(raw, Parts):
        _, raw, row = raw.one(row)
    items = raw if isinstance(raw, Sequence) else getattr(raw, "files", None)
    if (named := getattr(items, "named", None)) is not None:
        return named(row)
    found = "" if items is None else items[row]
    return found if isinstance(found, str) else ""
