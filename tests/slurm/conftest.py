"""A SLURM of one node for the tests that are marked ``slurm``, and what they run on it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lightning_contrast.training.run import train
from tests.runs import composed, write_news

ROOT = Path(__file__).resolve().parents[2]
COMMAND = str(Path(sys.executable).with_name("lightning-contrast"))
PATIENCE = 400  # seconds; other work may keep the machine busy


class Slurm:
    """Runs commands of SLURM and of the package, as a user of the cluster would."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __call__(self, *words: Any, folder: Path | None = None, timeout: int = 300) -> str:
        done = subprocess.run(
            [str(word) for word in words],
            env=self.environment,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def state(self, job: str) -> str:
        """The state of a job that SLURM still knows."""
        return self("scontrol", "show", "job", job).partition("JobState=")[2].split()[0]

    def restarts(self, job: str) -> int:
        return int(self("scontrol", "show", "job", job).partition("Restarts=")[2].split()[0])

    def wait_for(self, what: str, holds: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < until, f"{what} took too long\n{self('squeue')}"
            time.sleep(0.2)

    def wait_for_end(self, job: str) -> None:
        ended = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "PREEMPTED")
        self.wait_for(f"job {job}", lambda: self.state(job) in ended)
        assert self.state(job) == "COMPLETED"


@pytest.fixture(scope="session")
def slurm(tmp_path_factory) -> Iterator[Slurm]:
    folder = tmp_path_factory.mktemp("slurm")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    own = {
        "LOCAL_SLURM": str(folder),
        "LOCAL_SLURM_PORT": port,
        "SLURM_CONF": f"{folder}/slurm.conf",
    }
    own |= {"OMP_NUM_THREADS": "1", "LIGHTNING_CONTRAST": COMMAND}
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")} | own
    local = str(ROOT / "scripts" / "local_slurm")
    started = subprocess.run([local, "start"], env=environment, capture_output=True, text=True)
    assert started.returncode == 0, started.stderr
    yield Slurm(environment)
    subprocess.run([local, "stop"], env=environment, check=True, capture_output=True)


class Tiny:
    """A run that outlasts the seconds SLURM takes to preempt it, and what it ends with alone."""

    def __init__(self, folder: Path) -> None:
        self.words = [
            *("source=table", f"source.path={write_news(folder / 'news.csv')}", "sampler=shuffled"),
            *("datamodule.batch_size=16", "trainer.max_epochs=150", "trainer.accelerator=cpu"),
            *("callbacks.last.every_n_steps=10", "logger=csv", "quiet=true", "name=test"),
        ]
        self.folder = folder / "whole"
        self.result = train(composed(*self.words), self.folder)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Tiny:
    return Tiny(tmp_path_factory.mktemp("tiny"))
