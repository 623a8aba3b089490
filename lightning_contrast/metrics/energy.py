"""Measures the energy of the processor, if the machine counts it."""

from collections.abc import Callable
from pathlib import Path

ZONES = Path("/sys/class/powercap")


def energy_counter(zones: Path = ZONES) -> Callable[[], float] | None:
    """A function that gives the joules spent since now; None without a readable counter.

    The counters are those of Linux's powercap (RAPL) for processor packages. They include the work
    of other programs, and no accelerator. A counter that reaches its largest value begins again at
    0; one such overflow is handled.

    >>> energy_counter(Path("/no/such/folder")) is None
    True
    """
    counters = [zone for zone in sorted(zones.glob("intel-rapl:*")) if zone.name.count(":") == 1]
    try:
        start = [_number(zone / "energy_uj") for zone in counters]
        turn = [_number(zone / "max_energy_range_uj") for zone in counters]
    except (OSError, ValueError):
        return None
    if not counters:
        return None

    def spent() -> float:
        now = [_number(zone / "energy_uj") for zone in counters]
        changes = zip(now, start, turn, strict=True)
        return sum((n - s) % (t + 1) for n, s, t in changes) / 1e6

    return spent


def _number(file: Path) -> int:
    return int(file.read_text())
