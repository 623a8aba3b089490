"""What tells the vectors of one network from those of another."""

from hashlib import blake2b
from typing import Any, Literal

import torch

from lightning_contrast.config.description import describe


def fingerprint(network: Any, space: Literal["features", "embedding"]) -> str:
    """A hash of all that the vectors of a ``Network`` depend on: its parts, its weights, and
    ``space``."""
    parts = [describe(getattr(network, name)) for name in ("encoder", "projector", "preprocess")]
    found = blake2b(repr((parts, space)).encode(), digest_size=12)
    for name, value in (network if space == "embedding" else network.encoder).state_dict().items():
        if not name.startswith("head."):
            found.update(name.encode())
            found.update(value.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy())
    return found.hexdigest()
