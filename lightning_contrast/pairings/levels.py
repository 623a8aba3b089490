"""Pairing by the levels that label paths share."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lightning_contrast.pairings._compare import both, same_row
from lightning_contrast.pairings.pairing import Pairing
from lightning_contrast.types import Pairs, Rows


class Levels(Pairing, nn.Module):
    """Rows whose label paths share their first level are positives, all others negatives.

    ``pairs.score`` says how many levels two rows share: of ``sport/football`` and ``sport/tennis``
    one. Of rows with several paths it is the most that any of them share.

    Args:
        sets: the labels of each class of the rows, by number, with all their parents; ``None``:
            each class is a label of one level.
        depths: the level of each label, from 1.

    Source: Zhang et al. 2022 (arXiv 2204.13207).

    >>> rows = Rows(torch.eye(3), torch.tensor([0, 1, 2]), *torch.arange(3).expand(3, 3))
    >>> pairs = Levels(sets=[[0, 1], [0, 2], [3]], depths=[1, 2, 2, 1])(rows, rows)
    >>> pairs.positive.int()[0].tolist(), pairs.negative.int()[0].tolist(), pairs.score[0].tolist()
    ([0, 1, 0], [0, 0, 1], [2.0, 1.0, 0.0])
    """

    needs_labels = True
    gives_scores = "levels"
    members: Tensor | None

    def __init__(
        self,
        sets: Sequence[Sequence[int]] | None = None,
        depths: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        self.sets, self.depths = sets, depths
        table = None if sets is None or depths is None else _by_level(sets, depths)
        self.register_buffer("members", table, persistent=False)

    def __call__(self, anchors: Rows, candidates: Rows) -> Pairs:
        if self.members is None:
            score = (anchors.label[:, None] == candidates.label[None]).float()
        else:
            members = self.members.to(anchors.label.device)
            own, other = (members[:, side.label] for side in (anchors, candidates))
            score = (own @ other.transpose(1, 2) > 0).float().sum(0)
        pairs = both(anchors.label >= 0, candidates.label >= 0) & ~same_row(anchors, candidates)
        return Pairs(pairs & (score > 0), pairs & (score == 0), score=score)


def _by_level(sets: Sequence[Sequence[int]], depths: Sequence[int]) -> Tensor:
    """Zeros and ones ``(levels, classes + 1, labels)``; the last class, that of -1, has none."""
    table = torch.zeros(max(depths, default=1), len(sets) + 1, len(depths))
    for row, numbers in enumerate(sets):
        for number in numbers:
            table[depths[number] - 1, row, number] = 1
    return table
