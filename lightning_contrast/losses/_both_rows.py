"""The base of losses in which a pair takes a number of each of its two rows."""

from abc import abstractmethod

import torch
from torch import Tensor
from torch.nn.functional import pad

from lightning_contrast.engine.masked import LOW
from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


class BothRowsLoss(Loss):
    """A sum over pairs that knows a few ``numbers`` of the anchor and of the candidate.

    The engine walks the blocks for the numbers of all anchors, hands those of the candidates to
    the second walk, and pulls them in the third (``engine.both_rows``): the gradient is exact, and
    memory linear in the batch. A candidate that is no anchor, such as one of a queue, has numbers
    of -1e30. Called without the engine, the first candidates are the anchors.
    """

    joins_anchors = True
    reads_both = True
    of_candidates: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("of_candidates", torch.empty(0), persistent=False)

    @abstractmethod
    def numbers(self, similarity: Tensor, pairs: Pairs) -> Tensor:
        """A few numbers of each anchor, ``(a, m)``."""

    @abstractmethod
    def of_pairs(
        self, similarity: Tensor, pairs: Pairs, own: Tensor, other: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The sum over the pairs, and how many count, by the numbers of the anchors ``(a, m)`` and
        of the candidates ``(c, m)``."""

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        own = self.numbers(similarity, pairs)
        if pairs.share is not None:
            return (pairs.share * own).sum(), own.new_zeros(())
        other = self.of_candidates if len(self.of_candidates) else own
        behind = similarity.shape[1] - len(other)  # negatives that were made for one anchor each
        return self.of_pairs(similarity, pairs, own, pad(other, (0, 0, 0, behind), value=LOW))
