"""Data sets of the ``datasets`` library: from the hub, or from a local path."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.rows.bad_rows import keep_usable
from lightning_contrast.rows.disk_texts import labelled_on_disk
from lightning_contrast.rows.hub import (
    EncodedColumn,
    HubRows,
    check_column,
    hub_attributes,
    hub_labels,
    read_hub,
)
from lightning_contrast.sources._examine import examine
from lightning_contrast.sources._images import ImageFiles
from lightning_contrast.sources._pairs import with_pairs
from lightning_contrast.sources.folder import check_shape
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled


@dataclass
class HuggingFaceText(Source):
    """Texts of a hub data set (``"ag_news"``) or a local one (``save_to_disk``, or data files).

    ``subset``: the configuration's name. ``pair_column``: the text that is each row's pair, for
    ``positives=paired``. ``attribute_columns``: what evaluation groups rows by. Splits called
    train, validation (dev) and test are used as they are; a single split of any name is divided by
    us; others are left out and counted.
    Raises ``InputError`` for an unknown data set or column and, unless ``skip_bad_rows``, for an
    empty text or pair. ``stream``: texts stay on disk and are read and tokenised batch by batch;
    equal texts are still found, near duplicates are not looked for.

    >>> HuggingFaceText("ag_news").text_column
    'text'
    """

    name: str
    subset: str | None = None
    revision: str | None = None
    text_column: str = "text"
    label_column: str = "label"
    pair_column: str | None = None
    attribute_columns: Sequence[str] = ()
    stream: bool = False
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "text"

    def load(self) -> Labelled:
        hub = read_hub(self.name, self.subset, self.revision)
        if self.stream:
            return self._on_disk(hub)
        rows, split, counts = hub
        arguments = ("text_column", "pair_column")
        wanted = {a: column for a in arguments if (column := getattr(self, a)) is not None}
        cells: dict[str, list[str]] = {}
        bad: dict[int, str] = {}
        for argument, column in wanted.items():
            check_column(rows, column, argument, self.name)
            cells[argument] = rows[column][:]
            bad |= {
                row: f"row {row + 1} of {self.name}: {column!r} is an empty text"
                for row, text in enumerate(cells[argument])
                if not isinstance(text, str) or not text.strip()
            }
        pairs = cells.get("pair_column")
        keep = keep_usable(bad, len(rows), self.skip_bad_rows)
        texts = [cells["text_column"][row] for row in keep]
        classes, label = hub_labels(rows, self.label_column, self.name)
        labelled = Labelled(
            raw=texts,
            label=label[keep],
            classes=classes,
            group=np.arange(len(keep)),
            split=split[keep],
            counts={**counts, "skipped": len(bad)},
            attributes=_kept(hub_attributes(rows, self.attribute_columns, self.name), keep),
        )
        if pairs is None:
            return labelled
        return with_pairs(labelled, [*texts, *(pairs[row] for row in keep)])

    def _on_disk(self, hub: HubRows) -> Labelled:
        if self.pair_column is not None:
            raise InputError(
                f"source.stream=true reads no pairs, source.pair_column is {self.pair_column!r}:"
                " set one of them to false or null"
            )
        columns = self.text_column, self.label_column, self.attribute_columns
        return labelled_on_disk(hub, *columns, self.name, self.skip_bad_rows)


@dataclass
class HuggingFaceImages(Source):
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
    attribute_columns: Sequence[str] = ()
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
        attributes = hub_attributes(rows, self.attribute_columns, self.name)
        if len(keep) < len(files):
            files = EncodedColumn(rows.select(keep), self.image_column, self.name)
        return Labelled(
            raw=ImageFiles(files, self.size, self.channels, keys),
            label=label[keep],
            classes=classes,
            group=np.arange(len(keep)),
            split=split[keep],
            counts={**counts, "skipped": len(rows) - len(keep)},
            attributes=_kept(attributes, keep),
        )


def _kept(attributes: Mapping[str, np.ndarray], keep: np.ndarray) -> dict[str, np.ndarray]:
    return {name: value[keep] for name, value in attributes.items()}
