"""Encodes a batch in chunks: for a contrastive batch whose activations do not fit in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from lightning_contrast.batch import count, cut
from lightning_contrast.runtime.random_state import random_state, set_random_state


def encode_in_chunks(encoder: nn.Module, inputs: Any, chunk: int) -> Tensor:
    """The features of ``inputs``, encoded ``chunk`` rows at a time; the graph holds no activations.

    The backward pass knows the gradient of every feature. It encodes each chunk again and takes its
    gradient. The random state is that of the first pass, so dropout masks are the same. Memory
    holds one chunk's activations and all features; the price is a second forward pass. The gradient
    is that of the whole batch. Batch norm normalises over one chunk, and updates its running
    statistics in the first pass only.

    Source: Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited
    Setup" (arXiv 2101.06983).

    >>> encode_in_chunks(nn.Linear(3, 2), torch.ones(5, 3), chunk=2).shape
    torch.Size([5, 2])
    """
    parameters = [p for p in encoder.parameters() if p.requires_grad]
    return _InChunks.apply(encoder, inputs, chunk, *parameters)


class _InChunks(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, encoder: Any, inputs: Any, chunk: int, *parameters: Tensor) -> Tensor:
        device = next(encoder.parameters(), torch.empty(0)).device.type
        ctx.encoder, ctx.parameters = encoder, parameters
        ctx.device, dtype = device, torch.get_autocast_dtype(device)
        # No autocast cache: the second pass would reuse weights that the first cast without graph.
        ctx.autocast = {
            "dtype": dtype,
            "enabled": torch.is_autocast_enabled(device),
            "cache_enabled": False,
        }
        starts = range(0, max(1, count(inputs)), chunk)  # a rank may have no row
        ctx.parts = [cut(inputs, start, start + chunk) for start in starts]
        ctx.states, features = [], []
        with torch.autocast(device, **ctx.autocast):
            for part in ctx.parts:
                ctx.states.append(random_state(device))
                features.append(encoder(part))
        ctx.sizes = [len(rows) for rows in features]
        return torch.cat(features)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        sums: list[Tensor | None] = [None] * len(ctx.parameters)
        after = random_state(ctx.device)
        with (
            torch.enable_grad(),
            torch.autocast(ctx.device, **ctx.autocast),
            frozen_statistics(ctx.encoder),
        ):
            slopes = gradient.split(ctx.sizes)
            for part, state, slope in zip(ctx.parts, ctx.states, slopes, strict=True):
                set_random_state(ctx.device, state)
                features = ctx.encoder(part)
                found = torch.autograd.grad(features, ctx.parameters, slope, allow_unused=True)
                sums = [_plus(total, more) for total, more in zip(sums, found, strict=True)]
        set_random_state(ctx.device, after)
        return None, None, None, *sums


def _plus(total: Tensor | None, more: Tensor | None) -> Tensor | None:
    if total is None or more is None:
        return more if total is None else total
    return total.add_(more)


@contextmanager
def frozen_statistics(encoder: nn.Module) -> Iterator[None]:
    """Keeps the running statistics of batch norms: the first pass has already updated them."""
    norms: list[Any] = [module for module in encoder.modules() if isinstance(module, _BatchNorm)]
    kept = [(norm.momentum, norm.num_batches_tracked) for norm in norms]
    for norm in norms:
        norm.momentum, norm.num_batches_tracked = 0.0, None
    try:
        yield
    finally:
        for norm, (momentum, tracked) in zip(norms, kept, strict=True):
            norm.momentum, norm.num_batches_tracked = momentum, tracked
