"""The base of encoders: inputs to features."""

from typing import ClassVar

from torch import Tensor, nn

from lightning_contrast.config.part import Part


class Encoder(Part, nn.Module, group="encoder"):
    """``forward(inputs) -> features (r, f)``, with ``f`` in ``out_features``.

    A ``dense`` one gives a vector for each place (a token, a cell), ``(r, t, f)``: zeros where
    there is padding.
    """

    out_features: int
    dense: bool = False
    inputs_can_move: ClassVar[bool] = True
    """Its inputs, or the vectors that it looks up for tokens, have a gradient one by one."""

    def lr_factor(self, parameter: str) -> float:
        """The learning rate of a parameter, by its name here, relative to the encoder's."""
        return 1.0

    def token_vectors(self) -> Tensor | None:
        """A vector of each token ``(tokens, width)``; None where tokens have none."""
        return None

    def merged(self) -> "Encoder":
        """The encoder as plain layers: what is trained beside a weight is added to it."""
        return self
