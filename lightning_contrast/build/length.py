"""How long a run trains where nobody says it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lightning_contrast.data.datamodule import ContrastiveDataModule


def with_length(config: Mapping[str, Any], datamodule: "ContrastiveDataModule") -> dict[str, Any]:
    """A resolved run config with ``trainer.max_epochs``: its own, or else by the training rows.

    With ``trainer.max_steps`` alone the steps decide (-1).
    """
    trainer = dict(config["trainer"])
    if trainer["max_epochs"] is None:
        trainer["max_epochs"] = datamodule.epochs() if trainer["max_steps"] == -1 else -1
    return {**config, "trainer": trainer}
