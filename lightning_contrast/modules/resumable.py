"""What every training here keeps: optimizer, checkpoint, random state, and data that follow it."""

from collections.abc import Callable
from typing import Any

from pytorch_lightning import LightningModule
from torch import Tensor

from lightning_contrast.modules.checkpoint import pack
from lightning_contrast.modules.network import Network
from lightning_contrast.modules.parameters import make_optimizer
from lightning_contrast.runtime.distributed import rank
from lightning_contrast.runtime.random_state import set_whole_random_state, whole_random_state

ENCODER = "network.encoder."


class Resumable(LightningModule):
    """A module that goes on bit for bit where its checkpoint was written.

    Besides its weights a checkpoint holds the network with its config, so that it predicts without
    this module, and the random state of each rank. A class that derives from it sets ``network``,
    ``optimizer`` (``parameter groups -> optimizer``), ``schedule`` (``(optimizer, steps) ->
    scheduler``, or None) and ``head_lr_factor``.
    """

    network: Network
    optimizer: Callable
    schedule: Callable | None
    head_lr_factor: float
    _random_state: dict[str, Any] | None = None

    def configure_optimizers(self) -> Any:
        clipped = bool(getattr(self._trainer, "gradient_clip_val", None))
        parameters = self.named_parameters()
        optimizer = make_optimizer(self.optimizer, parameters, self.lr_factor, clipped)
        if self.schedule is None:
            return optimizer
        scheduler = self.schedule(optimizer, int(self.trainer.estimated_stepping_batches))
        return [optimizer], [{"scheduler": scheduler, "interval": "step"}]

    def lr_factor(self, parameter: str) -> float:
        """The learning rate of a parameter, relative to the optimizer's."""
        if parameter.startswith(ENCODER):
            return self.network.encoder.lr_factor(parameter.removeprefix(ENCODER))
        return self.head_lr_factor

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        pack(self.network, checkpoint)
        checkpoint["random_state"] = whole_random_state(self.device.type)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        of_ranks = checkpoint.get("random_states", [])
        own = of_ranks[rank()] if rank() < len(of_ranks) else checkpoint.get("random_state")
        self._random_state = own

    def on_fit_start(self) -> None:
        if self.trainer.checkpoint_callbacks:  # what none can hold is told before an epoch is spent
            pack(self.network, {})

    def on_train_start(self) -> None:
        if self._random_state is not None:  # dropout and views go on where they were
            set_whole_random_state(self.device.type, self._random_state)
            self._random_state = None
        self.refresh_data()  # stopped between epochs, a run goes on without `on_train_epoch_start`

    def on_train_epoch_start(self) -> None:
        self.refresh_data()

    def refresh_data(self) -> None:
        """Shows the data module this network; of several calls an epoch the first counts."""
        refresh = getattr(getattr(self.trainer, "datamodule", None), "refresh", None)
        if refresh is not None:  # samplers and negatives may follow the embedding
            refresh(self.network, self.current_epoch)

    def log_now_and_then(self, values: dict[str, Tensor]) -> None:
        """Logs every ``log_every_n_steps``: Lightning's books cost more than a small step."""
        trainer: Any = self._trainer
        if trainer and (trainer.global_step + 1) % trainer.log_every_n_steps == 0:
            self.log_dict({name: value.detach() for name, value in values.items()})
