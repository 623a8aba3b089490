"""Explicit negatives whose inputs are moved towards their anchor."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lightning_contrast.batch import Batch, as_float, columns, cut
from lightning_contrast.config.part import name_of
from lightning_contrast.engine.grad_cache import frozen_statistics
from lightning_contrast.errors import InputError
from lightning_contrast.types import Made, Pairs, Rows


def moved_inputs(
    module: Any,
    batch: Batch,
    pairing: Callable[[Rows, Rows], Pairs],
    ascend: Callable[[Tensor, Tensor], Tensor],
    steps: int,
    gradient: bool,
    anchors: Rows,
) -> Made:
    """The negatives drawn for each anchor, their inputs moved towards it, and encoded.

    ``ascend(moved, slope)`` is one of the ``steps``, on inputs as rows of numbers. The encoder
    learns from the moved rows with ``gradient``. Positives that are anchors have those of their
    sample.
    """
    n, _, k = batch.counts
    if not k:
        raise InputError(
            "adversarial.space=input moves the negatives drawn for each row, and none are drawn: "
            "set negatives=cross_class, or candidates.adversarial.space=embedding"
        )
    target = anchors.embedding[:n].detach().repeat_interleave(k, 0)
    with frozen_statistics(module), shifted(module.network, batch) as embed:
        moved: Tensor | None = None
        for _ in range(steps):
            embedding, place = embed(moved, True)
            (slope,) = torch.autograd.grad((embedding * target).sum(), place)
            with torch.no_grad():
                start = place.flatten(1).float()
                moved = ascend(start, slope.flatten(1).float()).view_as(place)
        with torch.set_grad_enabled(gradient):
            made = embed(moved, False)[0].unflatten(0, (n, k))
    times = len(anchors.label) // max(n, 1)
    return Made(made.repeat(times, 1, 1), _valid(pairing, batch, anchors, times))


@contextmanager
def shifted(
    network: Any, batch: Batch
) -> Iterator[Callable[[Tensor | None, bool], tuple[Tensor, Tensor]]]:
    """``embed(delta, learns) -> (embedding, delta)`` of the negatives; ``None`` means zeros.

    What is shifted are the inputs themselves, or the token vectors where inputs are tokens.
    """
    drawn = sum(batch.sizes[:2])
    inputs: Any = as_float(cut(batch.inputs, drawn))
    tokens = isinstance(inputs, dict)
    delta: list[Tensor] = []
    sought: list[bool] = []

    def add(clean: Tensor) -> Tensor:
        if not delta:
            delta.append(torch.zeros_like(clean))
        if delta[0].shape != clean.shape:  # the table is asked again, for other tokens
            return clean
        delta[0] = delta[0].detach().to(clean.dtype).requires_grad_(sought[0])
        return clean + delta[0]

    def embed(start: Tensor | None, learns: bool) -> tuple[Tensor, Tensor]:
        delta[:], sought[:] = [] if start is None else [start], [learns]
        features = network(inputs if tokens else inside(add(inputs)))
        return network.project(features), delta[0]

    hooks = []
    if tokens:
        hooks = [token_table(network.encoder).register_forward_hook(lambda *call: add(call[2]))]
    try:
        yield embed
    finally:
        for hook in hooks:
            hook.remove()


def inside(inputs: Tensor) -> Tensor:
    """Clipped to [0, 1]; the slope goes through as if it were not."""
    return inputs + (inputs.clamp(0, 1) - inputs).detach()


def token_table(encoder: nn.Module) -> nn.Embedding:
    """The first table of vectors in the encoder: that of its tokens.

    Raises:
        InputError: it has none.
    """
    for part in encoder.modules():
        if isinstance(part, nn.Embedding):
            return part
    raise InputError(no_vectors(encoder))


def no_vectors(encoder: Any) -> str:
    """What is said of an encoder, or its class, that looks up no vector for each token."""
    return (
        f"adversarial.space=input moves token vectors, and encoder {name_of(encoder)} looks up "
        "none one by one: set candidates.adversarial.space=embedding, or encoder=transformer"
    )


def _valid(
    pairing: Callable[[Rows, Rows], Pairs], batch: Batch, anchors: Rows, times: int
) -> Tensor:
    """Which of the drawn negatives the pairing takes for negatives of the anchor: ``(a, k)``."""
    n, _, k = batch.counts
    label, index, role, slot = (column[len(column) - n * k :] for column in columns(batch))
    drawn = Rows(anchors.embedding.new_zeros(n * k, 1), label, index, role, slot)
    found = []
    own = torch.arange(n * k, device=label.device).view(n, k).repeat(times, 1)
    for start in range(0, max(len(own), 1), 256):
        block = Rows(*(column[start : start + 256] for column in anchors))
        negative = pairing(block, drawn).negative
        found.append(negative.gather(1, own[start : start + 256]))
    return torch.cat(found)
