"""Average precision of boxes, measured at each validation."""

from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

from lightning_contrast.data.boxed import boxed
from lightning_contrast.types import Answer


class ValidationBoxes(Callback):
    """Logs ``validation/ap50`` and ``validation/ap`` of the boxes found in validation images.

    Every rank searches all validation images, so that the figures are those of one process. They
    are 0 if no image has a box.

    >>> ValidationBoxes().logged
    ['validation/ap50', 'validation/ap']
    """

    @property
    def logged(self) -> list[str]:
        """The names of what it logs."""
        return ["validation/ap50", "validation/ap"]

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        datamodule: Any = trainer.datamodule  # type: ignore[attr-defined]
        network: Any = pl_module.network
        if datamodule is None or network.head.answer is not Answer.BOXES:
            return
        found = boxed(network, datamodule, datamodule.splits.validation)
        scores = found.scores(network.classes)
        for name in self.logged:
            own = scores.get(name.removeprefix("validation/"), 0.0)
            pl_module.log(name, own, prog_bar=name.endswith("50"))
