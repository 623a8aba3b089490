"""A program that kills one of two ranks: ``python -m tests.surviving.killed_rank FOLDER KILLS``.

As in ``killed.py`` the parent imports everything and forks. One rank is killed at a random moment,
every other time just after a checkpoint was written; the other gets the signals that the command
sends to the ranks that are left. The run is then run again in its directory, and ends like the run
that was left alone, or not. Prints JSON.
"""

import json
import os
import random
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import torch

from lightning_contrast.runtime.quiet import quieten
from tests.runs import composed, write_news
from tests.surviving.broken_off import differing, fit
from tests.surviving.killed import STATEFUL, forked

GRACE = 5.0  # seconds, as the command has a grace
RANKS = ["trainer.devices=2", "strategy=ddp", "datamodule.batch_size=6"]


def started(run: dict[str, Any], folder: Path) -> list[int]:
    """Two ranks of a run; the first leaves ``end.pt``."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])

    def rank(number: int) -> None:
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2"}
        os.environ |= {"NODE_RANK": "0", "LOCAL_RANK": str(number), "RANK": str(number)}
        sys.stderr = (folder / f"{number}.err").open("a")
        end = fit(run, folder)
        if number == 0:
            torch.save(end, folder / "end.pt")

    return [forked(lambda number=number: rank(number)) for number in range(2)]


def finish(run: dict[str, Any], folder: Path) -> None:
    ends = [os.waitpid(rank, 0)[1] for rank in started(run, folder)]
    if any(ends):
        raise RuntimeError(f"the run in {folder} failed: {(folder / '0.err').read_text()[-2000:]}")


def kill_one(run: dict[str, Any], folder: Path, moment: float, rank: int, file: int) -> None:
    """Kills a rank at a moment, or just after the n-th checkpoint, whatever ``file`` is not 0."""
    ranks = started(run, folder)
    last = folder / "checkpoints" / "last.ckpt"
    if file:
        seen, before = 0, None
        while seen < file and os.waitpid(ranks[rank], os.WNOHANG) == (0, 0):
            now = last.stat().st_mtime_ns if last.exists() else None
            seen, before = seen + (now != before), now
    else:
        time.sleep(moment)
    os.kill(ranks[rank], signal.SIGKILL)
    os.waitpid(ranks[rank], 0)
    time.sleep(0.05)
    os.kill(ranks[1 - rank], signal.SIGTERM)
    end = time.monotonic() + GRACE  # one that waits for the other to come is ended by the command
    while (alive := os.waitpid(ranks[1 - rank], os.WNOHANG) == (0, 0)) and time.monotonic() < end:
        time.sleep(0.01)
    if alive:
        os.kill(ranks[1 - rank], signal.SIGKILL)
        os.waitpid(ranks[1 - rank], 0)


def main(folder: Path, kills: int) -> dict[str, Any]:
    quieten()
    torch.set_num_threads(1)
    run = composed(*STATEFUL, *RANKS, f"source.path={write_news(folder / 'news.csv')}")
    begun = time.monotonic()
    finish(run, folder / "whole")
    length = time.monotonic() - begun
    whole = torch.load(folder / "whole" / "end.pt", weights_only=False)
    draw = random.Random()
    steps, wrong = [], {}
    for number in range(kills):
        place = folder / f"run {number}"
        file = draw.randint(1, 12) if number % 2 else 0
        kill_one(run, place, draw.uniform(0, length), draw.randint(0, 1), file)
        last = place / "checkpoints" / "last.ckpt"
        there = last.exists()
        steps.append(torch.load(last, weights_only=True)["global_step"] if there else 0)
        finish(run, place)
        if found := differing(whole, torch.load(place / "end.pt", weights_only=False)):
            wrong[number] = found[:5]
    return {"steps": steps, "all": whole["steps"], "wrong": wrong}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
