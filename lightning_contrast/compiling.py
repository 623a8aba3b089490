"""When a block is worth compiling, and how."""

import shutil
from typing import Any

import torch

COMPILE_FROM = 2048  # candidates from which a compiled block repays its 5 to 7 seconds

FUSE: dict[str, Any] = {"realize_reads_threshold": 64, "realize_opcount_threshold": 1000}
"""Inductor would store the masks of the pairs once many columns are read for them; kept in
registers, a SupCon block takes a third of the time."""


def worth_compiling(candidates: int, device: torch.device) -> bool:
    """Whether there are candidates enough, and a compiler.

    >>> worth_compiling(16, torch.device("cpu"))
    False
    """
    if candidates < COMPILE_FROM:
        return False
    if device.type == "cuda":
        from torch.utils._triton import has_triton

        return has_triton()
    return any(shutil.which(name) for name in ("c++", "g++", "clang++", "cl"))
