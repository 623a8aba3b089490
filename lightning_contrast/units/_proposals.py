"""Boxes drawn around labelled boxes."""

import numpy as np
import torch

from lightning_contrast.metrics.boxes import overlap

FURTHEST = (1 - 0.5**0.5) / 2  # of a side: so a proposal overlaps its box by half at least


def with_proposals(boxes: np.ndarray, each: int) -> tuple[np.ndarray, np.ndarray]:
    """The boxes ``(r, m, 5)``, then ``each`` times as many, drawn around them, ``(r, m (1 + each),
    5)``, and the overlap of all with the labelled ones, ``(r, m (1 + each))``.

    Each edge of a proposal is moved by up to 15 % of the box's side, and stays in the image.

    >>> box = np.array([[[3, 0.0, 0.25, 0.5, 0.75]]])
    >>> drawn, overlaps = with_proposals(box, 2)
    >>> drawn[..., 0].tolist(), overlaps.min() > 0.5
    ([[3.0, 3.0, 3.0]], np.True_)
    """
    rows, most = boxes.shape[:2]
    if not each:
        return boxes, np.ones((rows, most))
    drawn = np.tile(boxes, (1, 1 + each, 1))
    sides = np.tile(drawn[..., 3:] - drawn[..., 1:3], 2)
    moved = 2 * torch.rand(rows, most * each, 4, device="cpu").numpy() - 1
    drawn[:, most:, 1:] += FURTHEST * moved * sides[:, most:]
    drawn[:, most:, 1:] = drawn[:, most:, 1:].clip(0, 1)
    pair = (torch.from_numpy(x[..., 1:]) for x in (drawn, np.tile(boxes, (1, 1 + each, 1))))
    return drawn, overlap(*pair)[0].numpy()
