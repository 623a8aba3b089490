"""Measures the peak memory of a function."""

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
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        work()
        return torch.cuda.max_memory_allocated(device)
    try:
        (_PROCESS / "clear_refs").write_text("5")
    except OSError:  # not on Linux, or not permitted
        return None
    work()
    status = (_PROCESS / "status").read_text().splitlines()
    marks = [line.split()[1] for line in status if line.startswith("VmHWM:")]
    return 1024 * int(marks[0]) if marks else None
