"""Rows of several modalities in one source."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lightning_contrast.rows.content import digest, image_keys, normalise, text_keys
from lightning_contrast.types import Images


class Parts:
    """The rows of several modalities, one after the other: ``parts[name]`` holds those of a
    modality, texts or ``Images``.

    >>> parts = Parts({"image": ["a", "b"], "text": ["c"]})
    >>> len(parts), parts.name_of(2), parts.of(np.array([2, 0]))["text"]
    (3, 'text', (array([0]), array([0])))
    """

    def __init__(self, parts: Mapping[str, Sequence[str] | Images]) -> None:
        self.parts = dict(parts)
        ends = np.cumsum([len(part) for part in self.parts.values()])
        self.starts = dict(zip(self.parts, np.append(0, ends[:-1]).tolist(), strict=True))

    def __len__(self) -> int:
        return sum(map(len, self.parts.values()))

    def of(self, rows: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """For each modality among these rows: its places in ``rows``, and the numbers of these rows
        in its part."""
        found = {}
        for name, part in self.parts.items():
            own = rows - self.starts[name]
            places = np.flatnonzero((own >= 0) & (own < len(part)))
            if len(places):
                found[name] = places, own[places]
        return found

    def name_of(self, row: int) -> str:
        """The modality of a row."""
        return next(iter(self.of(np.array([row]))))

    def one(self, row: int) -> tuple[str, Any, int]:
        """The modality of a row, its part, and its number there."""
        name = self.name_of(row)
        return name, self.parts[name], row - self.starts[name]

    def numbers(self, name: str) -> np.ndarray:
        """The numbers of all rows of a modality."""
        return self.starts[name] + np.arange(len(self.parts[name]))

    def fingerprints(self) -> np.ndarray:
        """A hash of each row's content, uint64 ``(N,)``: equal rows of two modalities differ."""
        found = []
        for name, part in self.parts.items():
            texts = isinstance(part, Sequence)
            keys = text_keys(normalise(text) for text in part) if texts else image_keys(part)  # type: ignore[union-attr, arg-type]
            found.append(keys ^ np.uint64(digest(name.encode())))
        return np.concatenate(found)
