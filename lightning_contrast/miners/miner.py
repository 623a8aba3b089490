"""The base of miners, with their traits."""

from abc import ABC, abstractmethod

from torch import Tensor

from lightning_contrast.config.part import Part, Run, as_called, name_of
from lightning_contrast.errors import InputError
from lightning_contrast.metrics.similarity import Kind
from lightning_contrast.types import Pairs


class Miner(Part, ABC, group="miner"):
    """Chooses which pairs of one block the loss sees: ``miner(similarity, pairs) -> pairs``.

    ``similarity`` and the masks have shape ``(a, c)``; no gradient goes through a miner.

    >>> import torch
    >>> class Near(Miner):
    ...     def __call__(self, similarity, pairs):
    ...         return pairs._replace(negative=pairs.negative & (similarity > 0.5))
    >>> s = torch.tensor([[0.9, 0.8, 0.1]]); mask = torch.tensor([[True, False, False]])
    >>> Near()(s, Pairs(mask, ~mask)).negative.int().tolist()
    [[0, 1, 0]]
    """

    needs_pair_sums = False
    """It needs anchors that are sums of a row and the positive drawn for it."""

    gives_single = False
    """It keeps one positive and one negative an anchor, or several that are equally similar."""

    similarities: tuple[Kind, ...] = ("cosine",)
    """What its similarities may be (``engine.similarity``)."""

    takes_teacher = False
    """It goes by ``pairs.teacher``, the teacher's similarities, where the run has a teacher."""

    draws_at_random = False
    """It draws from torch's generator, so a second call keeps other pairs."""

    def check(self, run: Run) -> None:
        similarity = run.compared
        if similarity not in self.similarities:
            raise InputError(
                f"miner {name_of(self)} goes by {' or '.join(self.similarities)}, and "
                f"engine.similarity is {similarity}: set miner=keep_all"
            )
        if self.needs_pair_sums and not run.loss.needs_pair_sums:
            raise InputError(
                f"miner {name_of(self)} needs sums of a row and its positive, which loss "
                f"{name_of(run.loss)} can't score: set loss=angular, or another miner"
            )

    @abstractmethod
    def __call__(self, similarity: Tensor, pairs: Pairs) -> Pairs:
        """The pairs that are kept."""

    def __repr__(self) -> str:
        return as_called(self)
