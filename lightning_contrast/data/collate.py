"""Ragged token rows in one flat buffer, and the step that pads some of them to a batch."""

from typing import NamedTuple

import torch
from torch import Tensor


class FlatTokens(NamedTuple):
    """Row ``i`` is ``ids[offsets[i]:offsets[i + 1]]``.

    ``ids (M,)`` int32, ``offsets (N + 1,)`` int64, ``padding_index`` fills short rows. One buffer
    instead of N tensors: it is cheap to keep, to send to a worker and to index (see ``pad``).

    >>> FlatTokens(torch.tensor([5, 6, 7], dtype=torch.int32), torch.tensor([0, 2, 3])).rows
    2
    """

    ids: Tensor
    offsets: Tensor
    padding_index: int = 0

    @property
    def rows(self) -> int:
        """The number of rows, N."""
        return self.offsets.numel() - 1


def pad(tokens: FlatTokens, index: Tensor) -> dict[str, Tensor]:
    """The rows ``index (r,)`` as a token dict, padded on the right to the longest of them.

    Returns ``input_ids`` and ``attention_mask``, each ``(r, T)`` int64.

    >>> flat = FlatTokens(torch.tensor([5, 6, 7], dtype=torch.int32), torch.tensor([0, 2, 3]))
    >>> pad(flat, torch.tensor([1, 0]))["input_ids"].tolist()
    [[7, 0], [5, 6]]
    """
    index = torch.as_tensor(index, dtype=torch.int64)
    start = tokens.offsets[index]
    length = tokens.offsets[index + 1] - start
    width = int(length.max()) if index.numel() else 0
    column = torch.arange(width)
    mask = column < length[:, None]
    # A padded cell reads position 0 of the buffer, which is always there, and is then overwritten.
    position = (start[:, None] + column) * mask
    ids = tokens.ids[position].long().masked_fill_(~mask, tokens.padding_index)
    return {"input_ids": ids, "attention_mask": mask.long()}
