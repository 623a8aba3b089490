"""The rows of the run that a checkpoint comes from."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lightning_contrast.errors import InputError

if TYPE_CHECKING:
    from lightning_contrast.data.prepare import Splits
    from lightning_contrast.modules.network import Network


def run_rows(network: "Network", source: Mapping[str, Any] | None = None) -> "Splits":
    """The run's rows and their sides, or those of another ``source`` (a config) of its classes.

    Raises:
        InputError: the network was trained from Python, so that nothing is known of its data; a
            source that can't be read, is of another modality, or has classes that the network does
            not know.
    """
    from lightning_contrast.config.construct import construct
    from lightning_contrast.data.prepare import prepare
    from lightning_contrast.data.relabel import renumbered
    from lightning_contrast.rows.split_names import TRAIN

    run = network.run
    if not run:
        raise InputError(
            "the checkpoint was trained from Python and holds no config of its data: search from "
            "Python too, with Index.of(network, datamodule.splits)"
        )
    made = construct(run["source"] if source is None else source)
    if made.modality != network.modality:
        raise InputError(
            f"source {type(made).__name__} holds {made.modality}s, and the checkpoint reads "
            f"{network.modality}s: set another source"
        )
    # Of another source all rows are searched.
    distribution, whole = (
        (construct(run["distribution"]), None) if source is None else (None, TRAIN)
    )
    splits = prepare(made, run["seed"], distribution, whole)
    return splits._replace(labelled=renumbered(splits.labelled, network.classes))
