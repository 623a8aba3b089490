"""``last.ckpt``: the checkpoint that a killed, preempted or interrupted run is resumed from."""

import sys
import time
from pathlib import Path
from typing import Any

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Checkpoint
from pytorch_lightning.trainer.states import TrainerFn

from lightning_contrast.callbacks import mid_epoch
from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import Count, Positive
from lightning_contrast.runtime import signals
from lightning_contrast.runtime.distributed import gather_objects, largest, world_size
from lightning_contrast.runtime.random_state import whole_random_state


class LastCheckpoint(Checkpoint):
    """Writes ``dirpath/last.ckpt`` at intervals, at the end of an epoch, and when a run is stopped.

    A run that is resumed from the file ends, bit for bit, with the weights of an uninterrupted run.

    The intervals are ``every_n_steps`` optimiser steps and ``every_minutes`` minutes; either may be
    null. After a signal (``signals.listening``) the callback saves at the end of the step, then
    raises ``signals.Stopped``. After any other exception a run of one process saves too, if the
    exception comes between two steps: within a step, random numbers have been drawn and running
    means may have changed. With several ranks none saves then, as other ranks may be gone with
    their random states. Ranks agree on time and signals every ``log_every_n_steps`` batches; their
    CPUs exchange them.

    Raises InputError for an interval that is not positive.

    >>> LastCheckpoint("checkpoints", every_n_steps=0)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: every_n_steps must be positive or null, got 0: ...
    """

    _key = "callbacks.last."

    @checked
    def __init__(
        self,
        dirpath: str | Path,
        every_n_steps: Count | None = None,
        every_minutes: Positive | None = 10.0,
    ) -> None:
        self.dirpath = dirpath
        self.every_n_steps, self.every_minutes = every_n_steps, every_minutes
        self._due = float("inf")
        self._validated = False  # after the last batch
        self._step: int | None = None  # at which the file was saved

    @property
    def path(self) -> Path:
        """Where the checkpoint goes."""
        return Path(self.dirpath) / "last.ckpt"

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._wind()
        self._step = trainer.global_step if self.path.exists() else None
        signals.wait_for_steps()

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        self._validated = False

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        stop, due = self._agreed(trainer, batch_idx)
        due |= self.every_n_steps is not None and trainer.global_step % self.every_n_steps == 0
        if not (stop or due) or not mid_epoch.between_steps(trainer):
            return
        # At the end of an epoch a file follows anyway; only a signal does not wait for validation.
        if not mid_epoch.ends_epoch(trainer) or (stop and mid_epoch.validates_next(trainer)):
            self._save(trainer, stop)

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        if self._fits(trainer) and (stop := self._agreed(trainer, batch_idx)[0]):
            self._save(trainer, stop)

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._validated = True

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._fits(trainer):
            self._save(trainer, largest(signals.received()))

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not self._validated:
            self._save(trainer, largest(signals.received()))

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        signals.at_once()

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        if not self._validated and mid_epoch.validates_next(trainer):
            mid_epoch.before_validation(checkpoint)
        if world_size() > 1:
            own = whole_random_state(pl_module.device.type)
            checkpoint["random_states"] = gather_objects(own)

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        if not self._fits(trainer) or trainer.global_step == 0 or _saves_nothing(exception):
            return
        if world_size() > 1:  # the process that started the ranks reports the error
            return
        try:
            if self._step != trainer.global_step and mid_epoch.between_batches(trainer):
                trainer.save_checkpoint(self.path)
                self._step = trainer.global_step
        except OSError as error:  # the first exception is the one that is raised
            print(f"the last checkpoint could not be written: {error}", file=sys.stderr)
        self._tell(trainer, "stopped")

    def _fits(self, trainer: Trainer) -> bool:
        return trainer.state.fn == TrainerFn.FITTING and not trainer.sanity_checking

    def _agreed(self, trainer: Any, batch_idx: int) -> tuple[int, bool]:
        """The signal that stops the run (0: none), and whether to save now: equal on all ranks."""
        if world_size() > 1 and (batch_idx + 1) % trainer.log_every_n_steps:
            return 0, False
        late = time.monotonic() >= self._due
        stop, due = divmod(largest(2 * signals.received() + late), 2)
        return stop, bool(due)

    def _save(self, trainer: Trainer, stop: int) -> None:
        trainer.save_checkpoint(self.path)
        self._step = trainer.global_step
        self._wind()
        if stop:
            stopped = signals.Stopped(stop)
            self._tell(trainer, f"stopped by {stopped.name}")
            stopped.told = True
            raise stopped

    def _tell(self, trainer: Trainer, how: str) -> None:
        if not trainer.is_global_zero:
            return
        of = "" if self._step == trainer.global_step else f", of step {self._step}"
        last = "no checkpoint yet" if self._step is None else f"last checkpoint{of}: {self.path}"
        print(f"{how} at step {trainer.global_step}; {last}", file=sys.stderr)

    def _wind(self) -> None:
        if self.every_minutes is not None:
            self._due = time.monotonic() + 60 * self.every_minutes


def _saves_nothing(exception: BaseException) -> bool:
    """Whether no file is needed: a signal has saved already, or the weights are not finite."""
    return isinstance(exception, signals.Stopped) or getattr(exception, "ruins_weights", False)
