"""Reads and sets the state of random generators: torch's (CPU and device), NumPy's, Python's."""

import random
from typing import Any

import numpy as np
import torch
from torch import Tensor


def random_state(device: str) -> list[Tensor]:
    """The state of torch's generator on the CPU, and on ``device`` if that is another one.

    >>> state = random_state("cpu"); first = torch.rand(2)
    >>> set_random_state("cpu", state); torch.equal(torch.rand(2), first)
    True
    """
    host = torch.get_rng_state()
    return [host] if device == "cpu" else [host, torch.get_device_module(device).get_rng_state()]


def set_random_state(device: str, state: list[Tensor]) -> None:
    """Restores a state; on another kind of device than it was taken on, only the CPU's part."""
    torch.set_rng_state(state[0])
    if device != "cpu" and len(state) > 1:
        torch.get_device_module(device).set_rng_state(state[1])


def whole_random_state(device: str) -> dict[str, Any]:
    """The state of this process, plain values and tensors: torch's, NumPy's and Python's.

    >>> state = whole_random_state("cpu"); first = random.random(), np.random.rand()
    >>> set_whole_random_state("cpu", state); (random.random(), np.random.rand()) == first
    True
    """
    numpy: Any = np.random.get_state(legacy=False)  # noqa: NPY002  # whatever uses it
    numpy["state"]["key"] = numpy["state"]["key"].tolist()
    return {"torch": random_state(device), "numpy": numpy, "python": random.getstate()}


def set_whole_random_state(device: str, state: dict[str, Any]) -> None:
    """Restores a state of ``whole_random_state``."""
    set_random_state(device, state["torch"])
    inner = state["numpy"]["state"]
    key = np.array(inner["key"], dtype=np.uint32)
    np.random.set_state({**state["numpy"], "state": {**inner, "key": key}})  # noqa: NPY002
    random.setstate(state["python"])
