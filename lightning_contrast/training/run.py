"""Trains a run from Python: starts its processes, handles signals, requeues its SLURM job."""

import gc
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from lightning_contrast.config.construct import construct
from lightning_contrast.config.values import check_run
from lightning_contrast.runtime.first_process import is_first_process
from lightning_contrast.runtime.lock import holding
from lightning_contrast.runtime.signals import AGAIN, Stopped, listening
from lightning_contrast.training.requeue import requeue


def train(config: dict[str, Any], directory: Path) -> dict[str, Any]:
    """Trains the run that a resolved config describes; returns what ``result.json`` holds.

    Leaves in ``directory``: ``result.json``, ``evaluation/`` (what its protocols find, and the
    report), ``model_card.md``, ``checkpoints/best.ckpt`` (best on validation) and ``last.ckpt``,
    and the loggers' files. A run that was interrupted in ``directory`` is resumed (``resume``).
    For several devices it starts one process for each (``training.launch``) and waits for them.

    Raises:
        InputError: a mistake in the data or the config, told in one line.
        OtherRun: an ``InputError``: the directory belongs to another run.
        Stopped: a signal of ``stop_signals`` came; ``last.ckpt`` is there to go on from.
    """
    check_run(config)
    gc.collect()  # network and trainer of an earlier run hold each other, and hold memory
    own = holding(directory) if is_first_process() else nullcontext()
    with listening(config["stop_signals"]), own as lock:
        try:
            from lightning_contrast.training.devices import ranks_to_start
            from lightning_contrast.training.resume import find

            # Mistakes that need no Lightning come before its import, which takes seconds.
            if config.get("source"):
                construct(config["source"]).check_files()
            construct(config.get("environment"))
            find(config, directory)
            if count := ranks_to_start(config):
                from lightning_contrast.training.launch import run_ranks

                return run_ranks(config, directory, count, lock)
            from lightning_contrast.training.process import train_and_test

            return train_and_test(config, directory)
        except Stopped as stopped:
            _answer(stopped)
            raise


def _answer(stopped: Stopped) -> None:
    if is_first_process() and not stopped.told:
        print(f"stopped by {stopped.name}, not in training", file=sys.stderr)
        stopped.told = True
    if stopped.code == AGAIN:
        requeue()
