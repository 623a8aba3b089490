"""A row is a cell of an image's grid, beside the most similar cell of the other view."""

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from lightning_contrast.batch import Batch, place_columns
from lightning_contrast.config.part import Run
from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError
from lightning_contrast.types import Rows
from lightning_contrast.units._places import side_of
from lightning_contrast.units.unit import Unit


class Matched(Unit):
    r"""Cells of one view, each with its match among those of the other view: ``-> (R, f)``.

    .. math:: c_i = \arg\max_j \cos(h_i, h'_j)

    An image has two views. The rows of the first are its cells; those of the second are, for each
    cell of the first, the cell that looks most alike, :math:`h'_{c_i}`, under the same index. So no
    view has to say what it moved. Beside them stands the mean of the whole view, as often as there
    are cells, which gives it half of the weight: without it there are no matches to begin with.
    ``pairing=place`` takes other images alone for negatives: cells of one image look alike.

    Args:
        grid: cells across and down, to which the encoder's grid is averaged.
        whole: with the mean of the whole view.

    Raises:
        InputError: another number of views than two; a grid that is no square.

    Source: Wang et al. 2021, "DenseCL" (arXiv 2011.09157), with a projector for cells and one for
    the whole there, and with a queue.

    >>> from lightning_contrast.batch import Batch, Counts
    >>> batch = Batch(None, torch.tensor([3, 3]), torch.tensor([0, 0]), Counts(1, 1, 0))
    >>> views = torch.stack((torch.eye(4), torch.eye(4).flip(0)))
    >>> rows = Matched(grid=2, whole=False)(views, batch)
    >>> torch.equal(rows.embedding[:4], rows.embedding[4:])
    True
    """

    modality = "image"
    reads_places = True

    def __init__(self, grid: Count = 4, whole: bool = True) -> None:
        self.grid, self.whole = grid, whole

    def check(self, run: Run) -> None:
        super().check(run)
        if run.drawn_positives != 1:
            raise InputError(
                "unit Matched compares the two views of an image, and "
                f"{1 + run.drawn_positives} are drawn: set positives=view"
            )

    def __call__(self, features: Tensor, batch: Batch) -> Rows:
        anchors = batch.counts.n
        cells = self._pooled(features)
        first, second = cells[:anchors], cells[anchors : 2 * anchors]
        places = cells.shape[1]
        with torch.no_grad():
            unit = torch.nn.functional.normalize(cells.float(), dim=-1)
            match = (unit[:anchors] @ unit[anchors : 2 * anchors].transpose(1, 2)).argmax(2)
        second = second.gather(1, match[:, :, None].expand_as(second))
        both = torch.cat((first, second))
        if self.whole:
            mean = features[: 2 * anchors].mean(1, keepdim=True).expand(-1, places, -1)
            both = torch.cat((both, mean), 1)
        rows, places = both.shape[:2]
        where = [np.repeat(np.arange(rows), places), np.tile(np.arange(places), rows)]
        row, place = (torch.from_numpy(column).to(features.device) for column in where)
        label = torch.full_like(row, -1, dtype=torch.int32)
        return Rows(both.flatten(0, 1), label, *place_columns(batch, row, place))

    def count(self, rows: Rows, batch: Batch, symmetric: bool) -> int:
        return len(rows.label) if symmetric else len(rows.label) // 2

    def _pooled(self, features: Tensor) -> Tensor:
        """The cells of a coarser grid."""
        rows, cells, width = features.shape
        side = side_of(cells)
        maps = features.transpose(1, 2).reshape(rows, width, side, side)
        return adaptive_avg_pool2d(maps, self.grid).flatten(2).transpose(1, 2)
