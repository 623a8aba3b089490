"""The base of encoders that a text can be gone on with."""

from abc import abstractmethod
from typing import Any

from torch import Tensor, nn

from lightning_contrast.encoders.encoder import Encoder


class CausalEncoder(Encoder):
    """A place sees itself and those before it alone, so that a text can be gone on with."""

    modality = "text"
    causal = True

    @abstractmethod
    def go_on(self, inputs: dict[str, Tensor], past: Any = None) -> tuple[Tensor, Any]:
        """Features ``(r, T, f)`` of the tokens behind those in ``past``, and the past with them.

        Padding stands on the left. Each token is read once: what later ones need of it is kept.
        """

    @abstractmethod
    def chosen(self, past: Any, rows: Tensor) -> Any:
        """The past of the texts ``rows (m,)``, each as often as it is named."""

    @abstractmethod
    def output_layer(self) -> nn.Linear:
        """Features to the logits of the next token: the layer that belongs to the encoder."""
