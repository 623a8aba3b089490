"""Stops bad trials of a study early."""

from pathlib import Path
from typing import Any

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Callback
from pytorch_lightning.trainer.states import TrainerFn

from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import CountFromZero


class Prune(Callback):
    """Stops a trial whose best ``metric`` so far is below the median of the other trials at the
    same epoch (the median stopping rule); its ``result.json`` then says ``pruned``.

    Trials exchange their metrics through the study's file, so they may run in any process on any
    machine that shares the disk. With several ranks the first one decides.

    Args:
        study: its name.
        storage: its file.
        trial: this run's number in it; None outside a study, where nothing is done.
        metric: a validation metric, the higher the better.
        startup_trials: trials that have to end before any is pruned.
        warm_up_epochs: epochs in which none is pruned.

    Source: Golovin et al. 2017 (Vizier, the median stopping rule).

    >>> Prune("s", "s.journal", None, "validation/accuracy").pruned
    False
    """

    _key = "callbacks.prune."

    @checked
    def __init__(
        self,
        study: str,
        storage: str | Path,
        trial: CountFromZero | None,
        metric: str,
        startup_trials: CountFromZero = 5,
        warm_up_epochs: CountFromZero = 2,
    ) -> None:
        self.study, self.storage, self.trial, self.metric = study, storage, trial, metric
        self.startup_trials, self.warm_up_epochs = startup_trials, warm_up_epochs
        self.pruned = False
        self._trial: Any = None

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.trial is None or trainer.state.fn != TrainerFn.FITTING or trainer.sanity_checking:
            return
        bad = False
        if trainer.is_global_zero:
            value = float(trainer.callback_metrics[self.metric])
            bad = self._report(value, trainer.current_epoch)
        self.pruned = trainer.strategy.broadcast(bad)
        if self.pruned:
            trainer.should_stop = True

    def _report(self, value: float, epoch: int) -> bool:
        if self._trial is None:
            assert self.trial is not None
            from optuna.pruners import MedianPruner

            from lightning_contrast.sweeps.study import load_trial

            pruner = MedianPruner(self.startup_trials, self.warm_up_epochs)
            self._trial = load_trial(self.study, self.storage, self.trial, pruner)
        self._trial.report(value, epoch)
        return self._trial.should_prune()
