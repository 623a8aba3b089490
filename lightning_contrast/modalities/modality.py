"""What every modality answers."""

import base64
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

import numpy as np

if TYPE_CHECKING:
    from lightning_contrast.files.row import Row
    from lightning_contrast.files.tables import Reading
    from lightning_contrast.types import Images, Inputs


class Picture(NamedTuple):
    """An image inside a page or a table: ``address`` is a ``data:`` address."""

    address: str

    @classmethod
    def of_png(cls, png: bytes) -> Self:
        """The picture whose PNG file has these bytes.

        >>> Picture.of_png(b"png").address
        'data:image/png;base64,cG5n'
        """
        return cls("data:image/png;base64," + base64.b64encode(png).decode())


class Plain(NamedTuple):
    """A baseline of scikit-learn: its name, its input for each part, and its constructor.

    ``fit(strength)`` makes the model; ``strength`` is the inverse of its regularisation.
    """

    name: str
    columns: list[Any]
    fit: Callable[[float], Any]


class Modality(Protocol):
    """One kind of rows. ``raw`` is what a source holds: a sequence of texts, or ``Images``.

    ``name``: ``text``, ``image``, as a source, a view or a classifier names its ``modality``.
    """

    name: str
    reads_texts: bool
    """A text can be a row: classes have names that it embeds."""
    parts: tuple[str, ...]
    """Names of the modalities that its rows are of, where there are several."""

    def take(self, raw: Any, rows: np.ndarray) -> list[Any]:
        """The rows of these numbers, one by one, as ``predict`` takes them."""

    def inputs(self, raw: Any, rows: np.ndarray, preprocess: Any) -> "Inputs":
        """The rows of these numbers as an encoder takes them."""

    def images(self, raw: Any) -> "Images | None":
        """The rows as images that can be drawn; None if they have none."""

    def show(self, raw: Any, row: int, limit: int = 280) -> str | Picture:
        """One row as a report shows it: at most ``limit`` characters of a text, or a thumbnail."""

    def reads(self, preprocess: Any, encoder: Any) -> str:
        """A sentence that says how much of a row the classifier sees."""

    def image_readers(self, preprocess: Any) -> list[Any]:
        """What reads images among what reads its rows."""

    def exported(self, preprocess: Any) -> tuple[dict[str, Any], dict[str, str]]:
        """How inputs are made for an exported classifier: entries by name, and files by name."""

    def plain(self, raw: Any, parts: Sequence[np.ndarray]) -> Plain:
        """A plain baseline, with its input for each part; it learns from the first part alone."""

    def kinds(self, raw: Any) -> list[str] | None:
        """The kind of each of these rows, one by one, where a search looks for rows of the other
        kinds; None where it looks for rows of the same."""

    def id_of(self, given: str) -> str | None:
        """The name of a row that a person gives on the command line; None if it has none."""

    def read(self, path: str | Path, how: "Reading", **columns: str | None) -> "Iterator[Row]":
        """The rows of a file, a folder or ``-``, the standard input, as they are asked for.

        ``columns``: ``text_column`` and ``id_column`` of a table of texts.
        """
