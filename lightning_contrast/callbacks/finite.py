"""Stops a run whose loss or gradient is not finite, before a checkpoint of such weights."""

import json
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Callback
from torch import Tensor

from lightning_contrast.errors import InputError
from lightning_contrast.runtime.atomic import write_text

SHOWN = 12  # rows in the message; the file lists all


class NotFinite(InputError):
    """Loss, gradient or weights hold NaN or infinity: no checkpoint of them is written."""

    ruins_weights = True


class StopWhenNotFinite(Callback):
    """Raises ``NotFinite`` for a loss or gradient of NaN or infinity, before weights are saved.

    The message names the step, the rows of its batch and the last good checkpoint;
    ``bad_batch.json`` beside the checkpoints' folder ``dirpath`` lists all rows. Losses and
    gradients are checked together every ``log_every_n_steps`` batches, so that no other step waits
    for the device. If several batches are accumulated for a step, the first bad one is named.
    Gradients are not checked with a loss scaler (``16-mixed``), as it skips bad steps, nor if ranks
    hold shards of them (``fsdp``): then the check of the weights finds them.

    >>> StopWhenNotFinite("run/checkpoints").report.as_posix()
    'run/bad_batch.json'
    """

    def __init__(self, dirpath: str | Path) -> None:
        self.dirpath = dirpath
        self._pending: list[tuple[int, Tensor, Tensor, Tensor]] = []
        self._under_way: tuple[int, Tensor] | None = None  # a step, and the sum of its gradient

    @property
    def report(self) -> Path:
        """The file that names the batch."""
        return Path(self.dirpath).parent / "bad_batch.json"

    @torch.no_grad()
    def on_after_backward(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if getattr(trainer.precision_plugin, "scaler", None) is not None:
            return
        groups = (group for each in trainer.optimizers for group in each.param_groups)
        grads = [p.grad for group in groups for p in group["params"] if p.grad is not None]
        if grads and not any(hasattr(grad, "to_local") for grad in grads):
            total = torch.stack([grad.sum(dtype=torch.float32) for grad in grads]).sum()
            self._under_way = (trainer.global_step + 1, total)

    def on_train_batch_end(
        self, trainer: Any, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        loss, self._under_way, under_way = outputs["loss"], None, self._under_way
        step, gradient = under_way or (trainer.global_step, torch.zeros_like(loss))
        self._pending.append((step, loss, gradient, batch.anchor.index))
        if len(self._pending) >= trainer.log_every_n_steps:
            self.check(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.check(trainer)

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.check(trainer)

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        self.check(trainer)
        weights = [own(p.detach()) for p in pl_module.parameters() if p.is_floating_point()]
        if not all(torch.stack([value.isfinite().all() for value in weights]).tolist()):
            raise NotFinite(
                self._line(f"the weights are not finite after step {trainer.global_step}")
            )

    def check(self, trainer: Trainer) -> None:
        """Raises ``NotFinite`` for the first bad loss or gradient since the last check."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        both = torch.stack([torch.stack((loss, gradient)) for _, loss, gradient, _ in pending])
        bad = (~both.isfinite().all(1)).nonzero()  # the one wait for the device
        if not len(bad):
            return
        step, loss, _, index = pending[int(bad[0])]
        what = "the gradient is not finite" if loss.isfinite() else f"the loss is {float(loss)}"
        rows = (index + 1).tolist()
        if trainer.is_global_zero:
            found = {"step": step, "loss": str(float(loss)), "rows": rows}
            write_text(self.report, json.dumps(found) + "\n")
        some = ", ".join(map(str, rows[:SHOWN])) + (", ..." if len(rows) > SHOWN else "")
        raise NotFinite(self._line(f"{what} at step {step} (rows {some}: {self.report})"))

    def _line(self, what: str) -> str:
        names = ("last.ckpt", "best.ckpt")
        paths = (path for name in names if (path := Path(self.dirpath) / name).exists())
        good = next(paths, "none was written yet")
        return (
            f"{what}; last good checkpoint: {good}. Lower optimizer.lr, set "
            "trainer.gradient_clip_val=1, or raise loss.temperature, and start in another directory"
        )


def own(tensor: Any) -> torch.Tensor:
    """This rank's shard of a sharded tensor (``strategy=fsdp``), else the whole tensor."""
    return tensor.to_local() if hasattr(tensor, "to_local") else tensor
