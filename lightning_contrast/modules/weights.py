"""A classifier's own numbers."""

from torch import Tensor

from lightning_contrast.errors import InputError


def check_weights(contrast_weight: float, head_weight: float, grad_cache: int | None) -> None:
    """Raises ``InputError`` for a negative weight, two weights of 0, or chunks of no rows.

    >>> check_weights(1.0, 0.0, None)
    """
    if min(contrast_weight, head_weight) < 0 or contrast_weight + head_weight == 0:
        raise InputError(
            "module.contrast_weight and module.head_weight must be at least 0 and not both 0, "
            f"got {contrast_weight} and {head_weight}: set one of them to 1"
        )
    if grad_cache is not None and grad_cache < 1:
        raise InputError(
            f"trainer.grad_cache must be 1 or more rows, or null, got {grad_cache}: set 64"
        )


def weighted(loss: Tensor, weight: float) -> Tensor:
    """``weight * loss``; the loss itself for 1, as a product and its gradient take their time."""
    return loss if weight == 1 else weight * loss
