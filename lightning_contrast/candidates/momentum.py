"""Keys from a slowly moving copy of the encoder."""

import copy
import math
from typing import Any

import torch
from torch import Tensor, nn

from lightning_contrast.batch import Batch, columns, cut, normalized
from lightning_contrast.candidates.store import Store
from lightning_contrast.config.ranges import Share
from lightning_contrast.errors import InputError
from lightning_contrast.types import Rows


class Momentum(Store):
    r"""Candidates from a momentum encoder: an exponential moving average of encoder and projector.

    .. math::
        \theta_k \leftarrow m \theta_k + (1 - m) \theta_q

    once a step. Anchors go through the encoder alone, positives (and explicit negatives) through
    the momentum encoder alone, without gradient; with ``module.symmetric`` every row goes through
    both. Batch norm makes keys of the rows of one batch alike: it suits encoders without it best.
    Join a queue to have candidates of many batches at the cost of one: ``[momentum,queue]``.

    Args:
        momentum: ``m``, from 0 to 1.
        final_momentum: ``m`` grows to this by a half cosine over the run (as in MoCo v3); the same
            as ``momentum`` keeps it.

    Raises:
        InputError: ``momentum`` is greater than ``final_momentum``.

    Source: He et al. 2019 (arXiv 1911.05722); the schedule: Chen et al. 2021 (arXiv 2104.02057).

    >>> Momentum(momentum=0.5, final_momentum=1.0).rate(0, 10)
    0.5
    """

    needs_positives = True
    encodes_samples = True

    def __init__(self, momentum: Share = 0.99, final_momentum: Share = 0.99) -> None:
        super().__init__()
        if momentum > final_momentum:
            raise InputError(
                "candidates.momentum.momentum must be at most final_momentum, got "
                f"{momentum} and {final_momentum}: set both to 0.99"
            )
        self.momentum, self.final_momentum = momentum, final_momentum
        self._step = -1

    def adopt(self, encoder: nn.Module, projector: nn.Module) -> None:
        self.encoder = copy.deepcopy(encoder).requires_grad_(False)
        self.projector = copy.deepcopy(projector).requires_grad_(False)

    def online(self, batch: Batch, symmetric: bool) -> Batch:
        return batch if symmetric else batch.alone()

    @torch.no_grad()
    def keys(self, module: Any, rows: Rows, batch: Batch) -> Rows:
        self.follow(module)
        start = 0 if module.symmetric else batch.counts.n
        inputs = module.network.preprocess(cut(batch.inputs, start))
        others = [column[start:] for column in columns(batch)]
        return Rows(normalized(self.projector(self.encoder(inputs))), *others)

    @torch.no_grad()
    def follow(self, module: Any) -> None:
        """One step of the average, unless this step has had it (gradients are accumulated)."""
        if module.global_step == self._step:
            return
        self._step = module.global_step
        rate = self.rate(self._step, module.trainer.estimated_stepping_batches)
        own, source = self.averaged(module.network)
        torch._foreach_lerp_(own, source, 1 - rate)

    def averaged(self, network: Any) -> tuple[list[Tensor], list[Tensor]]:
        """The tensors that follow, and those that they are averages of."""
        return (
            [*self.encoder.parameters(), *self.projector.parameters()],
            [*network.encoder.parameters(), *network.projector.parameters()],
        )

    def rate(self, step: int, steps: float) -> float:
        """``m`` at a step of a run of so many."""
        gone = min(step / steps, 1.0)
        return self.final_momentum - (self.final_momentum - self.momentum) * (
            (1 + math.cos(math.pi * gone)) / 2
        )
