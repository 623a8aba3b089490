"""The boxes of images, by image."""

import numpy as np

from lightning_contrast.types import Boxes


class BoxTable:
    """The boxes of every image; ``table(rows) -> (r, m, 5)`` float32: class (-1 for padding), left,
    top, right and bottom as shares of the image, with m the most that one of them has, at least 1.

    >>> boxes = Boxes(np.array([1]), np.array([[0.0, 0.0, 0.5, 1.0]]), np.array([3]))
    >>> BoxTable(boxes, images=2)(np.array([1, 0]))[:, 0].tolist()
    [[3.0, 0.0, 0.0, 0.5, 1.0], [-1.0, 0.0, 0.0, 0.0, 0.0]]
    """

    def __init__(self, boxes: Boxes, images: int) -> None:
        self.label, self.box = boxes.label, boxes.box
        self.offsets = np.searchsorted(boxes.row, np.arange(images + 1))

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        start = self.offsets[rows]
        count = self.offsets[rows + 1] - start
        found = np.zeros((len(rows), max(1, int(count.max(initial=0))), 5), dtype=np.float32)
        found[..., 0] = -1
        at = np.arange(found.shape[1])
        row, place = np.nonzero(at < count[:, None])
        source = start[row] + place
        found[row, place, 0], found[row, place, 1:] = self.label[source], self.box[source]
        return found

    def renumber(self, number: np.ndarray) -> None:
        """Renumbers the classes."""
        self.label = number[self.label]
