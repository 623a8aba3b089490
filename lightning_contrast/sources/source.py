"""The base of sources, and what every source lets a person say about its splits."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from lightning_contrast.config.part import Part
from lightning_contrast.types import Labelled


@dataclass(kw_only=True)
class Source(Part, ABC, group="source"):
    """Where labelled rows come from. Its arguments are those that all sources share.

    ``fractions``: shares of training, validation and test among the rows that the source does not
    itself assign. ``split_salt``: another salt, another split. ``per_class``: keep so many training
    rows a class (few-shot). ``drop_duplicates``: keep one row of those with the same content.
    ``data.prepare.prepare`` acts on them.

    >>> from lightning_contrast.sources.digits import Digits
    >>> Digits(per_class=8)
    Digits(fractions=(0.7, 0.1, 0.2), split_salt='', per_class=8, drop_duplicates=False)
    """

    modality: ClassVar[str]
    fractions: Sequence[float] = (0.7, 0.1, 0.2)
    split_salt: str | int = ""  # a command line makes 1 of source.split_salt=1
    per_class: int | None = None
    drop_duplicates: bool = False

    def check_files(self) -> None:  # most sources name no file
        """Raises ``InputError`` for a file that is not there, before anything heavy is imported."""

    @abstractmethod
    def load(self) -> Labelled:
        """All rows of the source."""
