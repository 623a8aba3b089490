"""No projector."""

from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.projectors.projector import Projector


class IdentityProjector(Projector):
    """The features are the embedding (before normalisation).

    >>> IdentityProjector(in_features=16).out_features
    16
    """

    def __init__(self, in_features: int) -> None:
        super().__init__()
        if in_features < 1:
            raise InputError(f"in_features must be at least 1, got {in_features}")
        self.in_features = self.out_features = in_features

    def forward(self, features: Tensor) -> Tensor:
        return features
