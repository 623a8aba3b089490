"""Pictures with captions in a data set of the ``datasets`` library."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from lightning_contrast.config.ranges import Count
from lightning_contrast.files.columns import places
from lightning_contrast.files.decoding import MAX_PIXELS
from lightning_contrast.files.examine import examine
from lightning_contrast.files.images import ImageFiles
from lightning_contrast.rows.labels import MISSING
from lightning_contrast.sources._captions import (
    CaptionedRow,
    name_of,
    texts_of,
    usable,
    wrong_captions,
)
from lightning_contrast.sources._hub import (
    EncodedColumn,
    HubRows,
    hub_attributes,
    hub_labels,
    read_hub,
)
from lightning_contrast.sources._with_captions import Captioned, with_captions
from lightning_contrast.sources.source import MaxPixels, Source
from lightning_contrast.types import Labelled


@dataclass
class HuggingFaceCaptioned(Source):
    """Pictures with captions of a hub data set, or of a local one: a ``save_to_disk`` folder, a
    folder of data files, or one Parquet file.

    Each of ``caption_columns`` holds a text or a list of texts. Splits as in ``HuggingFaceText``;
    all other arguments, and the errors, as in ``CaptionedImages``.

    >>> HuggingFaceCaptioned("nlphuji/flickr30k").caption_columns
    ('caption',)
    """

    name: str
    subset: str | None = None
    revision: str | None = None
    image_column: str = "image"
    caption_columns: Sequence[str] = ("caption",)
    identity_column: str | None = None
    group_column: str | None = None
    label_column: str | None = None
    attribute_columns: Sequence[str] = ()
    size: Count = 64
    channels: Literal[1, 3] = 3
    max_pixels: MaxPixels = MAX_PIXELS
    missing: Sequence[str] = MISSING
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "mixed"

    def load(self) -> Labelled:
        hub = read_hub(self.name, self.subset, self.revision)
        columns = {"image_column": self.image_column}
        columns |= {f"caption_columns[{i}]": name for i, name in enumerate(self.caption_columns)}
        own = {"identity_column": self.identity_column, "group_column": self.group_column}
        columns |= {argument: name for argument, name in own.items() if name is not None}
        places(hub.rows.column_names, columns, self.name)
        found = usable(self._rows(hub), self.skip_bad_rows, f"source.name: {self.name}")
        files = EncodedColumn(hub.rows.select(found.files), self.image_column, self.name)
        keep, prints = examine(files, self.skip_bad_rows, found.names, max_pixels=self.max_pixels)
        if len(keep) < len(files):
            kept = [found.files[row] for row in keep]
            files = EncodedColumn(hub.rows.select(kept), self.image_column, self.name)
        images = ImageFiles(files, self.size, self.channels, prints, self.max_pixels)
        counts = {**hub.counts, "skipped": found.skipped + len(found.files) - len(keep)}
        return with_captions(images, [found.pictures[row] for row in keep], counts)

    def _rows(self, hub: HubRows) -> Iterator[CaptionedRow]:
        """The number of each row, with what is known of it."""
        rows, side = hub.rows, hub.split.tolist()
        captions = [rows[column][:] for column in self.caption_columns]
        identity = self._values(rows, self.identity_column)
        group = self._values(rows, self.group_column)
        labels = [None] * len(rows) if self.label_column is None else self._labels(rows)
        attributes: Mapping[str, Any] = hub_attributes(rows, self.attribute_columns, self.name)
        for row in range(len(rows)):
            where = f"row {row + 1} of {self.name}"
            texts = [text for column in captions for text in texts_of(column[row])]
            known: Captioned | str = wrong_captions(
                texts, where, self.caption_columns, self.missing
            ) or Captioned(
                texts,
                side[row],
                name_of(identity[row]),
                name_of(group[row]),
                labels[row],
                {name: str(value[row]) for name, value in attributes.items()},
            )
            yield CaptionedRow(row, where, known)

    def _labels(self, rows: Any) -> Sequence[str | None]:
        assert self.label_column is not None
        classes, label = hub_labels(rows, self.label_column, self.name, self.missing)
        return [classes[number] if number >= 0 else None for number in label.tolist()]

    @staticmethod
    def _values(rows: Any, column: str | None) -> Sequence[Any]:
        return [None] * len(rows) if column is None else rows[column][:]
