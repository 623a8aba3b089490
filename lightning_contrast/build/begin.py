"""Begins training with the weights of another run."""

from typing import Any

import torch
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.modules.checkpoint import load

PARTS = ("projector", "head")


@torch.no_grad()
def start_from(network: Any, checkpoint: str) -> None:
    """Gives a network the weights of a checkpoint's encoder, and of its projector and head as far
    as they fit.

    A weight with a row for each class is copied class by class, by their names, so that a head
    keeps what it knows of old classes among new ones. A part none of whose weights fits stays new.

    Raises:
        InputError: no such checkpoint, or its encoder is another one.
    """
    other = load(checkpoint)
    own, given = network.encoder.state_dict(), other.encoder.state_dict()
    if {k: v.shape for k, v in own.items()} != {k: v.shape for k, v in given.items()}:
        raise InputError(
            f"start_from={checkpoint} holds an encoder of other weights than that of the run: set "
            "encoder and its arguments as in the run of the checkpoint"
        )
    network.encoder.load_state_dict(given)
    known = [other.classes.index(name) if name in other.classes else -1 for name in network.classes]
    for part in PARTS:
        mine = getattr(network, part).state_dict()
        theirs = getattr(other, part).state_dict()
        for name, weight in mine.items():
            if name in theirs:
                _copy(weight, theirs[name], known, len(other.classes))


def _copy(weight: Tensor, given: Tensor, known: list[int], classes: int) -> None:
    """Copies a weight where it fits; ``known``: the old number of each class, -1 for a new one."""
    by_class = len(weight) == len(known) and len(given) == classes if weight.ndim else False
    if by_class and weight.shape[1:] == given.shape[1:] and known != list(range(classes)):
        for number, old in enumerate(known):
            if old >= 0:
                weight[number] = given[old]
    elif weight.shape == given.shape:
        weight.copy_(given)
