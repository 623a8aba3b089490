"""Contrastive loss with hard negatives weighted up."""

from torch import Tensor

from lightning_contrast.config.ranges import NotNegative, Positive
from lightning_contrast.losses.debiased import ShareOfNegatives, debiased
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


class HardNegative(Loss):
    r"""Hard negative contrastive loss (HCL): ``Debiased``, its near negatives weighted up.

    .. math::
        L = \frac{-1}{M} \sum_{p \in P} \log \frac{e_p}{e_p + N g} \qquad
        g = \max\Big(\frac{1}{1 - \tau^+} \Big(\frac{\sum_n e_n^{\beta} e_n}{\sum_n e_n^{\beta}}
          - \frac{\tau^+}{M} \sum_{p} e_p\Big),\ e^{-1/t}\Big) \qquad e = e^{s/t}

    ``M`` and ``N`` are the numbers of the anchor's positives and negatives. The weights are
    importance weights, as in the authors' code: ``beta`` multiplies ``s / t``, and they get a
    gradient. At ``beta = 0`` it is ``Debiased``; the greater, the more the hardest negative stands
    for all.

    Args:
        temperature: ``t > 0``.
        tau_plus: the chance that a negative is of the anchor's class; 0 for ``pairing=label``.
        beta: ``>= 0``, how much hard negatives are preferred.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Robinson et al. 2020 (arXiv 2010.04592).

    >>> import torch
    >>> s = torch.tensor([[0.8, 0.1, 0.1]]); mask = torch.tensor([[True, False, False]])
    >>> loss = HardNegative(temperature=1.0, tau_plus=0.0)
    >>> round(loss(s, Pairs(mask, ~mask))[0].item(), 4)  # log(1 + 2 e^-0.7): equal weights
    0.6897
    """

    similarities = ("cosine", "dot", "euclidean")

    def __init__(
        self,
        temperature: Positive = 0.5,
        tau_plus: ShareOfNegatives = 0.1,
        beta: NotNegative = 1.0,
    ) -> None:
        super().__init__()
        self.temperature, self.tau_plus, self.beta = temperature, tau_plus, beta

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return debiased(similarity, pairs, self.temperature, self.tau_plus, self.beta)
