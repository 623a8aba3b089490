"""InfoNCE, of which NT-Xent is the in-batch form."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import NotNegative, Positive
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import FAR, clamp
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def info_nce(
    similarity: Float[Tensor, "a c"], pairs: Pairs, temperature: float, margin: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors with a positive and a negative, and their number."""
    if margin:
        similarity = similarity - margin * masked.weights(pairs.positive, similarity)
    top = masked.only(similarity.detach(), pairs.negative).amax(1, keepdim=True)
    # Relative to the hardest negative the sum below is at least 1, so that nothing underflows; a
    # positive that is FAR above it has no loss left, and is kept from overflowing.
    logits = clamp((similarity - top) * (1 / temperature), masked.LOW, FAR)
    odds = logits.exp()
    pushed = (odds * masked.weights(pairs.negative, odds)).sum(1, keepdim=True)
    value, count = masked.mean((pushed + odds).log() - logits, pairs.positive, pairs.weight)
    return masked.total(value, (count > 0) & masked.some(pairs.negative, odds))


class InfoNCE(Loss):
    r"""InfoNCE (NT-Xent): each positive against all negatives.

    .. math::
        L = \frac{-1}{|P|} \sum_{p \in P} \log
            \frac{e^{s_p/t}}{e^{s_p/t} + \sum_{n \in N} e^{s_n/t}}

    With ``pairing=instance`` and two views it is SimCLR's NT-Xent; with ``cross_view`` it is the
    loss of SimCSE, CLIP and multiple-negatives ranking. Other positives do not stand in the
    denominator (that is ``SupCon``). Wants large batches: every other row is a negative.
    At temperature 1 it is the N-pair loss of Sohn 2016 on unit vectors (``loss=n_pairs``). With a
    ``margin`` m each ``s_p`` is ``s_p - m`` (LaBSE's additive margin softmax): a positive has to
    lead by as much.

    Args:
        temperature: ``t > 0``.
        margin: ``m >= 0``, a difference of cosines.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: van den Oord et al. 2018 (arXiv 1807.03748); Chen et al. 2020 (arXiv 2002.05709);
    the margin: Feng et al. 2020 (arXiv 2007.01852).

    >>> import torch
    >>> s = torch.tensor([[0.8, 0.1]]); mask = torch.tensor([[True, False]])
    >>> round(InfoNCE(temperature=1.0)(s, Pairs(mask, ~mask))[0].item(), 4)
    0.4032
    """

    similarities = ("cosine", "dot", "euclidean")
    weighs_positives = True

    def __init__(self, temperature: Positive = 0.1, margin: NotNegative = 0.0) -> None:
        super().__init__()
        self.temperature, self.margin = temperature, margin

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return info_nce(similarity, pairs, self.temperature, self.margin)
