"""Reads rows of several modalities."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from lightning_contrast.errors import InputError
from lightning_contrast.types import Mixed


class MixedReader(nn.Module):
    """A reader for each modality; ``batch`` passes each raw row to the reader of its modality.

    A ``str`` is a text; a path (``pathlib.Path``), an array, a tensor or a picture is an image.

    Args:
        parts: readers, by the name of their modality.

    Raises:
        InputError: no reader is for the modality of a row; the message names the row.

    >>> from lightning_contrast.data.tokenizer import Tokenizer
    >>> reader = MixedReader({"text": Tokenizer.train(["a cat", "a dog"])})
    >>> reader.batch(["a cat"]).rows
    {'text': array([0])}
    """

    modality = "mixed"

    def __init__(self, parts: Mapping[str, Any]) -> None:
        super().__init__()
        self.parts = dict(parts)
        self.modules_of_parts = nn.ModuleDict(
            {name: part for name, part in self.parts.items() if isinstance(part, nn.Module)}
        )

    def forward(self, inputs: Mixed) -> Mixed:
        parts = {name: self.parts[name](part) for name, part in inputs.parts.items()}
        return Mixed(parts, inputs.rows)

    def unknown(self, inputs: Mixed) -> tuple[int, ...]:
        """Sums over the parts; ``data.tokenizer`` explains the four numbers."""
        found = [self.parts[name].unknown(part) for name, part in inputs.parts.items()]
        return tuple(map(sum, zip(*found, strict=True)))

    def refuse(self, raw: Any, first_row: int = 0) -> None:
        """Raises ``InputError`` unless ``raw`` is a sequence of rows that can be read."""
        if isinstance(raw, str) or not len(raw):
            raise InputError(
                f"expected a list of texts and images, got {raw!r}: put it in brackets"
            )
        for row, one in enumerate(raw, first_row):
            self.parts[self._kind(one, row)].refuse([one], row)

    def batch(self, raw: Sequence[Any]) -> Mixed:
        """Raw rows of any kind as inputs, each part in the order of its rows."""
        kinds = np.array([self._kind(one, row) for row, one in enumerate(raw)])
        rows = {name: np.flatnonzero(kinds == name) for name in self.parts if name in kinds}
        read = {
            name: self.parts[name].batch([raw[i] for i in own.tolist()])
            for name, own in rows.items()
        }
        return Mixed(read, rows)

    def _kind(self, one: Any, row: int) -> str:
        name = "text" if isinstance(one, str) else "image"
        if name not in self.parts:
            known = " and ".join(f"{part}s" for part in self.parts)
            raise InputError(
                f"row {row} is {'a path' if isinstance(one, Path) else 'of type'} "
                f"{type(one).__name__}, and {known} are read: leave it out"
            )
        return name
