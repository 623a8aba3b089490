"""Losses that join the anchors of the whole batch, in two walks over its blocks."""

import torch
from torch import Tensor

from lightning_contrast.engine.blockwise import Blockwise, Plan, cut, plain_score
from lightning_contrast.engine.columns import own_similarity
from lightning_contrast.engine.method import Parameters, Score, picked
from lightning_contrast.runtime.distributed import gather_vectors, world_size


def joined_score(
    plan: Plan, a: Tensor, c: Tensor, own: Tensor | None, parameters: Parameters, learns: bool
) -> Score:
    r"""The score of a loss ``F(x_1, ..., x_A)`` of the numbers ``x_i`` of all ranks' anchors.

    The first walk finds the numbers of each anchor, without a gradient; they are gathered, and
    ``F`` gives the value with its slopes ``dF / dx_i``. The second walk is that of a plain loss:
    ``\sum_i (dF / dx_i) x_i``, whose gradient is that of ``F``. So memory is linear in the batch.
    Each rank gives its part of value and weight: the sums over the ranks are those of ``F``.
    """
    loss, ranks = plan.method.loss, world_size()
    numbers = numbers_of(plan, a.detach(), c.detach(), own).requires_grad_(learns)
    total, weight = loss.join(gather_vectors(numbers))
    total, weight = total / ranks, weight / ranks
    if not learns:
        return total, weight
    (share,) = torch.autograd.grad(total, numbers)
    pulled, _ = walk(plan._replace(share=share), a, c, own, parameters)
    return pulled + (total - pulled).detach(), weight.detach()


def walk(plan: Plan, a: Tensor, c: Tensor, own: Tensor | None, parameters: Parameters) -> Score:
    """The walk of a plain loss, with its gradient."""
    if torch.is_grad_enabled() and (plan.compiled or len(plan.blocks) != 1):
        return Blockwise.apply(plan, a, c, own, *parameters.values())
    return plain_score(plan, a, c, own, parameters)


@torch.no_grad()
def numbers_of(plan: Plan, a: Tensor, c: Tensor, own: Tensor | None) -> Tensor:
    """The numbers of this rank's anchors ``(a, m)``, block by block."""
    method, found = plan.method, []
    for rows in plan.blocks or [slice(0, 0)]:  # a rank without anchors has numbers of width m, too
        similarity, valid = a[rows] @ c.T, None
        if own is not None and plan.valid is not None:
            valid = plan.valid[rows]
            similarity = torch.cat((similarity, own_similarity(a[rows], own.detach()[rows])), 1)
        pairs = method.mine(similarity, cut(plan.anchors, rows), plan.candidates, valid)
        if method.picks:
            number, pairs = picked(pairs)
            similarity = similarity.gather(1, number)
        found.append(method.loss.numbers(similarity, pairs))
    return torch.cat(found)
