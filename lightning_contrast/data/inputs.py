"""One operation on inputs of either kind."""

from collections.abc import Callable

from torch import Tensor

from lightning_contrast.types import Inputs


def apply(operation: Callable[..., Tensor], *inputs: Inputs) -> Inputs:
    """``operation`` on tensors, or on each entry of token dicts with the same keys.

    >>> import torch
    >>> apply(torch.add, {"a": torch.ones(1)}, {"a": torch.ones(1)})
    {'a': tensor([2.])}
    """
    first = inputs[0]
    if isinstance(first, dict):
        return {key: operation(*(part[key] for part in inputs)) for key in first}  # type: ignore[index]
    return operation(*inputs)
