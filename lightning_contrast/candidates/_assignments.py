"""Rows as their assignments to learnt prototypes that belong to no class."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.batch import Batch, normalized
from lightning_contrast.config.part import Run, name_of
from lightning_contrast.errors import InputError


def scores(embedding: Float[Tensor, "r d"], prototypes: Tensor) -> Float[Tensor, "r k"]:
    """Cosines of rows and prototypes, in float32 or wider."""
    wide = torch.promote_types(embedding.dtype, torch.float32)
    with torch.autocast(embedding.device.type, enabled=False):
        return embedding.to(wide) @ normalized(prototypes).to(wide).T


def targets_of(batch: Batch, global_crops: int) -> int:
    """How many rows are targets: they stand first in the batch, view by view.

    >>> from lightning_contrast.batch import Counts
    >>> targets_of(Batch(None, None, None, Counts(n=5, p=3, k=0)), global_crops=2)
    10
    """
    n, p, _ = batch.counts
    return n * min(1 + p, global_crops)


@torch.no_grad()
def balanced(found: Float[Tensor, "r k"], epsilon: float, iterations: int) -> Tensor:
    """Assignments of each row that sum to 1, and use all prototypes alike (Sinkhorn and Knopp)."""
    if not len(found):
        return found
    share = ((found - found.max()) / epsilon).exp()
    least = torch.finfo(share.dtype).tiny
    for _ in range(iterations):
        share = share / share.sum(0).clamp_min(least)
        share = share / share.sum(1, keepdim=True).clamp_min(least)
    return share


def check_assignments(store: Any, run: Run) -> None:
    """Raises ``InputError`` unless what is scored are assignments alone, by their cross-entropy."""
    name = name_of(store)
    if run.candidates is not store:
        raise InputError(
            f"candidates {name} are assignments, which stand beside no embeddings: leave the other "
            "candidates out"
        )
    if run.loss.scores_negatives:
        raise InputError(
            f"candidates {name} are scored by their cross-entropy: set loss=alignment, not "
            f"{name_of(run.loss)}"
        )
    if run.drawn_negatives:
        raise InputError(f"candidates {name} know no negatives: set negatives=in_batch")
