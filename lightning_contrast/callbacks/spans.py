"""Strict scores of tagged spans, measured at each validation."""

from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

from lightning_contrast.data.embedding import embed, with_label
from lightning_contrast.data.tagged import tagged_split


class ValidationSpans(Callback):
    """Logs ``validation/span_f1``: both borders and the type of a span must be right.

    Every rank tags all validation texts, so that the figure is that of one process. It is 0 if no
    text has a span.

    >>> ValidationSpans().logged
    ['validation/span_f1']
    """

    @property
    def logged(self) -> list[str]:
        """The names of what it logs."""
        return ["validation/span_f1"]

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        datamodule: Any = trainer.datamodule  # type: ignore[attr-defined]
        network: Any = pl_module.network
        if datamodule is None or not network.head.answer.of_places:
            return
        rows = datamodule.in_order(datamodule.splits.validation)
        split = with_label(embed(network, rows, "validation texts"))
        scores = tagged_split(split, network.classes).scores
        pl_module.log("validation/span_f1", scores.get("span_f1", 0.0), prog_bar=True)
