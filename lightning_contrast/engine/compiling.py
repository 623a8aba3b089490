"""When a block is worth compiling, and how."""

import shutil
import warnings
from collections.abc import Callable
from typing import Any

import torch

from lightning_contrast.engine.packed import packed, unpacked
from lightning_contrast.types import Rows

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
    if " " in torch.__file__:  # Inductor hands the path to the C++ compiler without quotes
        return False
    return any(shutil.which(name) for name in ("c++", "g++", "clang++", "cl"))


class Compiled:
    """A function compiled at its first call; where the compiler fails, the fallback with a warning.

    ``insist`` lets the failure through instead.
    """

    def __init__(
        self, function: Callable[..., Any], fallback: Callable[..., Any], insist: bool = False
    ) -> None:
        def whole(*arguments: Any) -> Any:
            return function(*_with(unpacked, arguments))

        # On its own count: of one piece of code torch compiles eight, all jobs of a sweep together.
        options: dict[str, Any] = {"options": FUSE, "isolate_recompiles": True}
        self.compiled: Callable[..., Any] | None = torch.compile(whole, **options)
        self.fallback, self.insist = fallback, insist

    def __call__(self, *arguments: Any) -> Any:
        from torch._dynamo.exc import BackendCompilerFailed

        if self.compiled is None:
            return self.fallback(*_with(unpacked, arguments))
        try:
            return self.compiled(*_with(packed, arguments))
        except BackendCompilerFailed as error:
            if self.insist:
                raise
            reason = str(error).strip().splitlines()[0]
            warnings.warn(
                f"the block of the loss could not be compiled ({reason}) and runs eagerly, about "
                "half as fast: install a C++ compiler and Python's headers, or set "
                "engine.compile=false",
                stacklevel=2,
            )
            self.compiled = None
            return self.fallback(*_with(unpacked, arguments))


def _with(change: Callable[[Rows], Rows], arguments: tuple) -> list:
    return [change(a) if isinstance(a, Rows) else a for a in arguments]
