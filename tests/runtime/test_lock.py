"""A directory has one run at a time; a dead holder is no holder."""

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time

import pytest

from lightning_contrast.errors import OtherRun
from lightning_contrast.runtime.lock import holding

HOLD = """
import subprocess, sys, time
from pathlib import Path
from lightning_contrast.runtime.lock import holding
with holding(Path(sys.argv[1])) as lock:
    child = ["-c", "import time; time.sleep(60)"]
    if sys.argv[2] == "a child":
        print(subprocess.Popen([sys.executable, *child], pass_fds=[lock]).pid, flush=True)
    else:
        print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Starts a process that holds ``tmp_path``, and gives what it printed too."""
    started = []

    def start(kind):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path), kind], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_second_run_is_refused_in_one_line_that_names_the_holder(tmp_path, holder):
    process, _ = holder("alone")
    with pytest.raises(OtherRun) as refused, holding(tmp_path):
        pass
    line = str(refused.value)
    assert f"{tmp_path} is in use" in line and f"process {process.pid} on " in line
    assert "\n" not in line


def test_a_holder_that_was_killed_holds_nothing(tmp_path, holder):
    process, _ = holder("alone")
    process.send_signal(signal.SIGKILL)
    process.wait()
    with holding(tmp_path):
        pass


def test_a_process_that_inherits_the_lock_holds_it_until_it_has_gone(tmp_path, holder):
    process, child = holder("a child")
    process.send_signal(signal.SIGKILL)
    process.wait()
    with pytest.raises(OtherRun), holding(tmp_path):
        pass
    os.kill(int(child), signal.SIGKILL)
    for _ in range(100):
        try:
            with holding(tmp_path):
                return
        except OtherRun:
            time.sleep(0.05)
    pytest.fail("the lock of a dead process was never free")


def test_one_run_after_another_may_have_it(tmp_path):
    for _ in range(2):
        with holding(tmp_path / "made"):
            pass


def test_a_file_system_without_locks_is_told_of_and_used(tmp_path, monkeypatch):
    def missing(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", missing)
    with pytest.warns(UserWarning, match="can't be locked"), holding(tmp_path) as lock:
        assert lock is None
