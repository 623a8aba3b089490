"""The boxes that a detector finds in images."""

from typing import Any, NamedTuple

from torch import Tensor


class FoundBox(NamedTuple):
    """A box, by left, top, right and bottom as shares of its image, and what is in it."""

    left: float
    top: float
    right: float
    bottom: float
    label: str
    probability: float


def found_boxes(network: Any, features: Tensor, least: float) -> list[list[FoundBox]]:
    """The boxes of each image that are at least so probable, the surest first.

    Args:
        network: a ``modules.network.Network`` with a head of boxes.
        features: of the cells of n images, ``(n, t, f)``.
        least: from 0 to 1.
    """
    columns: Any = [column.cpu().tolist() for column in network.head.found(features)]
    return [
        [
            FoundBox._make([*box, network.classes[label], chance])
            for box, label, chance in zip(*each, strict=True)
            if chance > 0 and chance >= least
        ]
        for each in zip(*columns, strict=True)
    ]
