"""Embeds rows and their partners: the two sides of retrieval."""

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.data.embedding import embed
from lightning_contrast.metrics.cross_retrieval import cross_retrieval
from lightning_contrast.metrics.matching import pairs_of
from lightning_contrast.metrics.similarity import Kind, compared
from lightning_contrast.rows.partners import partners_of
from lightning_contrast.types import Embedded, Labelled


class Sides(NamedTuple):
    """Rows and their partners, embedded; ``index`` of each is the row number in the source. The
    products of ``vectors`` are their similarities."""

    rows: Embedded
    partners: Embedded
    similarity: Kind = "cosine"

    @property
    def vectors(self) -> tuple[Tensor, Tensor]:
        return compared(self.similarity, self.rows.embedding, self.partners.embedding)

    def identities(self, labelled: Labelled) -> tuple[Tensor, Tensor]:
        """The identity of each row, and of each partner."""
        assert labelled.identity is not None
        identity = torch.from_numpy(labelled.identity)
        return identity[self.rows.index], identity[self.partners.index]

    def pairs(self, labelled: Labelled) -> tuple[Tensor, Tensor]:
        """The similarities of pairs of rows and partners, and which belong together, ``(n,)``."""
        return pairs_of(*self.vectors, *self.identities(labelled))


def embed_sides(
    network: Any, datamodule: Any, rows: np.ndarray, quiet: bool = True
) -> Sides | None:
    """Embeds the rows that have partners, and the partners, without views; None if none has."""
    partners = partners_of(datamodule.splits.labelled, rows)
    if partners is None or not len(partners.row):
        return None
    known = rows[partners.count > 0]
    return Sides(
        embed(network, datamodule.in_order(known), "rows", quiet),
        embed(network, datamodule.in_order(partners.row), "their partners", quiet),
        network.similarity,
    )


def both_ways(
    sides: Sides, labelled: Labelled, ks: Any = (1, 5, 10)
) -> dict[str, dict[str, float]]:
    """``cross_retrieval`` of partners by rows (``to_partner``) and of rows by partners
    (``from_partner``)."""
    (own, other), (row, partner) = sides.vectors, sides.identities(labelled)
    return {
        "to_partner": cross_retrieval(own, other, row, partner, ks),
        "from_partner": cross_retrieval(other, own, partner, row, ks),
    }
