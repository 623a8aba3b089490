"""Stores embeddings in fewer bytes: only their first numbers, integers of 8 bits, or signs."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.batch import normalized
from lightning_contrast.errors import InputError
from lightning_contrast.metrics.similarity import OF_UNIT_VECTORS, Kind

Precision = Literal["float32", "int8", "binary"]
STORED: dict[str, np.dtype] = {
    "float32": np.dtype("<f4"),
    "int8": np.dtype("i1"),
    "binary": np.dtype("u1"),
}
"""The type in a file for each precision; ``binary`` stores eight signs in a byte."""


@dataclass(frozen=True)
class Compact:
    """How embeddings ``(n, d)`` are stored.

    Args:
        width: ``d`` of the network's embedding.
        dim: keeps the first ``dim`` numbers, normalised again, for a network that was trained with
            ``engine.widths`` (Kusupati et al. 2022, arXiv 2205.13147); None: all.
        precision: ``float32``; ``int8``: each vector times ``127 / max |x|``, rounded, a quarter of
            the bytes; ``binary``: the signs, eight in a byte, the first in the highest bit: 1/32 of
            the bytes.
        similarity: what the vectors are compared by.

    ``int8`` keeps the direction of a vector, on which the cosine depends, and needs no ranges of
    other vectors. ``binary`` is the ``ubinary`` of sentence-transformers.

    Raises:
        InputError: ``dim`` is out of range; the precision is unknown, or keeps no lengths, where
            the similarity needs them.

    >>> vectors = torch.tensor([[0.6, -0.8, 0.0]])
    >>> Compact(3, precision="int8").of(vectors).tolist(), Compact(3, 2, "binary").of(vectors)
    ([[95, -127, 0]], array([[128]], dtype=uint8))
    """

    width: int
    dim: int | None = None
    precision: Precision = "float32"
    similarity: Kind = "cosine"

    def __post_init__(self) -> None:
        if self.dim is not None and not 1 <= self.dim <= self.width:
            raise InputError(
                f"dim must be from 1 to {self.width}, the numbers of the embedding, got "
                f"{self.dim}: set dim=null to keep all"
            )
        if self.precision not in (known := get_args(Precision)):
            raise InputError(
                f"precision must be one of {', '.join(known)}, got {self.precision!r}: set "
                "precision=float32"
            )

        if self.precision != "float32" and self.similarity not in OF_UNIT_VECTORS:
            raise InputError(
                f"precision={self.precision} keeps the directions of vectors, and the network was "
                f"trained with engine.similarity={self.similarity}, to which their lengths count: "
                "set precision=float32"
            )

    @property
    def kept(self) -> int:
        """Number of entries of a vector that are kept."""
        return self.dim or self.width

    @property
    def columns(self) -> int:
        """Number of values that are stored for a vector."""
        return -(-self.kept // 8) if self.precision == "binary" else self.kept

    def first(self, vectors: Tensor) -> Tensor:
        """The first ``kept`` numbers of each vector in float32, as unit vectors if these are."""
        vectors = vectors.float()[:, : self.kept]
        whole = self.dim is None or self.similarity not in OF_UNIT_VECTORS
        return vectors if whole else normalized(vectors)

    def of(self, vectors: Tensor) -> np.ndarray:
        """The vectors as they are stored, ``(n, columns)``."""
        vectors = self.first(vectors)
        if self.precision == "int8":
            largest = vectors.abs().amax(1, keepdim=True)
            vectors = (vectors * (127 / torch.where(largest > 0, largest, 1))).round()
        found = vectors.cpu().numpy()
        if self.precision == "binary":
            return np.packbits(found > 0, axis=1)
        return found.astype(STORED[self.precision])

    def gallery(self, stored: np.ndarray) -> "Tensor | Signs":
        """Stored vectors for ``metrics.neighbours.nearest``, without a copy as floats."""
        found = torch.from_numpy(stored)
        return Signs(found, self.kept) if self.precision == "binary" else found


class Signs:
    """Signs that are stored eight in a byte; a slice of rows gives them as -1 and 1.

    >>> Signs(torch.tensor([[128]], dtype=torch.uint8), 2)[:1].tolist()
    [[1.0, -1.0]]
    """

    def __init__(self, packed: Tensor, width: int) -> None:
        self.packed, self.width = packed, width

    def __len__(self) -> int:
        return len(self.packed)

    def __getitem__(self, rows: slice) -> Tensor:
        bits = np.unpackbits(self.packed[rows].numpy(), axis=1, count=self.width)
        return torch.from_numpy(bits).float() * 2 - 1
