"""Prototypes of a class are drawn together, so that spare ones merge."""

import torch
from torch import Tensor

from lightning_contrast.batch import normalized
from lightning_contrast.config.part import Run, name_of
from lightning_contrast.config.ranges import NotNegative
from lightning_contrast.errors import InputError
from lightning_contrast.regularisers.regulariser import Regulariser, Views


class MergedPrototypes(Regulariser):
    r"""The mean distance between the prototypes of a class: SoftTriple's regulariser.

    .. math::
        R = \frac{1}{C K (K - 1)} \sum_j \sum_{k < l} \sqrt{2 - 2 w_{jk} \cdot w_{jl}}

    of ``K`` prototypes in each of ``C`` classes. So ``loss.per_class`` may be chosen too large. It
    is ``SparseCentersRegularizer`` of pytorch-metric-learning.

    Args:
        weight: the paper's ``tau``.

    Source: Qian et al. 2019 (arXiv 1909.05235), equation 9.

    >>> MergedPrototypes()(torch.eye(2)[:, None]).item()  # two orthogonal prototypes of one class
    0.7071...
    """

    of_prototypes = True
    needs_positives = True

    def __init__(self, weight: NotNegative = 0.2) -> None:
        super().__init__(weight)

    def check(self, run: Run) -> None:
        if not run.candidates.with_prototypes() or run.loss.per_class < 2:
            raise InputError(
                f"regulariser {name_of(self)} draws several prototypes of a class together, and "
                "the run has no such ones: set loss=soft_triple candidates=[prototypes] "
                "candidates.prototypes.per_class=10"
            )

    def forward(self, views: Views) -> Tensor:
        unit = normalized(views)
        first, second = torch.triu_indices(len(views), len(views), 1, device=views.device)
        cosine = (unit[first] * unit[second]).sum(-1)
        # With a zero gradient where two coincide.
        distance = (2 - 2 * cosine).clamp_min(1e-7).sqrt()
        return distance.sum() / (2 * max(distance.numel(), 1))
