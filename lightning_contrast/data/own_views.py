"""Embeds two views of each row, as training sees rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.batch import viewed
from lightning_contrast.modules.by_length import by_length
from lightning_contrast.modules.reading import of_rows
from lightning_contrast.runtime.random_state import set_whole_random_state, whole_random_state


@torch.no_grad()
def embed_views(network: Any, datamodule: Any, rows: np.ndarray) -> tuple[Tensor, Tensor]:
    """Unit embeddings ``(n, d)`` of one view of each row, and of another, with dropout.

    The views are the same at every call, and neither the state of random numbers nor the network
    changes.
    """
    views: tuple[list[Tensor], list[Tensor]] = ([], [])
    with as_in_training(network):
        for batch in datamodule.in_order(rows):
            batch = batch.to(network.device)
            for view in views:
                inputs = viewed(batch, datamodule.view).inputs
                view.append(network.project(of_rows(by_length(network, inputs))).float())
    return torch.cat(views[0]), torch.cat(views[1])


@contextmanager
def as_in_training(network: Any) -> Iterator[None]:
    """A network with dropout and the statistics of batches; afterwards all is as before."""
    device, modes = network.device.type, [(part, part.training) for part in network.modules()]
    state = whole_random_state(device)
    buffers = [(buffer, buffer.clone()) for buffer in network.buffers()]
    torch.manual_seed(0)
    network.train()
    try:
        yield
    finally:
        set_whole_random_state(device, state)
        for buffer, kept in buffers:
            buffer.copy_(kept)
        for part, training in modes:
            part.training = training
