"""The classification loss sees the rows as the contrast does."""

from torch import Tensor

from lightning_contrast.mix.mix import Mix
from lightning_contrast.types import Inputs


class NoMix(Mix):
    """Nothing is mixed; and what every way of mixing is: a call before the classification loss.

    ``(inputs (n, ...), label (n,), classes) -> (inputs, target (n, classes))``, in training only.
    With ``changes`` the mixed rows take a pass of the encoder of their own, and where nothing is
    contrasted the only one.

    >>> import torch
    >>> NoMix()(torch.ones(1, 2), torch.tensor([1]), 3)[1]
    tensor([1])
    """

    changes = False

    def __call__(self, inputs: Inputs, label: Tensor, classes: int) -> tuple[Inputs, Tensor]:
        return inputs, label
