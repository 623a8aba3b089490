"""Measures peak memory: of a function, or since a moment."""

from collections.abc import Callable
from pathlib import Path

import torch

_PROCESS = Path("/proc/self")


def peak_memory(work: Callable[[], object], device: torch.device) -> int | None:
    """Peak memory of ``work()`` in bytes, or None if the system does not report it.

    On an accelerator it is the memory of tensors. Elsewhere it is the memory of the whole process
    with its libraries (``VmHWM`` of Linux, which is reset before ``work()``).

    >>> peak = peak_memory(lambda: torch.ones(20_000_000).sum(), torch.device("cpu"))
    >>> peak is None or peak > 80_000_000
    True
    """
    forget_peak(device)
    work()
    return peak_so_far(device)


def forget_peak(device: torch.device) -> None:
    """Lets the peak of ``device`` begin anew at the memory that is held now."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    elif _resettable():
        (_PROCESS / "clear_refs").write_text("5")


def peak_so_far(device: torch.device) -> int | None:
    """Peak memory of ``device`` in bytes since ``forget_peak``, as ``peak_memory`` has it."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if not _resettable():
        return None
    status = (_PROCESS / "status").read_text().splitlines()
    marks = [line.split()[1] for line in status if line.startswith("VmHWM:")]
    return 1024 * int(marks[0]) if marks else None


def _resettable() -> bool:
    """Whether the peak of this process can be reset: on Linux, where it is permitted."""
    try:
        (_PROCESS / "clear_refs").open("w").close()
    except OSError:
        return False
    return True
