"""Values in enough digits for a loss."""

import torch
from torch import Tensor


def wide(values: Tensor) -> Tensor:
    """Values in float32 at least.

    >>> wide(torch.zeros(1, dtype=torch.bfloat16)).dtype
    torch.float32
    """
    return values.to(torch.promote_types(values.dtype, torch.float32))
