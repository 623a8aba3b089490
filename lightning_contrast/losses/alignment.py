"""Positives pulled together, and nothing pushed apart."""

from jaxtyping import Float
from torch import Tensor

from lightning_contrast.engine import masked
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


def alignment(similarity: Float[Tensor, "a c"], pairs: Pairs) -> tuple[Tensor, Tensor]:
    """Sum over anchors of ``1 - s``, averaged over each one's positives, and their number."""
    value, count = masked.mean(1 - similarity, pairs.positive, pairs.weight)
    return masked.total(value, count > 0)


class Alignment(Loss):
    r"""The mean distance ``1 - s`` to the positives. No negative is looked at.

    .. math:: L = \frac{1}{|P|} \sum_{p \in P} (1 - s_p)

    It is half of BYOL's loss (and of the alignment of Wang and Isola), and 1 more than lightly's
    negative cosine similarity; the gradient of the latter is the same. Alone it makes all rows
    alike. What prevents that: a predictor (``projector=mlp_predictor``) of fixed or slow candidates
    (``candidates=stop_gradient|momentum``), a regulariser, assignments to prototypes
    (``candidates=dino|swav``), whose cross-entropy is ``-s``, or a teacher's keys
    (``candidates=teacher``): then it is plain distillation, half the squared error of unit vectors
    (Reimers and Gurevych 2020, arXiv 2004.09813).

    Shape: similarity and masks ``(a, c)``; returns the sum over anchors and their number.

    Source: Grill et al. 2020 (arXiv 2006.07733); Wang and Isola 2020 (arXiv 2005.10242).

    >>> import torch
    >>> s = torch.tensor([[0.75, 0.5]]); mask = torch.tensor([[True, False]])
    >>> Alignment()(s, Pairs(mask, ~mask))
    (tensor(0.2500), tensor(1.))
    """

    similarities = ("cosine", "euclidean")
    scores_negatives = False
    weighs_positives = True

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        return alignment(similarity, pairs)
