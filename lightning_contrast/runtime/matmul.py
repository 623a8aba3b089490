"""Sets how precise float32 matrix products are on a GPU."""

import torch

from lightning_contrast.errors import InputError

PRECISIONS = ("highest", "high", "medium")


def set_matmul_precision(precision: str, device: torch.device) -> None:
    """Sets the precision of float32 products for a run on ``device``; on a CPU nothing changes.

    ``high`` (TF32, inputs of 10 bits of fraction) is several times as fast as ``highest``, and
    holds the similarities of bfloat16 embeddings exactly.

    Raises:
        InputError: ``precision`` is none of ``highest``, ``high``, ``medium``.

    >>> set_matmul_precision("tf32", torch.device("cpu"))
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: trainer.matmul_precision must be highest, high or ...
    """
    if precision not in PRECISIONS:
        raise InputError(
            f"trainer.matmul_precision must be highest, high or medium, got {precision!r}: set high"
        )
    if device.type == "cuda":
        torch.set_float32_matmul_precision(precision)
