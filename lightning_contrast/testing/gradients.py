"""Value and gradient of the engine around a part that is checked."""

from collections.abc import Callable
from copy import deepcopy

import torch
from torch import Tensor

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.losses.loss import Loss
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.miners.miner import Miner
from lightning_contrast.testing.rows import ScoredLabels, teacher_of
from lightning_contrast.types import Rows


def contrast_of(loss: Loss, miner: Miner | None = None, block_rows: int | None = None) -> Contrast:
    """The engine around a copy of the loss; rows of one label are positives."""
    blocks = {} if block_rows is None else {"block_rows": block_rows}
    parts = ScoredLabels(), miner or KeepAll(), deepcopy(loss)
    return Contrast(*parts, compile=False, teacher=teacher_of, **blocks)


def each(function: Callable[[Rows], Rows], anchors: Rows, candidates: Rows) -> tuple[Rows, Rows]:
    """Both sides changed by a function; one that is both is changed once."""
    changed = function(anchors)
    return changed, changed if candidates is anchors else function(candidates)


def leaf(side: Rows) -> Rows:
    return side._replace(embedding=side.embedding.detach().clone().requires_grad_())


def mean_and_gradient(contrast: Contrast, anchors: Rows, candidates: Rows) -> tuple[Tensor, Tensor]:
    """The mean; the gradient of the batch's rows, or of anchors and of candidates in one column."""
    anchors, candidates = each(leaf, anchors, candidates)
    total, weight = contrast(anchors, candidates)
    mean = total / weight.clamp_min(1)
    mean.backward()
    return mean.detach(), gradient_of(anchors, candidates)


def gradient_of(anchors: Rows, candidates: Rows) -> Tensor:
    sides = [anchors] if candidates is anchors else [anchors, candidates]
    gradients = [side.embedding.grad for side in sides]
    return torch.cat([gradient for gradient in gradients if gradient is not None])


def finite(value: Tensor, gradient: Tensor, what: str) -> None:
    assert value.isfinite(), f"{what}: the value is {value.item()}"
    assert gradient.isfinite().all(), f"{what}: the gradient is not finite"
