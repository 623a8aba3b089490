"""Gathering across ranks, so that N processes have the gradient of one with the joined batch.

With one process every function is the identity. No loss knows a rank.
"""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from lightning_contrast.types import Rows

_hosts: Any = None


def world_size() -> int:
    """Processes in the group, 1 without one."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """This process's number, 0 without a group."""
    return dist.get_rank() if world_size() > 1 else 0


def leave() -> None:
    """Leaves the process group: from now on this process waits for no other."""
    global _hosts
    if world_size() > 1:
        dist.destroy_process_group()
        _hosts = None


def gather(rows: Rows) -> Rows:
    """All ranks' rows, in rank order; the embeddings keep their gradient, batches may be unequal.

    The gradient of a rank's rows is the sum of what every rank has for them.
    """
    if world_size() == 1:
        return rows
    sizes = _sizes(len(rows.embedding))
    embedding = _Gather.apply(rows.embedding, sizes)
    return Rows(embedding, *(_all_gather(column, sizes) for column in rows[1:]))


def gather_vectors(vectors: Tensor) -> Tensor:
    """All ranks' vectors ``(n, ...)``, in rank order, with their gradient; n may be unequal.

    What every rank then computes of all of them has, summed over the ranks, the ranks' number times
    its gradient: DDP's mean is that of one process.
    """
    if world_size() == 1:
        return vectors
    return _Gather.apply(vectors, _sizes(len(vectors)))


def largest(number: int) -> int:
    """The largest of the ranks' numbers, exchanged between CPUs: the GPU is not waited for."""
    return number if world_size() == 1 else max(_sizes(number))


def gather_objects(value: Any) -> list[Any]:
    """All ranks' values in rank order: plain objects or CPU tensors."""
    values = [value] * world_size()
    if world_size() > 1:
        dist.all_gather_object(values, value, group=_between_hosts())
    return values


def gather_column(column: Tensor, device: torch.device) -> Tensor:
    """All ranks' rows of a CPU tensor, in rank order, without gradient; sent through ``device``."""
    if world_size() == 1:
        return column
    return _all_gather(column.to(device), _sizes(len(column))).cpu()


def mean_over_ranks(total: Tensor, weight: Tensor) -> Tensor:
    """``total / weight`` with both summed over the ranks: the joined batch's mean, on every rank.

    DDP averages gradients, so this rank's share is scaled by the number of ranks; the value that
    is returned is the global one. A weight of 0 gives 0.
    """
    if world_size() == 1:
        return total / (weight + (weight == 0))
    sums = torch.stack((total.detach(), weight))
    dist.all_reduce(sums)
    divisor = torch.where(sums[1] > 0, sums[1], 1)
    share = total * world_size() / divisor
    return share + (sums[0] / divisor - share).detach()


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, local: Tensor, sizes: list[int]) -> Tensor:
        ctx.sizes = sizes
        return _all_gather(local, sizes)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        grad = grad.contiguous()
        dist.all_reduce(grad)
        return grad.split(ctx.sizes)[rank()], None


def _all_gather(local: Tensor, sizes: list[int]) -> Tensor:
    longest = max(sizes)
    padded = torch.cat((local, local.new_zeros(longest - len(local), *local.shape[1:])))
    parts = [torch.empty_like(padded) for _ in sizes]
    dist.all_gather(parts, padded.contiguous())
    return torch.cat([part[:size] for part, size in zip(parts, sizes, strict=True)])


def _sizes(local: int) -> list[int]:
    """Every rank's number, exchanged between CPUs: the GPU is not waited for."""
    parts = [torch.zeros(1, dtype=torch.long) for _ in range(world_size())]
    dist.all_gather(parts, torch.tensor([local]), group=_between_hosts())
    return [int(part) for part in parts]


def _between_hosts() -> Any:
    """A group of all ranks that sends CPU tensors."""
    global _hosts
    if _hosts is None and dist.get_backend() != "gloo":
        _hosts = dist.new_group(backend="gloo")
    return _hosts
