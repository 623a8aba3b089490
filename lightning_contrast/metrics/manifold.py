"""Are made rows like real ones, and are all kinds of real rows made?"""

import torch
from torch import Tensor

BLOCK = 1024  # rows whose distances are held at a time


def precision_recall(real: Tensor, made: Tensor, k: int = 3) -> tuple[float, float]:
    """Precision: the share of made rows that lie among the real ones. Recall: of real among made.

    A row lies among others if it is within the distance of one of them to its ``k``-th nearest
    neighbour among them. Features ``(n, f)`` and ``(m, f)``. NaN where a set has no more than ``k``
    rows.

    Source: Kynkäänniemi et al. 2019 (arXiv 1904.06991).

    >>> real = torch.tensor([[0.0], [1.0], [2.0], [9.0]])
    >>> precision_recall(real, torch.tensor([[0.5], [1.5], [50.0]]), k=1)
    (0.6666666865348816, 1.0)
    """
    if min(len(real), len(made)) <= k:
        return float("nan"), float("nan")
    return _share_among(made, real, k), _share_among(real, made, k)


def _share_among(rows: Tensor, others: Tensor, k: int) -> float:
    reach = torch.cat(
        [  # the nearest of all is the row itself
            torch.cdist(block, others).kthvalue(k + 1, dim=1).values
            for block in others.split(BLOCK)
        ]
    )
    inside = [(torch.cdist(block, others) <= reach).any(1) for block in rows.split(BLOCK)]
    return torch.cat(inside).float().mean().item()
