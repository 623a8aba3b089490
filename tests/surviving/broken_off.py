"""Runs that are broken off somewhere and go on, beside the same run left alone."""

import os
import signal
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import seed_everything
from pytorch_lightning.callbacks import Callback

from lightning_contrast.build.parts import (
    build_callbacks,
    build_datamodule,
    build_module,
    build_trainer,
)
from lightning_contrast.runtime.signals import Stopped, listening
from lightning_contrast.training.resume import start


class At(Callback):
    """Sends this process a signal at the n-th of the events of a fit: batches and validations."""

    def __init__(self, event: int | None) -> None:
        self.left = event

    def on_train_batch_start(self, *_: Any) -> None:
        self.count()

    def on_validation_batch_start(self, *_: Any) -> None:
        self.count()

    def on_validation_epoch_end(self, *_: Any) -> None:
        self.count()

    def on_train_epoch_end(self, *_: Any) -> None:
        self.count()

    def count(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGTERM)


def fit(
    run: dict[str, Any], folder: Path, event: int | None = None, *others: Callback
) -> dict[str, Any] | None:
    """Trains ``run`` in ``folder``, or goes on there; what it ends with, None if broken off."""
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    checkpoint = start(run, folder)
    seed_everything(run["seed"], verbose=False)
    datamodule = build_datamodule(run)
    module = build_module(run, datamodule)
    trainer = build_trainer(run, folder, [], [At(event), *others, *build_callbacks(run, folder)])
    try:
        with listening(["SIGTERM"]):
            trainer.fit(module, datamodule, ckpt_path=checkpoint, weights_only=True)
    except Stopped:
        return None
    path = folder / "checkpoints" / "best.ckpt"
    best = torch.load(path, weights_only=True) if path.exists() else {}
    kept = [c for c in trainer.callbacks if type(c).__name__ == "BestCheckpoint"]
    return {
        "weights": module.state_dict(),
        "optimiser": [each.state_dict() for each in trainer.optimizers],
        "schedule": [c.scheduler.state_dict() for c in trainer.lr_scheduler_configs],
        "steps": trainer.global_step,
        "best": best.get("state_dict"),
        "score": [callback.best_model_score for callback in kept],
        "best step": best.get("global_step"),
        "averaged": best.get("current_model_state", {}),
    }


def differing(first: Any, second: Any, name: str = "") -> list[str]:
    """Where two results differ; tensors have to agree bit for bit."""
    if isinstance(first, dict) and isinstance(second, dict):
        keys = sorted({*first, *second}, key=str)
        pairs = [(first.get(k), second.get(k), f"{name}/{k}") for k in keys]
    elif isinstance(first, list | tuple) and isinstance(second, list | tuple):
        if len(first) != len(second):
            return [name]
        pairs = [(a, b, f"{name}/{i}") for i, (a, b) in enumerate(zip(first, second, strict=True))]
    elif isinstance(first, torch.Tensor) and isinstance(second, torch.Tensor):
        return [] if torch.equal(first, second) else [name]
    else:
        return [] if first == second else [name]
    return [found for pair in pairs for found in differing(*pair)]
