"""Places of all rows as one list."""

from torch import Tensor


def flat(values: Tensor) -> Tensor:
    """``(r, t, d)``, or ``(R, d)`` as it is, as ``(R, d)``."""
    return values.flatten(0, 1) if values.ndim == 3 else values


def labels(label: Tensor) -> Tensor:
    """``(r, t)`` as ``(R,)``, with -1 for every place without a label.

    >>> import torch
    >>> labels(torch.tensor([[1, -2]])).tolist()
    [1, -1]
    """
    return label.flatten().clamp(min=-1)
