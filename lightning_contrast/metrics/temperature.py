"""Temperature scaling: one number that makes probabilities fit the observed accuracy."""

import math

from torch import Tensor

from lightning_contrast.metrics.blocks import row_blocks

WIDEST = math.log(100)


def fit_temperature(logits: Tensor, label: Tensor) -> float | None:
    """The ``t`` with the largest likelihood of ``softmax(logits / t)``; None without labelled rows.

    Guo et al. 2017 (arXiv:1706.04599). Labels are smoothed as if there were one more row with all
    labels equally likely (Platt 1999). Otherwise ``t`` would go to 0, and every probability to 1,
    if all rows are classified correctly, as may happen in a small validation split.

    Shapes: ``logits (N, classes)``, ``label (N,)``, -1 where unlabelled. A logit of minus infinity
    is a class that is never predicted.

    >>> import torch
    >>> logits = torch.tensor([[4.0, 0.0]]).repeat(100, 1)
    >>> round(fit_temperature(logits, torch.arange(100) % 4 // 3), 1)  # right in 3 of 4
    3.7
    """
    from scipy.optimize import minimize_scalar

    known = (label >= 0) & logits.gather(1, label.clamp_min(0)[:, None])[:, 0].isfinite()
    if not known.all():
        logits, label = logits[known], label[known]
    logits, label = logits.cpu(), label.cpu()
    if not len(label):
        return None
    share = 1 / (len(label) + 1)
    parts = row_blocks(logits, label)

    def unlikelihood(log_temperature: float) -> float:
        return sum(of_part(part, own, log_temperature) for part, own in parts) / len(label)

    def of_part(logits: Tensor, label: Tensor, log_temperature: float) -> float:
        possible = logits.isfinite()
        found = (logits.double() / math.exp(log_temperature)).log_softmax(1)
        of_own = -found.gather(1, label[:, None]).sum().item()
        of_any = -(found.masked_fill(~possible, 0).sum(1) / possible.sum(1)).sum().item()
        return (1 - share) * of_own + share * of_any

    found = minimize_scalar(unlikelihood, bounds=(-WIDEST, WIDEST), method="bounded")
    return math.exp(found.x)
