"""Token rows of different lengths in one flat buffer, and a function that pads some to a batch."""

from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lightning_contrast.types import Inputs, Mixed


class FlatTokens:
    """Row ``i`` is ``ids[offsets[i]:offsets[i + 1]]``.

    ``ids (M,)`` int32, ``offsets (N + 1,)`` int64, ``padding_index`` fills short rows. One buffer
    is cheaper than N tensors to keep, to send to a worker and to index (see ``pad``). Zeros follow
    the last row, as many as the longest row has tokens, so that a window of any batch's width can
    begin at any row.

    >>> FlatTokens(torch.tensor([5, 6, 7], dtype=torch.int32), torch.tensor([0, 2, 3])).rows
    2
    """

    def __init__(self, ids: Tensor, offsets: Tensor, padding_index: int = 0) -> None:
        longest = int(offsets.diff().max()) if len(offsets) > 1 else 0
        self.ids = torch.cat([ids, ids.new_zeros(longest)])
        self.offsets, self.padding_index = offsets, padding_index
        # The mask of a row of length l is a window too: it begins l before the middle.
        self.steps = torch.cat([ids.new_ones(longest), ids.new_zeros(longest)])

    @property
    def rows(self) -> int:
        """The number of rows, N."""
        return self.offsets.numel() - 1


def pad(tokens: FlatTokens, index: Tensor | np.ndarray) -> dict[str, Tensor]:
    """The rows ``index (r,)`` as a token dict, padded on the right to the longest of them.

    Returns ``input_ids`` and ``attention_mask``, each ``(r, T)`` int64.

    >>> flat = FlatTokens(torch.tensor([5, 6, 7], dtype=torch.int32), torch.tensor([0, 2, 3]))
    >>> pad(flat, torch.tensor([1, 0]))["input_ids"].tolist()
    [[7, 0], [5, 6]]
    """
    offsets, rows = tokens.offsets.numpy(), np.asarray(index)  # NumPy has less overhead than torch
    start = offsets[rows]
    length = offsets[rows + 1] - start
    width = int(length.max(initial=0))
    begin = torch.from_numpy(tokens.steps.numel() // 2 - length)
    mask = _windows(tokens.steps, width).index_select(0, begin)
    ids = _windows(tokens.ids, width).index_select(0, torch.from_numpy(start)).mul_(mask)
    if tokens.padding_index:
        ids.masked_fill_(mask == 0, tokens.padding_index)
    return {"input_ids": ids.long(), "attention_mask": mask.long()}


def joined(first: Inputs, second: Inputs) -> Inputs:
    """The rows of both, the second behind the first; tokens are padded to the longer of the two.

    Padding is 0 where a mask says so: what a row holds there is not looked at.

    >>> tokens = {"input_ids": torch.tensor([[7, 5]])}
    >>> joined(tokens, {"input_ids": torch.tensor([[9]])})["input_ids"].tolist()
    [[7, 5], [9, 0]]
    """
    if isinstance(first, Mixed):
        parts, rows = dict(first.parts), dict(first.rows)
        for name, part in cast(Mixed, second).parts.items():
            behind = len(first) + cast(Mixed, second).rows[name]
            known = name in parts
            parts[name] = cast(dict, joined(parts[name], part) if known else part)
            rows[name] = np.append(rows[name], behind) if known else behind
        return Mixed(parts, rows)
    if isinstance(first, Tensor):
        return torch.cat([first, cast(Tensor, second)])
    return {key: _longer(own, cast(dict, second)[key]) for key, own in first.items()}


def _longer(first: Tensor, second: Tensor) -> Tensor:
    width = max(first.shape[1], second.shape[1])
    return torch.cat([functional.pad(t, (0, width - t.shape[1])) for t in (first, second)])


def _windows(values: Tensor, width: int) -> Tensor:
    """All overlapping rows of this width, without a copy: each row of a batch is one read."""
    return values.as_strided((values.numel() - width + 1, width), (1, 1))
