"""A moving average of the weights, which is validated, tested and saved in their place."""

from typing import Annotated, Any

import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import WeightAveraging
from torch import Tensor

from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import BelowOne, Range

EXTRA_STATE = "_extra_state"  # torch's name for what ``get_extra_state`` of a module gives


class WeightAverage(WeightAveraging):
    """Keeps ``average = decay_t average + (1 - decay_t) weights``, updated at each optimiser step.

    ``decay_t = min(decay, (1 + t) / (warm_up + t))``: a short run averages over its last part, not
    over its random start. Validation runs on the average. A checkpoint holds the average as the
    weights, and the trained weights beside it for resuming. Lightning's own callback swaps the two;
    it has no warm-up, and an interrupt within a validation would save them exchanged.

    Polyak and Juditsky 1992; Tarvainen and Valpola 2017 (arXiv:1703.01780) for the moving form.
    Raises InputError for a decay outside 0 .. 1.

    >>> WeightAverage(decay=0.99).decay_at(0)
    0.1
    """

    _key = "callbacks.weight_average."

    @checked
    def __init__(
        self, decay: BelowOne = 0.999, warm_up: Annotated[float, Range(least=1)] = 10.0
    ) -> None:
        super().__init__(multi_avg_fn=self._average)
        self.decay = decay
        self.warm_up = warm_up
        self._updates = 0
        self._swapped = False

    def decay_at(self, update: int) -> float:
        """The decay of an update, counted from 0."""
        return min(self.decay, (1 + update) / (self.warm_up + update))

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        super().setup(trainer, pl_module, stage)
        if self._average_model is not None:
            # torch reads this counter at each step; on the CPU no step waits for the device.
            self._average_model.n_averaged = self._average_model.n_averaged.cpu()

    def _average(self, average: Any, weights: Any, count: Tensor | int) -> None:
        # Each list holds tensors of one type; integers (a batch norm's counter) have no mean.
        if average[0].is_floating_point():
            torch._foreach_lerp_(average, weights, 1 - self.decay_at(self._updates - 1))
        else:
            torch._foreach_copy_(average, weights)

    def should_update(self, step_idx: int | None = None, epoch_idx: int | None = None) -> bool:
        """Lightning calls this once a step, before the update."""
        due = super().should_update(step_idx, epoch_idx)
        self._updates += due
        return due

    def on_validation_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        super().on_validation_epoch_start(trainer, pl_module)
        self._swapped = True

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        super().on_validation_epoch_end(trainer, pl_module)
        self._swapped = False

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        super().on_save_checkpoint(trainer, pl_module, checkpoint)
        if self._swapped and "current_model_state" in checkpoint:
            weights, average = checkpoint["current_model_state"], checkpoint["state_dict"]
            for name in [name for name in weights if name.endswith(EXTRA_STATE)]:
                weights[name], average[name] = average[name], weights[name]  # only tensors swap
            checkpoint["state_dict"], checkpoint["current_model_state"] = weights, average

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "updates": self._updates}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self._updates = state_dict["updates"]
