"""Token vectors to one vector a row."""

import torch
from torch import Tensor


def pool(hidden: Tensor, mask: Tensor, how: str) -> Tensor:
    """``hidden (r, T, f)`` under ``mask (r, T)`` -> ``(r, f)``: ``mean``, ``max`` or ``cls``.

    ``cls`` is the row's first token. Masked tokens count nowhere; a row with no token gives 0.

    >>> hidden = torch.tensor([[[1.0], [3.0], [9.0]]])
    >>> pool(hidden, torch.tensor([[1, 1, 0]]), "mean").tolist()
    [[2.0]]
    """
    if how == "cls":
        return hidden[:, 0]
    seen = mask.bool().unsqueeze(-1)
    if how == "mean":
        total = torch.where(seen, hidden, 0).sum(dim=1)
        return total / seen.sum(dim=1).clamp(min=1).to(total.dtype)
    highest = hidden.masked_fill(~seen, torch.finfo(hidden.dtype).min).amax(dim=1)
    return torch.where(seen.any(dim=1), highest, 0)
