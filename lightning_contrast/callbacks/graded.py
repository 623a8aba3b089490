"""Pairs with scores, measured at each validation."""

from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

from lightning_contrast.data.graded import cosines_and_scores
from lightning_contrast.metrics.correlation import correlations


class ValidationGraded(Callback):
    """Logs ``validation/spearman`` and ``validation/pearson`` of cosines and scores of the pairs.

    Every rank embeds all validation pairs, so that the figures are those of one process. If the
    pairs have no scores, nothing is logged.

    >>> ValidationGraded().logged
    ['validation/spearman', 'validation/pearson']
    """

    @property
    def logged(self) -> list[str]:
        """The names of what it logs."""
        return ["validation/spearman", "validation/pearson"]

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        datamodule: Any = trainer.datamodule  # type: ignore[attr-defined]
        if datamodule is None:  # trained on plain loaders, which have no partners
            return
        network: Any = pl_module.network
        found = cosines_and_scores(network, datamodule, datamodule.splits.validation)
        values = {} if found is None else correlations(found.cosine, found.score)
        for name, value in values.items():
            pl_module.log(f"validation/{name}", value, prog_bar=name == "spearman")
