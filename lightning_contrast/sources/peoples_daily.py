"""A month of a Chinese newspaper with the names of persons, places and organisations."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from lightning_contrast.errors import InputError
from lightning_contrast.sources.source import Source
from lightning_contrast.sources.spans import SpanLines
from lightning_contrast.types import Labelled

FILE = "sentences.jsonl"


@dataclass(kw_only=True)
class PeoplesDaily(Source):
    """Sentences of the People's Daily of January 1998, split by time.

    Types: ``nr`` persons, ``ns`` places, ``nt`` organisations, ``t`` times, ``nz`` other names. The
    texts hold characters, without the given borders of words, which would tell those of names.
    ``path``: the folder that ``scripts/fetch_data peoples_daily`` made; raises ``InputError`` if it
    is not there. Source: Yu et al. 2002, "The basic processing of contemporary Chinese corpus at
    Peking University"; the corpus is not ours to give away.

    >>> PeoplesDaily().types
    ('nr', 'ns', 'nt')
    """

    path: str = "data/peoples_daily"
    types: Sequence[str] | None = ("nr", "ns", "nt")
    modality: ClassVar[str] = "text"

    def check_files(self) -> None:
        self._file()

    def load(self) -> Labelled:
        shared = {"min_rows": self.min_rows, "label_case": self.label_case}
        return SpanLines(
            str(self._file()),
            split_column="split",
            types=self.types,
            **shared,  # type: ignore[arg-type]
        ).load()

    def _file(self) -> Path:
        file = Path(self.path).expanduser() / FILE
        if not file.is_file():
            raise InputError(
                f"source.path: {file} is not there: bring it with ./scripts/fetch_data "
                "peoples_daily (into data/peoples_daily of this project), and set source.path to "
                "that folder"
            )
        return file
