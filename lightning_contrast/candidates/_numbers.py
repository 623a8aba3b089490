"""Random numbers that a row has wherever it stands: the same on any number of ranks."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.types import Rows

MASK = 2**32 - 1
FACTOR = 0x45D9F3B  # odd and below 2^27: products of 32 bits fit in 64


def scramble(code: Any) -> Any:
    """A hash of 32 bits, of a number or a tensor: each output bit depends on all input bits.

    >>> scramble(1), scramble(torch.tensor([1])).tolist()
    (824515495, [824515495])
    """
    for _ in range(2):
        code = (((code >> 16) ^ code) * FACTOR) & MASK
    return (code >> 16) ^ code


def uniform_numbers(rows: Rows, step: int, count: int) -> Float[Tensor, "a s"]:
    """``count`` numbers in the open interval (0, 1) for each row, by its index, role and the step.

    A pure function of these: it asks no generator, so ranks agree and a resumed run goes on.

    >>> row = Rows(torch.zeros(1, 2), *torch.tensor([[0], [7], [0], [0]]))
    >>> uniform_numbers(row, step=3, count=2).shape
    torch.Size([1, 2])
    """
    number = torch.arange(count, device=rows.index.device)
    key = (rows.index.long() * 32 + rows.role.long()) & MASK
    code = scramble(scramble(key) ^ scramble(step & MASK))
    code = scramble(code[:, None] ^ scramble(number + 1)[None])
    return ((code >> 9).float() + 0.5) / 2**23
