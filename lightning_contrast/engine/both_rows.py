"""Losses in which a pair takes numbers of both of its rows, in three walks over the blocks."""

import torch
from torch import Tensor

from lightning_contrast.engine.blockwise import Plan
from lightning_contrast.engine.joined import numbers_of, walk
from lightning_contrast.engine.masked import LOW
from lightning_contrast.engine.method import Parameters, Score
from lightning_contrast.runtime.distributed import gather_vectors

NAME = "of_candidates"  # the buffer of the loss that takes their numbers


def both_rows_score(
    plan: Plan, a: Tensor, c: Tensor, own: Tensor | None, parameters: Parameters, learns: bool
) -> Score:
    r"""The score of a loss ``\sum_{ij} F(s_ij, x_i, x_j)`` of the numbers of two rows.

    The first walk finds the numbers ``x`` of all anchors, without a gradient. The second one scores
    the pairs; it has the gradient for ``s`` and ``x_i``, and sums the slopes for ``x_j`` as those
    of a parameter. They go back to the rank of the anchor that ``j`` is, and the third walk is
    ``\sum_j (dF / dx_j) x_j``. Memory is linear in the batch.
    """
    numbers = numbers_of(plan, a.detach(), c.detach(), own).requires_grad_(learns)
    others = _of_candidates(plan, numbers)
    leaf = others.detach().requires_grad_(learns)
    pairs = plan._replace(names=(*plan.names, NAME))
    total, weight = walk(pairs, a, c, own, {**parameters, NAME: leaf})
    if not learns:
        return total, weight
    (slope,) = torch.autograd.grad(total, leaf, retain_graph=True)
    (share,) = torch.autograd.grad(others, numbers, slope)
    pulled, _ = walk(plan._replace(share=share), a, c, own, parameters)
    return total + (pulled - pulled.detach()), weight


def _of_candidates(plan: Plan, numbers: Tensor) -> Tensor:
    """The numbers of each candidate as an anchor of any rank, ``(c, m)``, by their slots."""
    known = gather_vectors(plan.anchors.slot)
    every = torch.cat((gather_vectors(numbers), numbers.new_full((1, numbers.shape[1]), LOW)))
    order = known.argsort()
    place = torch.searchsorted(known[order], plan.candidates.slot)
    place = torch.cat((order, order.new_full((1,), len(order))))[place]
    found = torch.cat((known, known.new_full((1,), -1)))[place] == plan.candidates.slot
    return every[torch.where(found & (plan.candidates.slot >= 0), place, len(order))]
