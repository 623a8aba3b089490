"""AnglE: CoSENT of the angles of complex numbers."""

from torch import Tensor

from lightning_contrast.config.ranges import Positive
from lightning_contrast.losses._joined import JoinedLoss
from lightning_contrast.losses.cosent import cosent, pair_of_each
from lightning_contrast.types import Pairs


class Angle(JoinedLoss):
    r"""AnglE's loss: pairs are ranked by their score, as in ``CoSENT``, by an angle in place of
    the cosine.

    .. math::
        L = \log\Big(1 + \sum_{y_i > y_j} e^{(a_j - a_i) / t}\Big) \qquad
        a = \Big|\sum_k \mathrm{Re}(z_k) + \mathrm{Im}(z_k)\Big|, \quad z = x \bar y

    The halves of an embedding are real and imaginary parts. A cosine is flat near 1 and -1, and
    gives such pairs next to no gradient. The angle lies between 0 and the root of 2, and that of a
    row with itself is 1. It is sentence-transformers' ``AnglELoss``, whose ``scale`` is ``1 / t``.

    Args:
        temperature: ``t > 0``, here 0.05.

    Shape: similarity (``engine.similarity=angle``), masks and ``pairs.score`` ``(a, c)``; returns
    the loss times the number of pairs, and their number.

    Source: Li and Li 2023 (arXiv 2309.12871).

    >>> import torch
    >>> s = torch.tensor([[-0.5, 0.0], [0.0, 0.5]]); mask = torch.eye(2).bool()
    >>> score = torch.tensor([[0.9, 0.0], [0.0, 0.1]])
    >>> total, weight = Angle()(s, Pairs(mask, ~mask & mask, score=score))
    >>> round(total.item() / weight.item(), 4)  # log(1 + 1)
    0.6931
    """

    reads_scores = "graded"
    scores_negatives = False
    similarities = ("angle",)

    def __init__(self, temperature: Positive = 0.05) -> None:
        super().__init__()
        self.temperature = temperature

    def numbers(self, similarity: Tensor, pairs: Pairs) -> Tensor:
        return pair_of_each(similarity.abs(), self.scores(pairs), pairs)

    def join(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        return cosent(numbers, self.temperature)
