"""Which similarity two vectors have, as a product of two vectors that are made of them."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize

from lightning_contrast.errors import InputError

Kind = Literal["cosine", "dot", "euclidean", "angle"]
OF_UNIT_VECTORS = ("cosine", "angle")
"""Kinds that look at the direction of an embedding alone."""


def compared(kind: Kind, query: Tensor, gallery: Tensor) -> tuple[Tensor, Tensor]:
    """Float32 vectors whose products are what a trained embedding is ranked by: of unit vectors the
    cosine, else the ``factors`` of the kind.

    >>> x, y = compared("euclidean", torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 4.0]]))
    >>> (x @ y.T).item()
    -11.5
    """
    query, gallery = query.float(), gallery.float()
    if kind not in OF_UNIT_VECTORS:
        return factors(kind, query, gallery)
    return normalized(query), normalized(gallery)


def named(kind: Kind) -> str:
    """The name of what trained embeddings are ranked by.

    >>> named("angle"), named("dot")
    ('cosine', 'dot')
    """
    return "cosine" if kind in OF_UNIT_VECTORS else kind


def normalized(rows: Tensor) -> Tensor:
    """The rows in float32 and of length 1; rows that are so already are not copied.

    >>> normalized(torch.tensor([[3.0, 4.0]])).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """
    rows = rows.float()
    return rows if are_one(torch.linalg.vector_norm(rows, dim=1)) else normalize(rows, dim=1)


def are_one(lengths: Tensor) -> bool:
    return bool(((lengths - 1).abs() < 1e-6).all())


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
