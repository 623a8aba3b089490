"""``best.ckpt``: the best weights on validation rows."""

from pathlib import Path
from typing import Any

from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.trainer.states import TrainerFn
from pytorch_lightning.utilities import rank_zero_warn

from lightning_contrast.errors import InputError


class BestCheckpoint(ModelCheckpoint):
    """Lightning's ``ModelCheckpoint``, for run directories that may be moved or copied.

    Lightning itself forgets the best score in a moved directory: the next one becomes the best.
    Where the rows of validation do not suffice for the watched figure, as equal scores for a
    correlation, it keeps the last weights instead, and warns once.

    >>> BestCheckpoint("runs/new", filename="best").filename
    'best'
    """

    _told = False

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        score = trainer.callback_metrics.get(self.monitor or "")
        if self.monitor is None or (score is not None and not score.isnan()):
            super().on_validation_end(trainer, pl_module)
        elif trainer.state.fn == TrainerFn.FITTING and not trainer.sanity_checking:
            if not self._told:
                rank_zero_warn(
                    f"{self.monitor} can't be computed from the validation rows: best.ckpt holds "
                    "the last weights"
                )
            self._told = True
            trainer.save_checkpoint(Path(str(self.dirpath)) / f"{self.filename}.ckpt")

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        kept: dict[str, Any] = {**state_dict, "dirpath": self.dirpath}
        for name in ("best_model_path", "kth_best_model_path", "last_model_path"):
            kept[name] = self._here(kept[name])
        kept["best_k_models"] = {self._here(k): v for k, v in kept["best_k_models"].items()}
        super().load_state_dict(kept)

    def _here(self, path: str) -> str:
        """A file of the run's own folder: Lightning removes the one that is no longer the best."""
        if not path:
            return path
        name = Path(path).name
        if not name.endswith(".ckpt"):
            raise InputError(
                f"the checkpoint names {path!r} as the best one: this package did not write it"
            )
        return str(Path(str(self.dirpath)) / name)
