"""The base of projectors: features to the embedding, before it is normalised."""

from collections.abc import Sequence

from torch import Tensor, nn

from lightning_contrast.config.part import Part, name_of
from lightning_contrast.errors import InputError
from lightning_contrast.types import Rows


class Projector(Part, nn.Module, group="projector"):
    """``forward(features (r, f)) -> (r, d)``, with ``d`` in ``out_features``."""

    out_features: int

    def asking(self, rows: Rows, projected: Tensor) -> Rows:
        """The rows as anchors, of projections ``(r, d)``: as they are without a predictor."""
        return rows

    def steps(self) -> Sequence[nn.Module]:
        """Its layers one after the other, each ``Linear``, ``BatchNorm1d`` or ``ReLU``.

        Raises ``InputError`` if it has others.
        """
        raise InputError(
            f"projector {name_of(self)} does not say what its layers are, which "
            "sentence-transformers needs: formats=[transformers] writes the encoder alone"
        )
