"""The state of torch's random numbers: of the host, and of the device that is used."""

import torch
from torch import Tensor


def random_state(device: str) -> list[Tensor]:
    """The state of the host's generator, and of the device's own if there is one.

    >>> state = random_state("cpu"); first = torch.rand(2)
    >>> set_random_state("cpu", state); torch.equal(torch.rand(2), first)
    True
    """
    host = torch.get_rng_state()
    return [host] if device == "cpu" else [host, torch.get_device_module(device).get_rng_state()]


def set_random_state(device: str, state: list[Tensor]) -> None:
    """Back to a state; on another kind of device than it was taken, the host's part of it."""
    torch.set_rng_state(state[0])
    if device != "cpu" and len(state) > 1:
        torch.get_device_module(device).set_rng_state(state[1])
