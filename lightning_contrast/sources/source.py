"""The base of sources, and what every source lets a person say about its rows."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from lightning_contrast.config.part import Part
from lightning_contrast.config.ranges import Count, Range, Share
from lightning_contrast.files.decoding import PILLOWS_LIMIT
from lightning_contrast.rows.label_sets import renamed_sets
from lightning_contrast.rows.labels import lower, renamed
from lightning_contrast.types import Labelled

MaxPixels = Annotated[int, Range(least=1, most=PILLOWS_LIMIT)]


@dataclass(kw_only=True)
class Source(Part, ABC, group="source"):
    """Where labelled rows come from. Its arguments are those that all sources share.

    ``fractions``: shares of training, validation and test among the rows that the source does not
    itself assign; None: ``FRACTIONS``, and where a trained classifier is evaluated on this source,
    all such rows are the test. ``split_salt``: another salt, another split. ``per_class``: keep so
    many training rows a class (few-shot). ``drop_duplicates``: keep one row of those with the same
    content. ``conflicting``: ``drop`` leaves out rows whose content, or nearly the same, stands
    under another label as well. ``label_case``: ``lower`` makes one class of labels that differ in
    case and blanks only. ``min_rows``: classes with fewer rows are left out; of
    rows with several labels such labels, and the rows stay.
    ``data.prepare.prepare`` acts on them.

    >>> from lightning_contrast.sources.digits import Digits
    >>> Digits(per_class=8).per_class
    8
    """

    FRACTIONS: ClassVar[Sequence[float]] = (0.7, 0.1, 0.2)
    modality: ClassVar[str]
    fractions: Sequence[Share] | None = None
    split_salt: str | int = ""  # a command line makes 1 of source.split_salt=1
    per_class: Count | None = None
    drop_duplicates: bool = False
    conflicting: Literal["keep", "drop"] = "keep"
    label_case: Literal["lower"] | None = None
    min_rows: Count = 1

    def check_files(self) -> None:  # most sources name no file
        """Raises ``InputError`` for a file that is not there, before anything heavy is imported."""

    def check_sent(self) -> None:  # most sources only read
        """Raises ``InputError`` for what a source may not do that a checkpoint names: the file may
        come from anybody."""

    @abstractmethod
    def load(self) -> Labelled:
        """All rows of the source."""

    def loaded(self) -> Labelled:
        """All rows of the source, with the labels that ``label_case`` makes of its own."""
        own = self.load()
        if self.label_case is None:
            return own
        if own.sets is not None:
            names = [lower(name) for name in own.sets.names]
            classes, label, sets = renamed_sets(own.label, own.sets, names)
            return own._replace(classes=classes, label=label, sets=sets)
        classes, label = renamed(own.label, [lower(name) for name in own.classes])
        return own._replace(classes=classes, label=label)

    def apart(self, labelled: Labelled, rows: np.ndarray) -> list[np.ndarray]:
        """The rows in parts; only within one part must equal contents have equal labels."""
        return [rows]
