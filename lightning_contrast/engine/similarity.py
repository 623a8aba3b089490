"""Which similarity two vectors have, as a product of two vectors that are made of them."""

from typing import Literal

import torch
from torch import Tensor

from lightning_contrast.errors import InputError

Kind = Literal["cosine", "dot", "euclidean", "angle"]
OF_UNIT_VECTORS = ("cosine", "angle")
"""Kinds that look at the direction of an embedding alone."""


def factors(kind: Kind, anchors: Tensor, candidates: Tensor) -> tuple[Tensor, Tensor]:
    r"""Vectors ``(a, w)`` and ``(..., w)`` whose products are the similarities.

    ``cosine`` and ``dot``: the embeddings themselves, of unit length or of any. ``euclidean``:

    .. math:: s = 1 - \tfrac12 \|x - y\|^2
        = (x, -\tfrac12 \|x\|^2, 1) \cdot (y, 1, 1 - \tfrac12 \|y\|^2)

    which is the cosine where both are unit vectors; so ``sqrt(2 - 2 s)`` is their distance, however
    long they are. ``angle``: halves of an embedding are the real and the imaginary parts of complex
    numbers; with ``y = (c, d)`` the product ``x . (c - d, c + d)`` is the sum of the real and the
    imaginary parts of ``x`` times the conjugate of ``y`` (Li and Li 2023, AnglE, arXiv 2309.12871).

    >>> a, c = torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 4.0]])
    >>> x, y = factors("euclidean", a, c)
    >>> (x @ y.T).item()  # 1 - 25 / 2
    -11.5
    >>> x, y = factors("angle", a, c)
    >>> (x @ y.T).item()
    -12.0
    """
    if kind == "euclidean":
        half_a, half_c = (x.square().sum(-1, keepdim=True) / 2 for x in (anchors, candidates))
        left = torch.cat((anchors, -half_a, torch.ones_like(half_a)), -1)
        return left, torch.cat((candidates, torch.ones_like(half_c), 1 - half_c), -1)
    if kind == "angle":
        if candidates.shape[-1] % 2:
            raise InputError(
                "the angle of embeddings needs an even number of them, got "
                f"{candidates.shape[-1]}: set projector.out_features=64"
            )
        real, imaginary = candidates.chunk(2, -1)
        return anchors, torch.cat((real - imaginary, real + imaginary), -1)
    return anchors, candidates
