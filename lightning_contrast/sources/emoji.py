"""Emoji of three vendors with their names."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError
from lightning_contrast.files.images import ImageFiles
from lightning_contrast.rows.content import digest
from lightning_contrast.rows.split_names import TEST, TRAIN, UNDECIDED, VALIDATION
from lightning_contrast.sources._with_captions import Captioned, with_captions
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled

Vendor = Literal["google", "twitter", "fluent"]
VENDORS: tuple[Vendor, ...] = ("google", "twitter", "fluent")
HELD_BACK = 10  # one of so many concepts has a picture in validation


@dataclass
class Emoji(Source):
    """Pictures of emoji by Google, Twitter and Microsoft, with their English names as captions.

    ``scripts/fetch_data emoji`` brings them: 1,852 concepts in nine classes, of which 253 are
    flags. All pictures of a concept have one identity.

    Without ``test_vendor``, concepts are split by families (man, woman and person; the keycaps):
    the test asks for concepts that were never seen. With it, the test are all its pictures, of
    concepts that were seen by other hands; of every tenth concept a picture by another vendor is
    held back for validation. ``keywords``: those of each concept are a further caption, in training
    alone. ``flags``: with them. Images are ``(3, size, size)``, on white.

    Raises ``InputError`` where the data is not there, or ``test_vendor`` is the only one of
    ``vendors`` or none of them.

    Sources: Unicode CLDR 48; Noto, Twemoji and Fluent emoji (open licences).

    >>> Emoji(test_vendor="twitter").keywords
    True
    """

    FRACTIONS: ClassVar = (0.7, 0.1, 0.2)
    path: str = "data/emoji"
    vendors: Sequence[Vendor] = VENDORS
    test_vendor: Vendor | None = None
    keywords: bool = True
    flags: bool = True
    size: Count = 32
    modality: ClassVar[str] = "mixed"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.test_vendor is not None and not {self.test_vendor} < set(self.vendors):
            raise InputError(
                f"source.vendors must name source.test_vendor, {self.test_vendor}, and another to "
                f"learn from, got {[*self.vendors]}: set source.vendors=[google,{self.test_vendor}]"
            )

    def check_files(self) -> None:
        if not self._file.is_file():
            raise InputError(
                f"source.path: {self._file} is not there: bring it with ./scripts/fetch_data emoji "
                "(160 MB), or set source.path to its folder"
            )

    def load(self) -> Labelled:
        self.check_files()
        rows = [row for row in self._rows() if self.flags or row["flag"] == "no"]
        files = [str(Path(self.path) / row["image"]) for row in rows]
        pictures = [
            Captioned(
                row["captions"][:1],
                self._side(row),
                row["concept"],
                row["family"] if self.test_vendor is None else None,
                row["label"],
                {"vendor": row["vendor"], "flag": row["flag"]},
                [", ".join(row["keywords"])] if self.keywords and row["keywords"] else (),
            )
            for row in rows
        ]
        prints = np.array([digest(Path(file).read_bytes()) for file in files], dtype=np.uint64)
        return with_captions(ImageFiles(files, self.size, 3, prints), pictures, {})

    @property
    def _file(self) -> Path:
        return Path(self.path).expanduser() / "pictures.jsonl"

    def _rows(self) -> Iterator[dict[str, Any]]:
        with self._file.open(encoding="utf-8") as lines:
            rows = map(json.loads, lines)
            yield from (row for row in rows if row["vendor"] in self.vendors)

    def _side(self, row: dict[str, Any]) -> int:
        if self.test_vendor is None:
            return UNDECIDED
        if row["vendor"] == self.test_vendor:
            return TEST
        drawn = digest(f"{self.split_salt} {row['concept']}".encode())
        others = [vendor for vendor in self.vendors if vendor != self.test_vendor]
        chosen = others[drawn // HELD_BACK % len(others)]
        held = drawn % HELD_BACK == 0 and chosen == row["vendor"]
        return VALIDATION if held else TRAIN
