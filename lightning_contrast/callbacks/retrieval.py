"""Retrieval between two sides, measured at each validation."""

from collections.abc import Sequence
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import Count
from lightning_contrast.data.sides import both_ways, embed_sides


class ValidationRetrieval(Callback):
    """Logs ``validation/recall_at_K`` and ``validation/map``: the mean of both directions.

    Every rank embeds all validation rows and their partners, so that the figures are those of one
    process. If no validation row has a partner, nothing is logged.

    >>> ValidationRetrieval(recall=[1]).logged
    ['validation/recall_at_1', 'validation/map']
    """

    @checked
    def __init__(self, recall: Sequence[Count] = (1, 5, 10)) -> None:
        self.recall = recall

    @property
    def logged(self) -> list[str]:
        """The names of what it logs."""
        return [*(f"validation/recall_at_{k}" for k in self.recall), "validation/map"]

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        datamodule: Any = trainer.datamodule  # type: ignore[attr-defined]
        if datamodule is None:  # trained on plain loaders, which have no partners
            return
        network: Any = pl_module.network
        sides = embed_sides(network, datamodule, datamodule.splits.validation)
        if sides is None:
            return
        ways = both_ways(sides, datamodule.splits.labelled, self.recall)
        for name in self.logged:
            found = [way[name.removeprefix("validation/")] for way in ways.values()]
            pl_module.log(name, sum(found) / len(found), prog_bar=name.endswith("recall_at_1"))
