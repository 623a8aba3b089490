"""When a block is worth compiling, and how."""

import shutil
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lightning_contrast.types import Rows

COMPILE_FROM = 2048  # candidates from which a compiled block repays its 5 to 7 seconds
EXACT = 2**24  # float32 holds every whole number up to here

FUSE: dict[str, Any] = {"realize_reads_threshold": 64, "realize_opcount_threshold": 1000}
"""With its default limits Inductor writes the masks of the pairs to memory. With these limits it
keeps them in registers, and a SupCon block takes a third of the time."""


def worth_compiling(candidates: int, device: torch.device) -> bool:
    """Whether there are enough candidates, and a compiler.

    >>> worth_compiling(16, torch.device("cpu"))
    False
    """
    if candidates < COMPILE_FROM:
        return False
    if device.type == "cuda":
        from torch.utils._triton import has_triton

        return has_triton()
    if " " in torch.__file__:  # Inductor passes this path to the C++ compiler without quotes
        return False
    return any(shutil.which(name) for name in ("c++", "g++", "clang++", "cl"))


class Compiled:
    """A function that is compiled at its first call.

    If the compiler fails, it warns and calls the fallback; with ``insist`` it raises the failure.
    ``Rows`` among its arguments may be ``packed``.
    """

    def __init__(
        self, function: Callable[..., Any], fallback: Callable[..., Any], insist: bool = False
    ) -> None:
        def whole(*arguments: Any) -> Any:
            return function(*_unpacked(arguments))

        # Torch recompiles one piece of code eight times at most (its recompile limit). All jobs of
        # a sweep share this code in one process, so each compiled function has a count of its own.
        options: dict[str, Any] = {"options": FUSE, "isolate_recompiles": True}
        self.compiled: Callable[..., Any] | None = torch.compile(whole, **options)
        self.fallback, self.insist = fallback, insist

    def __call__(self, *arguments: Any) -> Any:
        from torch._dynamo.exc import BackendCompilerFailed

        if self.compiled is not None:
            try:
                return self.compiled(*arguments)
            except BackendCompilerFailed as error:
                if self.insist:
                    raise
                reason = str(error).strip().splitlines()[0]
                warnings.warn(
                    f"the block of the loss could not be compiled ({reason}) and runs eagerly, "
                    "about half as fast: install a C++ compiler and Python's headers, or set "
                    "engine.compile=false",
                    stacklevel=2,
                )
                self.compiled = None
        return self.fallback(*_unpacked(arguments))


def packed(rows: Rows) -> Rows:
    """The rows with their integer columns as float32, on a CPU and where that is exact.

    On a CPU with AVX2, Inductor loads a vector of integers through a buffer on the stack. That may
    take longer than the rest of the block. It loads floats directly, and turns them into integers
    with one instruction.

    >>> rows = Rows(torch.eye(2), *torch.tensor([[0, -1], [5, 2**30], [0, 0], [0, 32]]).int())
    >>> [column.dtype == torch.float32 for column in packed(rows)[1:]]
    [True, False, True, True]
    """
    if rows.embedding.device.type != "cpu":
        return rows
    return Rows(rows.embedding, *(_as_float(column) for column in rows[1:]))


def unpacked(rows: Rows) -> Rows:
    """Undoes ``packed``; rows that are not packed stay as they are.

    >>> rows = Rows(torch.eye(2), *torch.tensor([[0, -1], [5, 6], [0, 0], [0, 32]]).int())
    >>> all(torch.equal(*both) for both in zip(rows, unpacked(packed(rows)), strict=True))
    True
    """
    whole = (x.to(torch.int32) if x.is_floating_point() else x for x in rows[1:])
    return Rows(rows.embedding, *whole)


def _as_float(column: Tensor) -> Tensor:
    exact = column.numel() and column.abs().max() <= EXACT
    return column.to(torch.float32) if exact else column


def _unpacked(arguments: tuple) -> list:
    return [unpacked(a) if isinstance(a, Rows) else a for a in arguments]
