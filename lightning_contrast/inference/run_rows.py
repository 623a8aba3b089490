"""Loads the rows of the run that a checkpoint comes from."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lightning_contrast.errors import InputError

if TYPE_CHECKING:
    from lightning_contrast.data.prepare import Splits
    from lightning_contrast.modules.network import Network


def run_rows(
    network: "Network", source: Mapping[str, Any] | None = None, trust: tuple[str, ...] = ()
) -> "Splits":
    """The run's rows and splits, or those of another ``source`` (a config) with its classes.

    ``trust``: other packages whose classes the run's config may name.

    Raises:
        InputError: the network was trained from Python, so its data are not known; the source can't
            be read, is of another modality, or has classes that the network does not know.
    """
    from lightning_contrast.config.construct import construct
    from lightning_contrast.config.trusted import check_trusted
    from lightning_contrast.data.prepare import prepare
    from lightning_contrast.data.relabel import renumbered
    from lightning_contrast.rows.split_names import TRAIN

    run = network.run
    if not run:
        raise InputError(
            "the checkpoint was trained from Python and holds no config of its data: search from "
            "Python too, with Index.of(network, datamodule.splits)"
        )
    if source is None:
        for group in ("source", "distribution"):
            check_trusted(
                group, run.get(group), trust, [run.get("source"), run.get("distribution")]
            )
    made = construct(run["source"] if source is None else source)
    if source is None:
        made.check_sent()
    if made.modality != network.modality:
        raise InputError(
            f"source {type(made).__name__} is for {made.modality}, and the checkpoint reads "
            f"{network.modality}: set another source"
        )
    # With another source all rows are searched.
    distribution, whole = (
        (construct(run["distribution"]), None) if source is None else (None, TRAIN)
    )
    own_targets = run["datamodule"].get("next_token", False)  # as ``ContrastiveDataModule`` does
    splits = prepare(made, run["seed"], distribution, whole, own_targets)
    return splits._replace(labelled=renumbered(splits.labelled, network.classes))


def of_task(network: "Network", splits: "Splits", task: str) -> "tuple[Network, Splits]":
    """The network with the head of one task, and the training rows of that task, its classes named
    alike.

    Raises:
        InputError: it has no such task.
    """
    alone, labelled = network.of_task(task), splits.labelled
    number = np.full(len(labelled.classes) + 1, -1)  # the last is that of -1
    number[network.head.places(task)] = np.arange(len(alone.classes))
    label = number[labelled.label]
    train = splits.train[label[splits.train] >= 0]
    labelled = labelled._replace(label=label, classes=tuple(alone.classes))
    return alone, splits._replace(labelled=labelled, train=train)
