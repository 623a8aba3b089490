"""Signals of a cluster or a user: a run saves, stops, and can be resumed later."""

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
    """A signal ended the run; it can be resumed from its last checkpoint.

    >>> Stopped(signal.SIGTERM).code, Stopped(signal.SIGINT).code
    (75, 130)
    """

    code: int

    def __init__(self, number: int, told: bool = False) -> None:
        super().__init__(130 if number == signal.SIGINT else AGAIN)
        self.name = signal.Signals(number).name
        self.told = told  # the user knows where the checkpoint is


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, after which the user knows what is done."""


class _Handler:
    """Handles the signals: in training it waits for the end of a step, else it raises at once."""

    def __init__(self) -> None:
        self.numbers: tuple[int, ...] = ()
        self.received = 0
        self.waits = False

    def __call__(self, number: int, frame: Any) -> None:
        again = self.received == number
        self.received = number
        if number == signal.SIGINT and (again or not self.waits):
            raise KeyboardInterrupt  # a second Ctrl-C does not wait for the step
        if not self.waits:
            raise Stopped(number)

    def install(self) -> None:
        for number in self.numbers:
            signal.signal(number, self)


_handler = _Handler()


def numbers_of(names: Sequence[str]) -> tuple[int, ...]:
    """The numbers of signals.

    Raises ``InputError`` for a signal that this system does not have, or that can't be caught.

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
    """Inside the block, each of these signals raises ``Stopped``: at once, or after a step.

    It has no effect outside the main thread: Python handles signals there only.

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
    _handler.numbers, _handler.received, _handler.waits = numbers, 0, False
    _handler.install()
    try:
        yield
    finally:
        _handler.numbers, _handler.received, _handler.waits = (), 0, False
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_steps() -> None:
    """From now on a signal only sets ``received``; Lightning's handlers are replaced.

    Lightning's handler of SIGTERM calls a collective operation. If the signal comes while another
    one runs, the ranks hang.
    """
    _handler.waits = True
    _handler.install()


def at_once() -> None:
    """From now on a signal raises at once; one that was received before raises now."""
    _handler.waits = False
    if _handler.received:
        raise Stopped(_handler.received)


def leave_to_parent() -> None:
    """Makes a worker that loads batches ignore the signals that the run handles.

    SLURM and Ctrl-C signal the workers too, and the run needs them until it has saved. SIGTERM from
    the parent process still ends a worker: torch closes its pool with it.
    """
    for number in _handler.numbers:
        signal.signal(number, signal.SIG_IGN)
    if signal.SIGTERM in _handler.numbers and hasattr(signal, "sigwaitinfo"):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
        pass
    os._exit(0)


def received() -> int:
    """The signal that was received, 0 if none was."""
    return _handler.received
