"""Texts that stay on disk."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lightning_contrast.rows.bad_rows import keep_usable
from lightning_contrast.rows.hub import HubRows, check_column, hub_attributes, hub_labels
from lightning_contrast.types import Labelled

_AT_ONCE = 4096  # texts read in one go


class DiskTexts(Sequence[str]):
    """A text column of a ``datasets.Dataset`` as a sequence: memory-mapped, read when asked for.

    >>> import datasets
    >>> texts = DiskTexts(datasets.Dataset.from_dict({"text": ["a", "b", "c"]}), "text")
    >>> len(texts), texts[2], texts.take(np.array([1, 0])), list(texts)
    (3, 'c', ['b', 'a'], ['a', 'b', 'c'])
    """

    def __init__(self, rows: Any, column: str) -> None:
        self.rows, self.column = rows.select_columns([column]), column

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: Any) -> Any:
        return self.rows[row][self.column]

    def take(self, index: np.ndarray) -> list[str]:
        """The texts of these rows ``(r,)``, read together."""
        return self.rows[index.tolist()][self.column] if len(index) else []

    def of(self, index: np.ndarray) -> Iterator[str]:
        """The texts of these rows, a few thousand at a time in memory."""
        for start in range(0, len(index), _AT_ONCE):
            yield from self.take(index[start : start + _AT_ONCE])

    def __iter__(self) -> Iterator[str]:
        return self.of(np.arange(len(self)))


def labelled_on_disk(
    hub: HubRows,
    text_column: str,
    label_column: str,
    attribute_columns: Sequence[str],
    name: str,
    skip_bad_rows: bool,
) -> Labelled:
    """The rows of a data set whose texts stay on disk; the memory held is that of the labels.

    Raises ``InputError`` for a missing column, or an empty text unless ``skip_bad_rows``.
    """
    check_column(hub.rows, text_column, "text_column", name)
    texts = DiskTexts(hub.rows, text_column)
    bad = {
        row: f"row {row + 1} of {name}: {text_column!r} is an empty text"
        for row, text in enumerate(texts)
        if not isinstance(text, str) or not text.strip()
    }
    keep = keep_usable(bad, len(texts), skip_bad_rows)
    classes, label = hub_labels(hub.rows, label_column, name)
    attributes = hub_attributes(hub.rows, attribute_columns, name)
    return Labelled(
        raw=DiskTexts(hub.rows.select(keep), text_column) if bad else texts,
        label=label[keep],
        classes=classes,
        group=np.arange(len(keep)),
        split=hub.split[keep],
        counts={**hub.counts, "skipped": len(bad)},
        attributes={name: value[keep] for name, value in attributes.items()},
    )
