"""Cosines of pairs that have a score."""

from typing import Any, NamedTuple

import numpy as np

from lightning_contrast.data.sides import embed_sides


class GradedPairs(NamedTuple):
    """Row numbers, the similarities of the rows to their partners, which are cosines if the
    contrast compared these, and their scores, ``(n,)`` each."""

    row: np.ndarray
    cosine: np.ndarray
    score: np.ndarray


def cosines_and_scores(
    network: Any, datamodule: Any, rows: np.ndarray, quiet: bool = True
) -> GradedPairs | None:
    """Embeds rows and their partners, without views; None if they have no scores."""
    labelled = datamodule.splits.labelled
    if labelled.score is None:
        return None
    sides = embed_sides(network, datamodule, rows, quiet)
    if sides is None:
        return None
    own, partner = (identity.numpy() for identity in sides.identities(labelled))
    place = np.argsort(partner)[np.searchsorted(np.sort(partner), own)]
    rated, others = sides.vectors
    cosine = (rated * others[place]).sum(1).double().numpy()
    number = sides.rows.index.numpy()
    return GradedPairs(number, cosine, labelled.score[number].astype(np.float64))
