"""Margin based loss, with a learnt boundary between positives and negatives."""

from typing import Annotated

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lightning_contrast.config.ranges import Count, NotNegative, Range
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import euclidean
from lightning_contrast.errors import InputError
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def margin_based(
    similarity: Float[Tensor, "a c"],
    pairs: Pairs,
    margin: float,
    beta: Float[Tensor, "a 1"],
    price: float = 0.0,
    by_class: bool = False,
) -> tuple[Tensor, Tensor]:
    """Sum over both sides of all triplets of the pairs, with the price of beta, and how many sides
    are above 0."""
    distance, boundary = euclidean(similarity), beta
    positive, negative = (masked.weights(mask, distance) for mask in pairs[:2])
    pull = (distance - boundary + margin).relu() * positive
    push = (boundary - distance + margin).relu() * negative
    positives, negatives = positive.sum(1), negative.sum(1)
    value = negatives * pull.sum(1) + positives * push.sum(1)
    active = negatives * (pull > 0).sum(1) + positives * (push > 0).sum(1)
    paid = positives * negatives if by_class else active
    return (value + price * beta[:, 0] * paid).sum(), active.sum()


class Margin(Loss):
    r"""Margin based loss: positives nearer than a learnt boundary, negatives farther.

    .. math::
        L = \operatorname{mean} \big\{ \max(0, d_p - \beta + m), \; \max(0, \beta - d_n + m) \big\}

    over both sides of every triplet that an anchor's pairs make, those that are 0 left out.
    ``d = sqrt(2 - 2 s)`` is the Euclidean distance of unit vectors; ``beta`` is learnt with the
    encoder. A triplet is scored by distances and not by their difference, so that one threshold
    fits all rows. It is made for ``miner=distance_weighted``, which draws a negative of any
    distance. Sides and the price are counted as by pytorch-metric-learning.

    Args:
        margin: ``m >= 0``, in Euclidean distance (0 to 2).
        initial_beta: ``beta`` at the start, in Euclidean distance.
        learn_beta: whether beta is learnt.
        by_class: each class has a beta of its own (that of the anchor's class counts), for which
            it needs ``classes``. An anchor without a label has the mean of them.
        classes: number of classes.
        nu: price of a wide beta, where it is learnt: ``nu beta`` is added; with ``by_class`` the
            sum of ``nu beta`` over all triplets, divided by the number of sides.

    Shape: similarity and masks ``(a, c)``; returns the sum over sides and how many are above 0.

    Source: Wu et al. 2017 (arXiv 1706.07567), section 4.2.

    >>> s = torch.tensor([[0.5, 0.5]]); mask = torch.tensor([[True, False]])  # both d are 1
    >>> total, weight = Margin(margin=0.2, initial_beta=1.1)(s, Pairs(mask, ~mask))
    >>> round(total.item(), 4), weight.item()  # (1 - 1.1 + 0.2) + (1.1 - 1 + 0.2)
    (0.4, 2.0)
    """

    similarities = ("cosine", "euclidean")

    def __init__(
        self,
        margin: NotNegative = 0.2,
        initial_beta: Annotated[float, Range(above=0, most=2)] = 1.2,
        learn_beta: bool = True,
        by_class: bool = False,
        classes: Count | None = None,
        nu: NotNegative = 0.0,
    ) -> None:
        super().__init__()
        self.by_class, self.classes, self.nu = by_class, classes, nu
        if by_class and classes is None:
            raise InputError("loss.by_class=true needs the number of classes: give Margin classes")
        self.margin, self.initial_beta, self.learn_beta = margin, initial_beta, learn_beta
        shape = (classes,) if by_class and classes is not None else ()
        self.beta = nn.Parameter(torch.full(shape, float(initial_beta)), requires_grad=learn_beta)

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        beta = self.beta.to(similarity.dtype)
        price = self.nu if self.learn_beta else 0.0
        if not self.by_class:
            # As a column: its slope is then a sum of each row, made while it is at hand.
            column = beta.expand(len(similarity), 1)
            return margin_based(similarity, pairs, self.margin, column, price)
        if pairs.anchor_label is None:
            raise InputError("loss.by_class=true reads pairs.anchor_label, and the pairs have none")
        known = torch.cat((beta, beta.mean()[None]))  # the last is for label -1
        column = known[pairs.anchor_label][:, None]
        return margin_based(similarity, pairs, self.margin, column, price, by_class=True)
