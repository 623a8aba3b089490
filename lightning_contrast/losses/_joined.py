"""The base of losses that join all anchors of a batch."""

from abc import abstractmethod

from torch import Tensor

from lightning_contrast.losses.loss import Loss
from lightning_contrast.types import Pairs


class JoinedLoss(Loss):
    """A function of the whole batch: ``join`` of a few ``numbers`` of each anchor.

    The engine walks the blocks for the numbers, joins those of all ranks, and walks them once more
    with the slopes of ``join`` as ``pairs.share`` (``engine.joined``): the gradient is exact, and
    memory linear in the batch. Only ``numbers`` may read learnt parameters.
    """

    joins_anchors = True

    @abstractmethod
    def numbers(self, similarity: Tensor, pairs: Pairs) -> Tensor:
        """A few numbers of each anchor, ``(a, m)``."""

    @abstractmethod
    def join(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """The loss of all anchors ``(A, m)``, times how many count; and how many do."""

    def forward(self, similarity: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
        numbers = self.numbers(similarity, pairs)
        if pairs.share is None:
            return self.join(numbers)
        return (pairs.share * numbers).sum(), numbers.new_zeros(())
