"""Pairs with a graded similarity."""

from typing import Any

import torch
from torch import Tensor, nn

from lightning_contrast.errors import InputError
from lightning_contrast.pairings._compare import ANCHOR, POSITIVE, both, drawn_together
from lightning_contrast.pairings.pairing import Pairing
from lightning_contrast.types import Pairs, Rows


class Scored(Pairing, nn.Module):
    """The row drawn for an anchor is its pair, with the score of the two; no other row is any.

    A loss that reads scores says what becomes of the pair: it is neither positive nor negative, and
    stands in ``pairs.positive``. With ``source=scored_pairs positives=paired``.

    Args:
        scores: the score of each row of the source and its partner, by the row's index, ``(N,)``;
            ``None``: not known yet, as before the data is read.

    Raises:
        InputError: called without scores.

    >>> rows = Rows(torch.eye(4), torch.zeros(4), torch.tensor([0, 1, 0, 1]),
    ...             torch.tensor([0, 0, 1, 1]), torch.tensor([0, 32, 1, 33]))
    >>> pairs = Scored(scores=[0.25, 0.75])(rows, rows)
    >>> pairs.positive.int()[0].tolist(), pairs.score[:2, 0].tolist()
    ([0, 0, 1, 0], [0.25, 0.75])
    """

    needs_positives = True
    gives_scores = "graded"
    table: Tensor | None

    def __init__(self, scores: Any = None) -> None:
        super().__init__()
        self.scores = scores
        table = None if scores is None else torch.as_tensor(scores, dtype=torch.float32)
        self.register_buffer("table", table, persistent=False)

    def __call__(self, anchors: Rows, candidates: Rows) -> Pairs:
        if self.table is None:
            raise InputError(
                "pairing scored needs rows with scores, and this source has none: set "
                "source=scored_pairs source.path=pairs.csv, or another pairing"
            )
        drawn = both(anchors.role == ANCHOR, candidates.role == POSITIVE)
        positive = drawn & drawn_together(anchors, candidates)
        score = self.table.to(anchors.index.device)[anchors.index.clamp_min(0)]
        return Pairs(positive, torch.zeros_like(positive), score=score[:, None].expand(drawn.shape))
