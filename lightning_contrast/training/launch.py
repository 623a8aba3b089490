"""Starts the processes of a run on this machine, waits for them, and raises their errors."""

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lightning_contrast.errors import InputError, Killed
from lightning_contrast.runtime.signals import AGAIN, Stopped

GRACE = 15.0
"""Seconds that ranks have to save and end after a signal; then they are killed."""

RANK = (
    "import pickle, sys; order = pickle.load(sys.stdin.buffer); sys.path[:] = order.pop('path');"
    "from lightning_contrast.training.rank import main; main(**order)"
)


class RankFailed(RuntimeError):
    """A rank ended with an error that is no ``InputError``; the message holds its traceback."""


def run_ranks(
    config: dict[str, Any], directory: Path, count: int, lock: int | None = None
) -> dict[str, Any]:
    """Trains with ``count`` processes on this machine; returns what ``result.json`` holds.

    Each rank is a new process that gets the resolved config, not the command line. So no rank
    repeats a multirun, a sweeper or a notebook, and this process has no process group and no
    environment to clean up before its next job. If a rank fails, the others are stopped and its
    error is raised here. If this process ends, the ranks end too. ``lock`` is a file descriptor
    that the ranks hold until they end.

    Raises:
        InputError: a rank has found a mistake in the data or the config.
        Killed: a signal ended a rank from outside.
        RankFailed: any other error of a rank.
        Stopped: a signal came, and the ranks have saved.
    """
    nodes = config["trainer"].get("num_nodes", 1)
    first = int(os.environ["NODE_RANK"]) * count if nodes > 1 else 0
    with TemporaryDirectory(prefix="lightning_contrast_") as reports:
        environment = _environment(count, nodes)
        ranks = [
            _start(
                {"config": config, "directory": directory, "report": f"{reports}/{number}.json"},
                environment | {"LOCAL_RANK": str(number), "RANK": str(first + number)},
                () if lock is None else (lock,),
            )
            for number in range(count)
        ]
        try:
            failed = _wait(ranks)
        except KeyboardInterrupt:
            _stop(ranks, signal.SIGINT)
            raise
        except Stopped as stopped:
            _stop(ranks, signal.Signals[stopped.name])
            stopped.told = any(rank.returncode == stopped.code for rank in ranks)
            raise
        finally:
            _stop(ranks, signal.SIGTERM)
        if failed is not None and ranks[failed].returncode == AGAIN:  # a signal to the ranks alone
            raise Stopped(signal.SIGTERM, told=True)
        if failed is not None:
            last = directory / "checkpoints" / "last.ckpt"
            raise _failure(Path(reports), ranks, failed, first, last)
    result = directory / "result.json"
    return json.loads(result.read_text(encoding="utf-8")) if first == 0 else {}


def _environment(count: int, nodes: int) -> dict[str, str]:
    """Environment variables of all ranks. On one node the port is new: no earlier job's."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    own = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "NODE_RANK": "0"} if nodes == 1 else {}
    return {**os.environ, **own, "WORLD_SIZE": str(count * nodes)}


def _start(
    order: dict[str, Any], environment: dict[str, str], kept: Sequence[int]
) -> subprocess.Popen:
    # In a session of its own: Ctrl-C reaches this process alone, and this one signals the ranks.
    process = subprocess.Popen(
        [sys.executable, "-c", RANK],
        stdin=subprocess.PIPE,
        env=environment,
        start_new_session=True,
        pass_fds=kept,
    )
    assert process.stdin is not None
    process.stdin.write(pickle.dumps({"path": sys.path, **order}))
    process.stdin.flush()  # stdin stays open: a rank ends when it is closed
    return process


def _wait(ranks: Sequence[subprocess.Popen]) -> int | None:
    """Waits until a rank fails and gives its number; None when all have ended without error."""
    while True:
        codes = [rank.poll() for rank in ranks]
        for number, code in enumerate(codes):
            if code:
                return number
        if None not in codes:
            return None
        time.sleep(0.05)


def _stop(ranks: Sequence[subprocess.Popen], how: signal.Signals) -> None:
    """Signals the ranks that still run and waits for them; kills those that outlast ``GRACE``."""
    left = [rank for rank in ranks if rank.poll() is None]
    for rank in left:
        rank.send_signal(how)
    end = time.monotonic() + GRACE
    for rank in left:
        try:
            rank.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            rank.kill()
            rank.wait()
    for rank in ranks:
        if rank.stdin is not None and not rank.stdin.closed:
            rank.stdin.close()


def _failure(
    reports: Path, ranks: Sequence[subprocess.Popen], failed: int, first: int, last: Path
) -> Exception:
    """The error of the rank that failed first: errors of other ranks only follow from it."""
    found = [
        json.loads(path.read_text(encoding="utf-8")) | {"rank": int(path.stem)}
        for path in reports.glob("*.json")
    ]
    code = ranks[failed].returncode
    if code < 0 and all(report["rank"] != failed for report in found):
        name = signal.Signals(-code).name
        memory = " (the system may be out of memory)" if code == -signal.SIGKILL else ""
        onward = f"goes on from {last}" if last.exists() else "begins anew: no checkpoint was due"
        return Killed(
            f"rank {first + failed} was killed by {name}{memory}: the same command {onward}"
        )
    if not found:
        return RankFailed(f"rank {first + failed} ended with exit code {code} and no message")
    report = min(found, key=lambda each: each["time"])
    failure = RankFailed(f"rank {first + report['rank']} failed:\n{report['traceback']}")
    if report["line"] is None:
        return failure
    error = InputError(report["line"])
    error.__context__ = failure
    return error
