"""Data sets of the ``datasets`` library: from the hub, or from a local path."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lightning_contrast.sources.bad_rows import keep_usable
from lightning_contrast.sources.examine import examine
from lightning_contrast.sources.folder import check_shape
from lightning_contrast.sources.hub import EncodedColumn, check_column, hub_labels, read_hub
from lightning_contrast.sources.images import ImageFiles
from lightning_contrast.sources.splittable import Splittable
from lightning_contrast.types import Labelled


@dataclass
class HuggingFaceText(Splittable):
    """Texts of a hub data set (``"ag_news"``) or a local one (``save_to_disk``, or data files).

    ``subset``: the configuration's name. Splits called train, validation (dev) and test are used
    as they are; a single split of any name is divided by us; others are left out and counted.
    Raises ``InputError`` for an unknown data set or column and, unless ``skip_bad_rows``, for an
    empty text.

    >>> HuggingFaceText("ag_news").text_column
    'text'
    """

    name: str
    subset: str | None = None
    revision: str | None = None
    text_column: str = "text"
    label_column: str = "label"
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "text"

    def load(self) -> Labelled:
        rows, split, counts = read_hub(self.name, self.subset, self.revision)
        check_column(rows, self.text_column, "text_column", self.name)
        texts = rows[self.text_column][:]
        bad = {
            row: f"row {row + 1} of {self.name}: {self.text_column!r} is an empty text"
            for row, text in enumerate(texts)
            if not isinstance(text, str) or not text.strip()
        }
        keep = keep_usable(bad, len(texts), self.skip_bad_rows)
        classes, label = hub_labels(rows, self.label_column, self.name)
        return Labelled(
            raw=[texts[row] for row in keep],
            label=label[keep],
            classes=classes,
            group=np.arange(len(keep)),
            split=split[keep],
            counts={**counts, "skipped": len(bad)},
        )


@dataclass
class HuggingFaceImages(Splittable):
    """Images of a hub data set (``"cifar10"``) or a local one, ``(channels, size, size)``.

    Splits and errors as in ``HuggingFaceText``; decoded when asked for.

    >>> HuggingFaceImages("cifar10", image_column="img").size
    64
    """

    name: str
    subset: str | None = None
    revision: str | None = None
    image_column: str = "image"
    label_column: str = "label"
    size: int = 64
    channels: int = 3
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "image"

    def load(self) -> Labelled:
        check_shape(self.size, self.channels)
        rows, split, counts = read_hub(self.name, self.subset, self.revision)
        check_column(rows, self.image_column, "image_column", self.name)
        files = EncodedColumn(rows, self.image_column, self.name)
        names = [f"row {row + 1} of {self.name}" for row in range(len(files))]
        keep, keys = examine(files, self.skip_bad_rows, names)
        classes, label = hub_labels(rows, self.label_column, self.name)
        if len(keep) < len(files):
            files = EncodedColumn(rows.select(keep), self.image_column, self.name)
        return Labelled(
            raw=ImageFiles(files, self.size, self.channels, keys),
            label=label[keep],
            classes=classes,
            group=np.arange(len(keep)),
            split=split[keep],
            counts={**counts, "skipped": len(rows) - len(keep)},
        )
