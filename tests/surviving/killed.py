"""A program that kills runs: ``python -m tests.surviving.killed FOLDER KILLS``, prints JSON.

The parent imports everything and never computes; runs are forked from it, so that each begins at
once. Every other one is killed at a random moment, the rest while a checkpoint is being written.
Each is then run again in its directory, and ends like the run that was left alone, or not.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from lightning_contrast.runtime.quiet import quieten
from tests.runs import composed, write_news
from tests.surviving.broken_off import differing, fit

STATEFUL = [
    *("source=table", "candidates=[momentum,queue]", "candidates.queue.size=50", "positives=view"),
    *("pairing=instance", "loss=info_nce", "module.symmetric=false", "sampler=shuffled"),
    *("callbacks=[default,weight_average]", "callbacks.last.every_n_steps=1", "logger=none"),
    *("datamodule.batch_size=12", "datamodule.eval_batch_size=8", "trainer.max_epochs=4"),
    *("trainer.accelerator=cpu", "quiet=true"),
]


def forked(task: Callable[[], Any]) -> int:
    """The process id of a fork that does ``task`` and exits."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        task()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def finish(run: dict[str, Any], folder: Path) -> None:
    """Runs to the end in a fork; leaves ``end.pt``."""
    child = forked(lambda: torch.save(fit(run, folder), folder / "end.pt"))
    if os.waitpid(child, 0)[1]:
        raise RuntimeError(f"the run in {folder} failed")


def kill_after(run: dict[str, Any], folder: Path, seconds: float) -> None:
    child = forked(lambda: fit(run, folder))
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def kill_while_writing(run: dict[str, Any], folder: Path, file: int) -> bool:
    """Kills a run while it writes its n-th checkpoint; whether it was half written."""
    folder.joinpath("checkpoints").mkdir(parents=True)
    parts = [folder / "checkpoints" / f".{name}.ckpt.part" for name in ("last", "best")]
    child = forked(lambda: fit(run, folder))
    seen, writing = 0, False
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        before, writing = writing, any(part.exists() for part in parts)
        seen += writing and not before
        if seen == file:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return any(part.exists() for part in parts)
    raise RuntimeError("the run ended before it was killed")


def main(folder: Path, kills: int) -> dict[str, Any]:
    quieten()
    torch.set_num_threads(1)
    run = composed(*STATEFUL, f"source.path={write_news(folder / 'news.csv')}")
    begun = time.monotonic()
    finish(run, folder / "whole")
    length = time.monotonic() - begun
    whole = torch.load(folder / "whole" / "end.pt", weights_only=False)
    draw = random.Random()
    half_written, steps, wrong = 0, [], {}
    for number in range(kills):
        place = folder / f"run {number}"
        if number % 2:
            half_written += kill_while_writing(run, place, draw.randint(1, 15))
        else:
            kill_after(run, place, draw.uniform(0, length))
        last = place / "checkpoints" / "last.ckpt"
        there = last.exists()
        steps.append(torch.load(last, weights_only=True)["global_step"] if there else 0)
        finish(run, place)
        if found := differing(whole, torch.load(place / "end.pt", weights_only=False)):
            wrong[number] = found[:5]
    return {"half_written": half_written, "steps": steps, "all": whole["steps"], "wrong": wrong}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
