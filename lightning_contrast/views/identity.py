"""The input as it is."""

from lightning_contrast.types import Inputs
from lightning_contrast.views.view import View


class Identity(View):
    """Returns its input: two views of a row then differ by the encoder's dropout only.

    Source: SimCSE, Gao et al. 2021, arXiv:2104.08821.

    >>> import torch
    >>> Identity()(torch.ones(1, 2)).tolist()
    [[1.0, 1.0]]
    """

    keeps_places = True
    has_slopes = True

    def forward(self, inputs: Inputs) -> Inputs:
        return inputs
