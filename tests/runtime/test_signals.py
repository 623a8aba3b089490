"""Signals that stop a run: kept until the end of a step, or raised where the process stands."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.runtime import signals
from lightning_contrast.runtime.signals import Stopped, listening


def send(number):
    os.kill(os.getpid(), number)


def test_outside_training_a_signal_raises_at_once_and_the_handlers_come_back():
    before = signal.getsignal(signal.SIGUSR1)
    with pytest.raises(Stopped) as stopped, listening(["SIGUSR1"]):
        send(signal.SIGUSR1)
    assert (stopped.value.name, stopped.value.code) == ("SIGUSR1", 75)
    assert signal.getsignal(signal.SIGUSR1) is before


def test_in_training_it_waits_until_it_is_asked_for():
    with listening(["SIGUSR1", "SIGUSR2"]):
        signals.wait_for_steps()
        assert signals.received() == 0
        send(signal.SIGUSR2)
        assert signals.received() == signal.SIGUSR2
        with pytest.raises(Stopped, match="75"):
            signals.at_once()


def test_ctrl_c_waits_once_and_not_twice():
    with listening(["SIGINT"]):
        signals.wait_for_steps()
        send(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), listening(["SIGINT"]):
        send(signal.SIGINT)


WORKER = """
import multiprocessing, subprocess, time
from lightning_contrast.runtime.signals import leave_to_parent, listening

context = multiprocessing.get_context("fork")
ready = context.Event()

def work():
    leave_to_parent()
    ready.set()
    time.sleep(60)

with listening(["SIGUSR1", "SIGTERM"]):
    worker = context.Process(target=work)
    worker.start()
    assert ready.wait(30)
    for name in ("USR1", "TERM"):  # from another process than the parent
        subprocess.run(["sh", "-c", f"kill -{name} {worker.pid}"], check=True)
    worker.join(0.5)
    assert worker.is_alive(), worker.exitcode
    worker.terminate()
    worker.join(30)
    print(worker.exitcode)
"""


def test_a_process_that_makes_batches_lives_on_until_its_parent_ends_it():
    done = subprocess.run([sys.executable, "-c", WORKER], capture_output=True, text=True)
    assert done.stdout == "0\n", done.stderr


def test_another_thread_goes_without():
    done = []

    def work():
        with listening(["SIGUSR1"]):
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


@pytest.mark.parametrize("name", ["SIGKILL", "USR1", "SIGFOO"])
def test_a_name_that_is_no_signal_to_catch_is_one_line(name):
    with pytest.raises(InputError, match=rf"got '{name}': set stop_signals="), listening([name]):
        pass
