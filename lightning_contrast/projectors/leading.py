"""The first numbers of the features alone."""

from torch import Tensor

from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError
from lightning_contrast.projectors.projector import Projector


class LeadingProjector(Projector):
    """The first ``out_features`` numbers of the features are the embedding (before normalisation).

    The contrast then shapes these, and the head reads all of them: ``encoder=context`` puts there
    what it knows of the task, and behind it what it is going to do.

    Raises:
        InputError: more numbers than there are features.

    >>> import torch
    >>> LeadingProjector(in_features=3, out_features=2)(torch.tensor([[1.0, 2.0, 3.0]])).tolist()
    [[1.0, 2.0]]
    """

    def __init__(self, in_features: Count, out_features: Count = 32) -> None:
        super().__init__()
        if out_features > in_features:
            raise InputError(
                f"projector.out_features must be at most in_features, the {in_features} numbers of "
                f"the encoder, got {out_features}: set projector.out_features={in_features}"
            )
        self.in_features, self.out_features = in_features, out_features

    def forward(self, features: Tensor) -> Tensor:
        return features[:, : self.out_features]
