"""The label of a token: the token that follows it."""

import numpy as np
import torch

from lightning_contrast.data.collate import FlatTokens, pad
from lightning_contrast.data.tags import NO_PLACE

UNKNOWN = -1  # what follows the last token that is kept of a longer text


class NextTokens:
    """The token behind each token of every text; ``next_tokens(rows) -> (r, t)``, -2 for padding.

    Behind the last token stands the end of the text, the padding index; -1 where the text was cut
    at ``most`` tokens, so that nobody knows.

    >>> ids, offsets = torch.tensor([5, 6, 7, 8], dtype=torch.int32), torch.tensor([0, 3, 4])
    >>> NextTokens(FlatTokens(ids, offsets, padding_index=1), most=3)(np.array([0, 1])).tolist()
    [[6, 7, -1], [1, -2, -2]]
    """

    def __init__(self, tokens: FlatTokens, most: int) -> None:
        offsets = tokens.offsets
        follows = tokens.ids[: int(offsets[-1])].roll(-1)
        last = torch.where(offsets.diff() < most, tokens.padding_index, UNKNOWN)
        follows[offsets[1:] - 1] = last.to(follows.dtype)
        self._flat = FlatTokens(follows, offsets, NO_PLACE)

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        return pad(self._flat, rows)["input_ids"].numpy()
