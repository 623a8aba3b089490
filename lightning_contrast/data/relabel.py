"""Labels of one source in the order of another's classes."""

import numpy as np

from lightning_contrast.data.datamodule import ContrastiveDataModule
from lightning_contrast.errors import InputError


def relabel(datamodule: ContrastiveDataModule, classes: list[str]) -> None:
    """Renumbers a set-up data module's labels to a classifier's classes, matched by name.

    Raises:
        InputError: the data has a class that the classifier does not know.
    """
    own = datamodule.classes
    unknown = [name for name in own if name not in classes]
    if unknown:
        raise InputError(
            f"the source has classes that the checkpoint does not know: {', '.join(unknown[:5])}; "
            f"it knows {', '.join(classes[:10])}: rename them in the source"
        )
    splits = datamodule.splits
    assert splits is not None
    number = np.array([classes.index(name) for name in own] + [-1])  # the last is for -1
    labelled = splits.labelled
    labelled = labelled._replace(label=number[labelled.label], classes=tuple(classes))
    datamodule.splits = splits._replace(labelled=labelled)
    datamodule.classes = tuple(classes)
