"""Pairing by what is done from here on: moments of several trajectories."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lightning_contrast.config.ranges import AboveZeroToOne, Positive
from lightning_contrast.errors import InputError
from lightning_contrast.pairings._compare import both, equal
from lightning_contrast.pairings.pairing import Pairing
from lightning_contrast.types import Pairs, Rows


class Behaviour(Pairing, nn.Module):
    r"""Moments of other trajectories are alike where the same is done from then on.

    .. math::
        d(x, y) = [a_x \ne a_y] + \gamma\, d(x', y')
        = \sum_{k \ge 0} \gamma^k [a_{x, k} \ne a_{y, k}]
        \qquad y = e^{-d / \beta}

    ``a_{x,k}`` is the action ``k`` steps after ``x``; behind its end a trajectory goes on with its
    last one. That is the policy similarity metric of deterministic trajectories. Moments of other
    trajectories are positives where they are alike enough, and else negatives; those of the
    anchor's own trajectory are neither. ``pairs.score`` says how alike each pair is, for
    ``loss=graded_nce``. The paper takes the most alike moment of one other task instead, however
    far it is. A block looks the actions of its rows up, so memory is linear in the batch.

    Args:
        gamma: discount of what is done later.
        scale: ``beta``, the distance at which a pair counts ``1 / e``.
        least: a positive is at least so alike, above 0 and up to 1.
        actions: the action in each row of the source ``(N,)``.
        ends: the last moment of the trajectory of each row ``(N,)``.

    Raises:
        InputError: called without actions and ends.

    Source: Agarwal et al. 2021 (arXiv:2101.05265).

    >>> rows = Rows(torch.eye(4), torch.tensor([0, 1, 0, 0]), *torch.arange(4).expand(3, 4))
    >>> alike = Behaviour(gamma=0.5, scale=1.0, actions=[0, 1, 0, 0], ends=[1, 1, 2, 3])
    >>> pairs = alike(rows, rows)
    >>> pairs.positive.int().tolist()[2], [round(y, 2) for y in pairs.score[2].tolist()]
    ([1, 0, 0, 1], [0.61, 0.22, 1.0, 1.0])
    """

    gives_scores = "graded"
    futures: Tensor | None
    ends: Tensor | None

    def __init__(
        self,
        gamma: AboveZeroToOne = 0.99,
        scale: Positive = 0.1,
        least: AboveZeroToOne = 0.5,
        actions: Any = None,
        ends: Any = None,
    ) -> None:
        super().__init__()
        self.gamma, self.scale, self.least = gamma, scale, least
        self.actions = actions
        known = ends is not None
        last = torch.as_tensor(ends) if known else None
        self.register_buffer("ends", last, persistent=False)
        futures = None if last is None else _futures(torch.as_tensor(actions), last)
        self.register_buffer("futures", futures, persistent=False)
        self.kinds = 0 if futures is None else int(futures.max()) + 1

    def __call__(self, anchors: Rows, candidates: Rows) -> Pairs:
        if self.futures is None or self.ends is None:
            raise InputError(
                "pairing behaviour needs rows that are moments of trajectories, labelled with "
                "actions: set source=demonstrations environment=jumping, or another pairing"
            )
        distance = self.distance(anchors.index, candidates.index)
        own, other = (self.ends[rows.index.clamp_min(0)] for rows in (anchors, candidates))
        known = both(anchors.index >= 0, candidates.index >= 0)
        others = known & ~equal(own, other)
        score = (-distance / self.scale).exp()
        alike = score >= self.least
        return Pairs(others & alike, others & ~alike, score=score)

    def distance(self, one: Tensor, other: Tensor) -> Float[Tensor, "a c"]:
        """``d`` between rows of the source, by their numbers ``(a,)`` and ``(c,)``."""
        assert self.futures is not None
        steps = torch.arange(self.futures.shape[1], device=one.device)
        weight = self.gamma ** steps.float()
        rows = (self.futures[number.clamp_min(0)] for number in (one, other))
        marked = [nn.functional.one_hot(each.long(), self.kinds).float() for each in rows]
        shared = (marked[0] * weight[:, None]).flatten(1) @ marked[1].flatten(1).T
        return (weight.sum() - shared).clamp_min(0)


def _futures(actions: Tensor, ends: Tensor) -> Tensor:
    """The actions from each row on to the end of the longest trajectory, ``(N, steps)``."""
    row = torch.arange(len(ends))
    steps = torch.arange(int((ends - row).max()) + 1 if len(ends) else 0)
    return actions[torch.minimum(row[:, None] + steps, ends[:, None])].to(torch.uint8)
