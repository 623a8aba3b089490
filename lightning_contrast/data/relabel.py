"""Renumbers the labels of a source to the classes of a classifier."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lightning_contrast.errors import InputError, listing
from lightning_contrast.rows.labels import lower
from lightning_contrast.types import Labelled, LabelSets

if TYPE_CHECKING:
    from lightning_contrast.data.datamodule import ContrastiveDataModule


def relabel(datamodule: "ContrastiveDataModule", classes: list[str]) -> None:
    """Renumbers a set-up data module's labels to a classifier's classes, matched by name.

    Raises:
        InputError: the data has a class that the classifier does not know.
    """
    splits = datamodule.splits
    assert splits is not None
    own = list(splits.labelled.classes)
    datamodule.splits = splits._replace(labelled=renumbered(splits.labelled, classes))
    if splits.labelled.sets is None:  # sets keep their numbers
        datamodule.renumber(np.array([classes.index(name) for name in own] + [-1]))
    datamodule.classes = tuple(classes)


def renumbered(rows: Labelled, classes: Sequence[str], what: str = "the source") -> Labelled:
    """Rows with the numbers that their labels have among ``classes``, matched by name.

    ``what`` names the rows in the ``InputError`` that a class raises which is not among them.

    >>> import numpy as np
    >>> none = np.arange(2)
    >>> renumbered(Labelled("ab", np.array([0, -1]), ("y",), none, none, {}), ["x", "y"]).label
    array([ 1, -1])
    """
    unknown = [name for name in rows.names if name not in classes]
    if unknown:
        alike = {lower(name) for name in unknown} <= {lower(name) for name in classes}
        raise InputError(
            f"{what} has classes that the checkpoint does not know: {listing(unknown)}; it knows "
            f"{listing(list(classes))}: "
            + ("they differ in case or blanks only, so " if alike else "")
            + "rename them in the source"
        )
    if rows.sets is not None:
        members = np.zeros((len(rows.classes), len(classes)), dtype=bool)
        members[:, [classes.index(name) for name in rows.names]] = rows.sets.members
        return rows._replace(sets=LabelSets(tuple(classes), members))
    number = np.array([classes.index(name) for name in rows.classes] + [-1])  # the last is for -1
    spans = rows.spans and rows.spans._replace(label=number[rows.spans.label])
    boxes = rows.boxes and rows.boxes._replace(label=number[rows.boxes.label])
    return rows._replace(label=number[rows.label], classes=tuple(classes), spans=spans, boxes=boxes)
