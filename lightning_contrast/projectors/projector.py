"""The base of projectors: features to the embedding, before it is normalised."""

from torch import Tensor, nn

from lightning_contrast.config.part import Part
from lightning_contrast.types import Rows


class Projector(Part, nn.Module, group="projector"):
    """``forward(features (r, f)) -> (r, d)``, with ``d`` in ``out_features``."""

    out_features: int

    def asking(self, rows: Rows, projected: Tensor) -> Rows:
        """The rows as anchors, of projections ``(r, d)``: as they are without a predictor."""
        return rows
