"""The base of encoders: inputs to features."""

from typing import Any, ClassVar, Literal

from torch import Tensor, nn

from lightning_contrast.config.part import Part, name_of
from lightning_contrast.errors import InputError


class Encoder(Part, nn.Module, group="encoder"):
    """``forward(inputs) -> features (r, f)``, with ``f`` in ``out_features``.

    A ``dense`` one gives a vector for each place (a token, a cell), ``(r, t, f)``: zeros where
    there is padding.
    """

    out_features: int
    dense: bool = False
    sees_order: bool = True
    """Of a text it sees the order of words."""
    inputs_can_move: ClassVar[bool] = True
    """Its inputs, or the vectors that it looks up for tokens, have a gradient one by one."""
    causal: ClassVar[bool] = False
    """It is a ``_causal_encoder.CausalEncoder``, with which a text can be gone on with."""

    acts: ClassVar[bool] = False
    """It reads moves and goals: its network is an agent."""

    def lr_factor(self, parameter: str) -> float:
        """The learning rate of a parameter, by its name here, relative to the encoder's."""
        return 1.0

    def token_vectors(self) -> Tensor | None:
        """A vector of each token ``(tokens, width)``; None where tokens have none."""
        return None

    def merged(self) -> "Encoder":
        """The encoder as plain layers: what is trained beside a weight is added to it."""
        return self

    def transformer(self) -> Any:
        """The model of the library transformers that it runs; raises ``InputError`` if none."""
        raise InputError(
            f"encoder {name_of(self)} is no model of transformers, so that neither it nor "
            "sentence-transformers can load it: formats=[pt2,onnx] write it for any program"
        )

    def pooled_by(self) -> Literal["mean", "cls", "max"]:
        """How its features are made of the model's last states; raises ``InputError`` if they are
        more than that."""
        self.transformer()
        raise InputError(
            f"encoder {name_of(self)} does not say how it pools: see Encoder.pooled_by"
        )
