"""Ragged token rows in one flat buffer, and the step that pads some of them to a batch."""

import torch
from torch import Tensor


class FlatTokens:
    """Row ``i`` is ``ids[offsets[i]:offsets[i + 1]]``.

    ``ids (M,)`` int32, ``offsets (N + 1,)`` int64, ``padding_index`` fills short rows. One buffer
    instead of N tensors: it is cheap to keep, to send to a worker and to index (see ``pad``). As
    many zeros as the longest row has are put behind the last one, so that a window of any batch's
    width can begin at any row.

    >>> FlatTokens(torch.tensor([5, 6, 7], dtype=torch.int32), torch.tensor([0, 2, 3])).rows
    2
    """

    def __init__(self, ids: Tensor, offsets: Tensor, padding_index: int = 0) -> None:
        longest = int(offsets.diff().max()) if len(offsets) > 1 else 0
        self.ids = torch.cat([ids, ids.new_zeros(longest)])
        self.offsets, self.padding_index = offsets, padding_index

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
    start = tokens.offsets.index_select(0, index)
    length = tokens.offsets.index_select(0, index + 1) - start
    width = int(length.max()) if index.numel() else 0
    mask = (torch.arange(width) < length[:, None]).long()
    # The buffer seen as overlapping rows of this width, without a copy: one read a row.
    windows = tokens.ids.as_strided((tokens.ids.numel() - width + 1, width), (1, 1))
    ids = windows.index_select(0, start) * mask
    if tokens.padding_index:
        ids.masked_fill_(mask == 0, tokens.padding_index)
    return {"input_ids": ids, "attention_mask": mask}
