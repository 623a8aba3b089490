"""What a run computes on, and in which precision it is fast there."""

from typing import Any


def is_cpu(accelerator: Any) -> bool:
    """Whether a run with ``trainer.accelerator`` is on the CPU.

    >>> is_cpu("cpu")
    True
    """
    import torch

    return accelerator == "cpu" or (accelerator == "auto" and not torch.accelerator.is_available())


def has_bfloat16(accelerator: Any) -> bool:
    """Whether the processor multiplies bfloat16 itself: elsewhere it is slower than float32.

    >>> isinstance(has_bfloat16("cpu"), bool)
    True
    """
    import torch

    if is_cpu(accelerator):
        can = torch.cpu.get_capabilities()
        return bool(can.get("avx512_bf16") or can.get("amx_bf16"))
    return torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)


def fitting_precision(precision: Any, accelerator: Any) -> Any:
    """``trainer.precision``, with ``auto`` made ``bf16-mixed`` or ``32-true``.

    >>> fitting_precision("64-true", "cpu")
    '64-true'
    """
    if precision != "auto":
        return precision
    return "bf16-mixed" if has_bfloat16(accelerator) else "32-true"
