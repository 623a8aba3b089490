"""Supervised contrastive loss."""

from typing import Literal

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Positive
from lightning_contrast.engine import masked
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs

Form = Literal["out", "in"]


def supcon(
    similarity: Float[Tensor, "a c"], pairs: Pairs, temperature: float, form: Form = "out"
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive, and their number."""
    logits = similarity * (1 / temperature)
    pulled, count = masked.mean(logits, pairs.positive, pairs.weight)
    if form == "in":
        pulled = masked.logsumexp(logits, pairs.positive) - count.clamp_min(1).log()
    spread = masked.logsumexp(logits, pairs.positive | pairs.negative)
    return masked.total(spread - pulled, count > 0)


class SupCon(Loss):
    r"""Supervised contrastive loss, in both of its forms.

    .. math::
        L_{out} = \frac{-1}{|P|} \sum_{p \in P} \log \frac{e^{s_p / t}}{\sum_{c} e^{s_c / t}}
        \qquad
        L_{in} = -\log \frac{1}{|P|} \sum_{p \in P} \frac{e^{s_p / t}}{\sum_{c} e^{s_c / t}}

    ``P``: the anchor's positives; ``c`` runs over its positives and negatives. Unlike ``InfoNCE``
    the other positives stand in the denominator too. With one positive an anchor, both are NT-Xent.

    Args:
        temperature: ``t > 0``; small values weigh the hardest pairs most.
        form: ``"out"`` (mean outside of the logarithm, the paper's choice) or ``"in"``.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Khosla et al. 2020 (arXiv 2004.11362), equations 2 and 3.

    >>> import torch
    >>> s = torch.tensor([[0.8, 0.1]]); mask = torch.tensor([[True, False]])
    >>> total, weight = SupCon(temperature=1.0)(s, Pairs(mask, ~mask))
    >>> round(total.item(), 4), weight.item()
    (0.4032, 1.0)
    """

    similarities = ("cosine", "dot", "euclidean")
    weighs_positives = True

    def __init__(self, temperature: Positive = 0.1, form: Form = "out") -> None:
        super().__init__()
        self.weighs_positives = form == "out"
        self.temperature, self.form = temperature, form

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return supcon(similarity, pairs, self.temperature, self.form)
