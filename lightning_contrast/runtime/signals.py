"""What a cluster or a user asks of a running process: save, stop, and come back later."""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from lightning_contrast.errors import InputError

AGAIN = 75
"""Exit code of a run that a signal stopped: EX_TEMPFAIL, try again."""


class Stopped(SystemExit):
    """A signal ended the run; from its last checkpoint it can go on.

    >>> Stopped(signal.SIGTERM).code, Stopped(signal.SIGINT).code
    (75, 130)
    """

    code: int

    def __init__(self, number: int, told: bool = False) -> None:
        super().__init__(130 if number == signal.SIGINT else AGAIN)
        self.name = signal.Signals(number).name
        self.told = told  # the user knows where the checkpoint is


class _Ear:
    """Hears the signals: in a training it keeps them until a step ends, else it raises at once."""

    def __init__(self) -> None:
        self.numbers: tuple[int, ...] = ()
        self.heard = 0
        self.patient = False

    def __call__(self, number: int, frame: Any) -> None:
        again = self.heard == number
        self.heard = number
        if number == signal.SIGINT and (again or not self.patient):
            raise KeyboardInterrupt  # Ctrl-C twice waits for nothing
        if not self.patient:
            raise Stopped(number)

    def listen(self) -> None:
        for number in self.numbers:
            signal.signal(number, self)


_ear = _Ear()


def numbers_of(names: Sequence[str]) -> tuple[int, ...]:
    """The numbers of signals.

    Raises ``InputError`` for a name that this system does not have, or can't be caught.

    >>> numbers_of(["SIGTERM"])
    (15,)
    """
    known = {s.name: s.value for s in signal.Signals if s.name not in ("SIGKILL", "SIGSTOP")}
    if wrong := [name for name in names if name not in known]:
        raise InputError(
            f"stop_signals must be names of signals that can be caught, got {wrong[0]!r}: set "
            "stop_signals=[SIGINT,SIGTERM,SIGUSR1,SIGUSR2]"
        )
    return tuple(known[name] for name in names)


@contextmanager
def listening(names: Sequence[str]) -> Iterator[None]:
    """Within, each of these signals raises ``Stopped``: at once, or at the next step of a training.

    Without effect outside the main thread, where Python has no signals.

    >>> import os
    >>> try:
    ...     with listening(["SIGUSR1"]):
    ...         os.kill(os.getpid(), signal.SIGUSR1)
    ... except Stopped as stopped:
    ...     stopped.name
    'SIGUSR1'
    """
    numbers = numbers_of(names)
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in numbers}
    _ear.numbers, _ear.heard, _ear.patient = numbers, 0, False
    _ear.listen()
    try:
        yield
    finally:
        _ear.numbers, _ear.heard, _ear.patient = (), 0, False
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_steps() -> None:
    """From now on a signal waits for ``heard`` to be asked; Lightning's handlers are replaced.

    Lightning's handler of SIGTERM calls a collective itself, which hangs the ranks where the signal
    comes in the midst of another one.
    """
    _ear.patient = True
    _ear.listen()


def at_once() -> None:
    """From now on a signal raises wherever the process is; one that has waited raises now."""
    _ear.patient = False
    if _ear.heard:
        raise Stopped(_ear.heard)


def leave_to_parent() -> None:
    """For a worker that makes batches: from now on it ignores the signals that the run answers.

    SLURM and Ctrl-C signal the workers too, and the run needs them until it has saved. SIGTERM from
    the parent process still ends a worker: that is how torch closes its pool.
    """
    for number in _ear.numbers:
        signal.signal(number, signal.SIG_IGN)
    if signal.SIGTERM in _ear.numbers and hasattr(signal, "sigwaitinfo"):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
        pass
    os._exit(0)


def heard() -> int:
    """The signal that came, 0 without any."""
    return _ear.heard
