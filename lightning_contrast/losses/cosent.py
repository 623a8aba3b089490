"""CoSENT: pairs are to be ranked by their similarity as they are by their score."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from lightning_contrast.config.ranges import Positive
from lightning_contrast.engine import masked
from lightning_contrast.losses._joined import JoinedLoss
from lightning_contrast.types import Pairs


def pair_of_each(
    similarity: Float[Tensor, "a c"], score: Float[Tensor, "a c"], pairs: Pairs
) -> Float[Tensor, "a 3"]:
    """Similarity and score of each anchor's pair (the means of several), and how many it has."""
    own, count = masked.mean(similarity, pairs.positive)
    wanted, _ = masked.mean(score.to(similarity.dtype), pairs.positive)
    return torch.stack((own, wanted, count), 1)


def cosent(numbers: Float[Tensor, "a 3"], temperature: float) -> tuple[Tensor, Tensor]:
    """The loss times the number of pairs, and this number."""
    own, score, count = numbers.unbind(1)
    known = count > 0
    logits, nothing = own * (1 / temperature), torch.full_like(own, masked.LOW)
    score, order = torch.where(known, score.detach(), -torch.inf).sort()
    logits, known = logits[order], known[order]
    below = torch.where(known, logits, nothing).logcumsumexp(0)  # of all up to each
    below = pad(below, (1, 0), value=masked.LOW)[torch.searchsorted(score, score)]  # scored lower
    wrong = torch.where(known, below - logits, nothing)
    value = pad(wrong, (1, 0)).logsumexp(0)
    pairs = known.sum().to(own.dtype)
    return value * pairs, pairs


class CoSENT(JoinedLoss):
    r"""CoSENT: of any two pairs of the batch, the one with the higher score is to be nearer.

    .. math::
        L = \log\Big(1 + \sum_{y_i > y_j} e^{(s_j - s_i) / t}\Big)

    ``s_i`` is the similarity of an anchor and its partner, ``y_i`` their graded similarity. Only
    the order of scores counts: they may be of any scale. All pairs of the batch, on all ranks, are
    compared at the price of a sort. It is ``CoSENTLoss`` of sentence-transformers, whose ``scale``
    is ``1 / t``. An anchor with several partners counts by their means.

    Args:
        temperature: ``t > 0``, here 0.05.

    Shape: similarity, masks and ``pairs.score`` ``(a, c)``; returns the loss times the number of
    pairs, and their number.

    Source: Su 2022, https://kexue.fm/archives/8847.

    >>> s = torch.tensor([[0.5, 0.0], [0.0, 0.5]]); mask = torch.eye(2).bool()
    >>> score = torch.tensor([[0.9, 0.0], [0.0, 0.1]])
    >>> total, weight = CoSENT()(s, Pairs(mask, ~mask & mask, score=score))
    >>> round(total.item() / weight.item(), 4)  # log(1 + 1)
    0.6931
    """

    reads_scores = "graded"
    scores_negatives = False
    similarities = ("cosine", "dot", "euclidean")

    def __init__(self, temperature: Positive = 0.05) -> None:
        super().__init__()
        self.temperature = temperature

    def numbers(self, similarity: Tensor, pairs: Pairs) -> Tensor:
        return pair_of_each(similarity, self.scores(pairs), pairs)

    def join(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        return cosent(numbers, self.temperature)
