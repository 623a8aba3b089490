"""No projector."""

from torch import Tensor

from lightning_contrast.config.ranges import Count
from lightning_contrast.projectors.projector import Projector


class IdentityProjector(Projector):
    """The features are the embedding (before normalisation).

    >>> IdentityProjector(in_features=16).out_features
    16
    """

    def __init__(self, in_features: Count) -> None:
        super().__init__()
        self.in_features = self.out_features = in_features

    def forward(self, features: Tensor) -> Tensor:
        return features

    def steps(self) -> tuple[()]:
        return ()
