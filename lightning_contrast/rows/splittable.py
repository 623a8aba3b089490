"""What every source lets a person say about its splits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from lightning_contrast.types import Labelled


class Source(Protocol):
    """Where labelled rows come from: ``modality`` is ``"text"`` or ``"image"``."""

    modality: ClassVar[str]

    def load(self) -> Labelled: ...


@dataclass(kw_only=True)
class Splittable:
    """The arguments which all sources share; ``data.prepare.prepare`` acts on them.

    ``fractions``: shares of training, validation and test among the rows that the source does not
    itself assign. ``split_salt``: another salt, another split. ``per_class``: keep so many training
    rows a class (few-shot). ``drop_duplicates``: keep one row of those with the same content.

    >>> Splittable(per_class=8)
    Splittable(fractions=(0.7, 0.1, 0.2), split_salt='', per_class=8, drop_duplicates=False)
    """

    fractions: Sequence[float] = (0.7, 0.1, 0.2)
    split_salt: str | int = ""  # a command line makes 1 of source.split_salt=1
    per_class: int | None = None
    drop_duplicates: bool = False
