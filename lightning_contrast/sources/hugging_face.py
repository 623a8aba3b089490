"""Data sets of the ``datasets`` library: from the hub, or from a local path."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError
from lightning_contrast.files.bad_rows import keep_usable
from lightning_contrast.files.columns import places
from lightning_contrast.files.decoding import MAX_PIXELS
from lightning_contrast.files.examine import examine
from lightning_contrast.files.images import ImageFiles
from lightning_contrast.rows.disk_texts import DiskTexts
from lightning_contrast.rows.labels import MISSING
from lightning_contrast.sources._hub import (
    EncodedColumn,
    hub_attributes,
    hub_classes,
    hub_weights,
    read_hub,
)
from lightning_contrast.sources._labelled import labelled, with_pairs
from lightning_contrast.sources.source import MaxPixels, Source
from lightning_contrast.types import Labelled


@dataclass
class HuggingFaceText(Source):
    """Texts of a hub data set (``"ag_news"``) or a local one (``save_to_disk``, or data files).

    ``subset``: the configuration's name. ``pair_column``: the text that is each row's pair, for
    ``positives=paired``. ``weight_column``: how much a row counts in the losses of training.
    ``attribute_columns``: what evaluation groups rows by. Splits called train, validation (dev) and
    test are used as they are; a single split of any name is divided by us; others are left out and
    counted.
    ``label_column``: None for texts without labels. ``multi_label``: the label column holds
    sequences: each row has a set of labels.
    ``missing``: labels that stand for none: such rows are unlabelled.
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
    label_column: str | None = "label"
    multi_label: bool = False
    pair_column: str | None = None
    weight_column: str | None = None
    attribute_columns: Sequence[str] = ()
    stream: bool = False
    missing: Sequence[str] = MISSING
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "text"

    def load(self) -> Labelled:
        if self.stream and self.pair_column is not None:
            raise InputError(
                f"source.stream=true reads no pairs, source.pair_column is {self.pair_column!r}:"
                " set one of them to false or null"
            )
        rows, split, counts = read_hub(self.name, self.subset, self.revision)
        wanted = {"text_column": self.text_column}
        if self.pair_column is not None:
            wanted["pair_column"] = self.pair_column
        places(rows.column_names, wanted, self.name)
        found: list[Any] = [
            DiskTexts(rows, column) if self.stream else rows[column][:]
            for column in wanted.values()
        ]
        bad = {
            row: f"row {row + 1} of {self.name}: {column!r} is an empty text"
            for texts, column in zip(found, wanted.values(), strict=True)
            for row, text in enumerate(texts)
            if not isinstance(text, str) or not text.strip()
        }
        keep = keep_usable(bad, len(rows), self.skip_bad_rows)
        named = (self.label_column, self.name, self.missing, self.multi_label)
        classes, label, sets = hub_classes(rows, *named)
        attributes = hub_attributes(rows, self.attribute_columns, self.name)
        weight = hub_weights(rows, self.weight_column, self.name)
        if self.stream:
            raw: Any = DiskTexts(rows.select(keep), self.text_column) if bad else found[0]
        else:
            raw = [found[0][row] for row in keep]
        own = labelled(
            raw,
            label[keep],
            classes,
            split=split[keep],
            counts={**counts, "skipped": len(bad)},
            attributes={name: value[keep] for name, value in attributes.items()},
            sets=sets,
            weight=None if weight is None else weight[keep],
        )
        return with_pairs(own, raw + [found[1][row] for row in keep]) if found[1:] else own


@dataclass
class HuggingFaceImages(Source):
    """Images of a hub data set (``"cifar10"``) or a local one, ``(channels, size, size)``.

    ``max_pixels``: of an image, at most; more makes a bad row. Labels, splits and errors as in
    ``HuggingFaceText``; decoded when asked for.

    >>> HuggingFaceImages("cifar10", image_column="img").size
    64
    """

    name: str
    subset: str | None = None
    revision: str | None = None
    image_column: str = "image"
    label_column: str | None = "label"
    multi_label: bool = False
    weight_column: str | None = None
    attribute_columns: Sequence[str] = ()
    size: Count = 64
    channels: Literal[1, 3] = 3
    max_pixels: MaxPixels = MAX_PIXELS
    missing: Sequence[str] = MISSING
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "image"

    def load(self) -> Labelled:
        rows, split, counts = read_hub(self.name, self.subset, self.revision)
        places(rows.column_names, {"image_column": self.image_column}, self.name)
        files = EncodedColumn(rows, self.image_column, self.name)
        names = [f"row {row + 1} of {self.name}" for row in range(len(files))]
        keep, prints = examine(files, self.skip_bad_rows, names, max_pixels=self.max_pixels)
        named = (self.label_column, self.name, self.missing, self.multi_label)
        classes, label, sets = hub_classes(rows, *named)
        attributes = hub_attributes(rows, self.attribute_columns, self.name)
        weight = hub_weights(rows, self.weight_column, self.name)
        if len(keep) < len(files):
            files = EncodedColumn(rows.select(keep), self.image_column, self.name)
        return labelled(
            ImageFiles(files, self.size, self.channels, prints, self.max_pixels),
            label[keep],
            classes,
            split=split[keep],
            counts={**counts, "skipped": len(rows) - len(keep)},
            attributes={name: value[keep] for name, value in attributes.items()},
            sets=sets,
            weight=None if weight is None else weight[keep],
        )
