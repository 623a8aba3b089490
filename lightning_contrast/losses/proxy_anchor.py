"""Proxy anchor: prototypes as anchors, the rows of the batch as candidates."""

from typing import Annotated

import torch
from jaxtyping import Float
from torch import Tensor

from lightning_contrast.config.ranges import Count, Positive, Range
from lightning_contrast.engine import masked
from lightning_contrast.engine.arithmetic import softplus
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs, Rows


def proxy_anchor(
    similarity: Float[Tensor, "a c"],
    pairs: Pairs,
    margin: float,
    temperature: float,
    classes: int = 1,
    present: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Sum over the anchors that count, and their number.

    ``present`` of the ``classes`` have a row in the batch: then all anchors count, and pulls weigh
    ``classes / present``. 0 or ``None``: not known, so that anchors with a pair count, and pulls
    weigh 1.
    """
    found = similarity.new_zeros(()) if present is None else present.to(similarity.dtype)
    known = found > 0
    pull = masked.logsumexp((margin - similarity) * (1 / temperature), pairs.positive)
    push = masked.logsumexp((similarity + margin) * (1 / temperature), pairs.negative)
    share = torch.where(known, classes / found.clamp_min(1), 1)
    value = share * softplus(pull) + softplus(push)
    return masked.total(value, known | (torch.maximum(pull, push) > masked.LOW / 2))


def distinct(label: Tensor) -> Tensor:
    """How many different labels there are, without -1: a sum, for which no device is waited for.

    >>> distinct(torch.tensor([3, -1, 0, 3])).item()
    2
    """
    label = label.sort().values
    fresh = torch.ones_like(label, dtype=torch.bool)
    fresh[1:] = label[1:] != label[:-1]
    return (fresh & (label >= 0)).sum()


class ProxyAnchor(Loss):
    r"""Proxy anchor loss: each prototype against all rows of the batch.

    .. math::
        L = \frac{1}{|P^+|} \sum_{p \in P^+} \log\Big(1 + \sum_{x \in X_p} e^{-(s_{px} - m)/t}\Big)
          + \frac{1}{|P|} \sum_{p \in P} \log\Big(1 + \sum_{x \notin X_p} e^{(s_{px} + m)/t}\Big)

    ``X_p`` are the rows of prototype ``p``'s class; ``P`` all prototypes, ``P^+`` those with a row
    in the batch. Rows of a class share one logarithm, so that hard ones weigh most, which
    ``ProxyNCA`` lacks. Wants ``candidates=prototypes`` with ``as_anchors=true``.

    ``observe`` counts the classes in the batch, which no block sees: the engine calls it once a
    step. Without it both sums are means over the prototypes that have a pair.

    Values are those of pytorch-metric-learning, whose ``alpha`` is ``1 / t``.

    Args:
        classes: number of classes, with or without a row in the batch.
        margin: ``0 <= m < 1``, in cosine.
        temperature: ``t > 0``; the paper's alpha is ``1 / t``, here 32.

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Kim et al. 2020 (arXiv 2003.13911).

    >>> s = torch.tensor([[0.5, 0.5]]); mask = torch.tensor([[True, False]])
    >>> loss = ProxyAnchor(classes=1, margin=0.5, temperature=1.0)
    >>> round(loss(s, Pairs(mask, ~mask))[0].item(), 4)  # log(1 + 1) + log(1 + e)
    2.0064
    """

    anchors_are_prototypes = True
    present: Tensor

    def __init__(
        self,
        classes: Count,
        margin: Annotated[float, Range(least=0, below=1)] = 0.1,
        temperature: Positive = 0.03125,
    ) -> None:
        super().__init__()
        self.classes, self.margin, self.temperature = classes, margin, temperature
        self.register_buffer("present", torch.zeros((), dtype=torch.long), persistent=False)

    def observe(self, anchors: Rows, candidates: Rows) -> None:
        """Counts the classes among all rows of the batch; the engine calls it before the blocks."""
        self.present.copy_(distinct(candidates.label))

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        settings = self.margin, self.temperature, self.classes, self.present
        return proxy_anchor(similarity, pairs, *settings)
