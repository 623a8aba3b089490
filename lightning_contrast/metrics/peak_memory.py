"""The most memory that a piece of work takes."""

from collections.abc import Callable
from pathlib import Path

import torch

_PROCESS = Path("/proc/self")


def peak_memory(work: Callable[[], object], device: torch.device) -> int | None:
    """Bytes at the highest point of ``work()``, or None where the system does not tell.

    On an accelerator: the memory of its tensors. Else all memory of the process, libraries too
    (``VmHWM`` of Linux, which is set back before ``work()``).

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
    except OSError:  # no Linux, or one that forbids it
        return None
    work()
    status = (_PROCESS / "status").read_text().splitlines()
    marks = [line.split()[1] for line in status if line.startswith("VmHWM:")]
    return 1024 * int(marks[0]) if marks else None
