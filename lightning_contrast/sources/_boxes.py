"""Images with labelled boxes: from what a file says to the rows of a source."""

from collections.abc import Mapping, Sequence

import numpy as np

from lightning_contrast.errors import InputError, listing
from lightning_contrast.sources._labelled import labelled, refuse_whole
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Boxes, Images, Labelled

Boxed = tuple[float, float, float, float, str]
"""Left, top, right and bottom as shares of the image, and class."""


def with_boxes(
    source: Source,
    images: Images,
    boxes: Sequence[Sequence[Boxed]],
    known: Sequence[str],
    classes: Sequence[str] | None = None,
    split: Sequence[int] | np.ndarray | None = None,
    counts: Mapping[str, int] | None = None,
) -> Labelled:
    """Images with their boxes. ``known``: the classes of the boxes, in their order; ``classes``:
    those that count, the others being background; None: all that a box has.

    The label of an image is its rarest class, and of one without a box the commonest of all: by it
    images are split, drawn and kept.

    Raises:
        InputError: a class that no box has; a setting of the source that is for whole images.
    """
    refuse_whole(source, "boxes", "images")
    number = dict.fromkeys(known, 0)
    for marked in boxes:
        for each in marked:
            number[each[4]] += 1
    names = [name for name in known if number[name]] if classes is None else list(classes)
    if not names:
        raise InputError(
            "the source holds no box, and a detector learns from boxes: give images that have some"
            if classes is None
            else "source.classes names no class: leave it out, and all classes count"
        )
    if missing := [name for name in names if not number.get(name)]:
        have = listing([name for name in known if number[name]])
        raise InputError(
            f"no image has a box of class {missing[0]}; there are {have}: set source.classes to "
            "some of them"
        )
    at = {name: place for place, name in enumerate(names)}
    flat = [
        (row, at[each[4]], *each[:4])
        for row, marked in enumerate(boxes)
        for each in marked
        if each[4] in at
    ]
    table = np.array(flat, dtype=np.float64)
    row, label = table[:, :2].astype(np.int64).T
    of_class = np.bincount(label, minlength=len(names))
    order = np.lexsort((-of_class[label], row))  # of each image the rarest is written last
    rows = np.full(len(boxes), of_class.argmax())
    rows[row[order]] = label[order]
    told = {**(counts or {}), "boxes": len(flat)}
    found = labelled(images, rows, tuple(names), split=split, counts=told)
    return found._replace(boxes=Boxes(row, table[:, 2:].astype(np.float32), label))
