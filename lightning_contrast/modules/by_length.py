"""Rows through an encoder in chunks that suit a CPU: texts by length, images by size."""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

from lightning_contrast.runtime.distributed import world_size
from lightning_contrast.types import Inputs

PIXELS = (
    10_000_000  # numbers in a chunk of images: 64 of 224 x 224; larger ones take memory and time
)
TOKENS = 4096  # of a chunk, with padding: larger ones hold more of it, smaller ones more calls


def by_length(encode: Callable[[Inputs], Tensor], inputs: Inputs) -> Tensor:
    """``encode(inputs)`` of token dicts in chunks of rows of like length, in the order of the rows.

    A chunk is as wide as its longest row; a vector for each token ``(r, t, f)`` is filled up with
    zeros. Images go in chunks of ``PIXELS`` numbers. In one go as they are: other inputs, those on
    an accelerator, which small chunks would leave idle, and those of several processes, which must
    all call an encoder that they share equally often.

    >>> tokens = {"input_ids": torch.tensor([[1, 2], [3, 0]])}
    >>> tokens["attention_mask"] = torch.tensor([[1, 1], [1, 0]])
    >>> by_length(lambda rows: rows["input_ids"].sum(1, keepdim=True), tokens).tolist()
    [[3], [3]]
    """
    if world_size() > 1:
        return encode(inputs)
    if isinstance(inputs, Tensor) and inputs.numel() > PIXELS and inputs.device.type == "cpu":
        size = max(1, PIXELS // inputs[0].numel())
        return torch.cat([encode(part) for part in inputs.split(size)])
    if not isinstance(inputs, dict):
        return encode(inputs)
    mask = inputs["attention_mask"]
    if not mask.numel() or mask.device.type != "cpu":
        return encode(inputs)
    width, order = (mask * torch.arange(1, mask.shape[1] + 1)).amax(1).clamp(min=1).sort()
    parts = []
    for start, stop in chunks(width.tolist()):
        rows, longest = order[start:stop], int(width[stop - 1])
        found = encode({key: of[rows, :longest] for key, of in inputs.items()})
        if found.ndim == 3:
            found = pad(found, (0, 0, 0, mask.shape[1] - found.shape[1]))
        parts.append(found)
    found = torch.cat(parts)
    return torch.empty_like(found).index_copy_(0, order, found)


def chunks(width: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where chunks of rows of ascending width begin and end, each of at most ``TOKENS`` cells.

    >>> list(chunks([10, 20, 2000, 2000, 4000, 5000]))
    [(0, 2), (2, 4), (4, 5), (5, 6)]
    """
    start = 0
    for stop, longest in enumerate(width):
        if stop > start and (stop + 1 - start) * longest > TOKENS:
            yield start, stop
            start = stop
    yield start, len(width)
