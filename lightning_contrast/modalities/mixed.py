"""Rows of several modalities: each row is asked of the modality that it is of."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lightning_contrast.modalities.image import ImageModality
from lightning_contrast.modalities.modality import Picture, Plain
from lightning_contrast.modalities.text import TextModality
from lightning_contrast.rows.parts import Parts
from lightning_contrast.types import Mixed

if TYPE_CHECKING:
    from lightning_contrast.files.row import Row
    from lightning_contrast.files.tables import Reading
    from lightning_contrast.types import Images

KINDS: dict[str, Any] = {"image": ImageModality(), "text": TextModality()}


class MixedModality:
    """Rows that are images or texts; ``Modality`` says what each method gives.

    One by one, an image is a path (``pathlib.Path``), an array or a picture, and a text a ``str``.

    >>> MixedModality().take(Parts({"text": ["a", "b"]}), np.array([1]))
    ['b']
    """

    name = "mixed"
    reads_texts = True
    parts: tuple[str, ...] = tuple(KINDS)

    def take(self, raw: Parts, rows: np.ndarray) -> list[Any]:
        taken: list[Any] = [None] * len(rows)
        for name, (places, own) in raw.of(rows).items():
            for place, row in zip(places, KINDS[name].take(raw.parts[name], own), strict=True):
                taken[place] = row
        return taken

    def inputs(self, raw: Parts, rows: np.ndarray, preprocess: Any) -> Mixed:
        found = raw.of(rows)
        parts: dict[str, Any] = {
            name: KINDS[name].inputs(raw.parts[name], own, preprocess.parts[name])
            for name, (_, own) in found.items()
        }
        return Mixed(parts, {name: places for name, (places, _) in found.items()})

    def images(self, raw: Parts) -> "Images | None":
        return None  # some rows are none

    def show(self, raw: Parts, row: int, limit: int = 280) -> str | Picture:
        name, part, own = raw.one(row)
        return KINDS[name].show(part, own, limit)

    def reads(self, preprocess: Any, encoder: Any) -> str:
        towers = encoder.towers
        return " ".join(
            KINDS[name].reads(part, towers[name]) for name, part in preprocess.parts.items()
        )

    def image_readers(self, preprocess: Any) -> list[Any]:
        parts = preprocess.parts.items()
        return [reader for name, part in parts for reader in KINDS[name].image_readers(part)]

    def exported(self, preprocess: Any) -> tuple[dict[str, Any], dict[str, str]]:
        described: dict[str, Any] = {}
        files: dict[str, str] = {}
        for name, part in preprocess.parts.items():
            described[name], more = KINDS[name].exported(part)
            files |= more
        return described, files

    def plain(self, raw: Parts, parts: Sequence[np.ndarray]) -> Plain:
        """The baseline of the first rows' modality: labelled rows are of one."""
        name = raw.name_of(int(parts[0][0]))
        own = [rows - raw.starts[name] for rows in parts]
        return KINDS[name].plain(raw.parts[name], own)

    def kinds(self, raw: Sequence[Any]) -> list[str]:
        return ["text" if isinstance(row, str) else "image" for row in raw]

    def id_of(self, given: str) -> str | None:
        return given if _is_image(Path(given)) else None

    def read(self, path: str | Path, how: "Reading", **columns: str | None) -> "Iterator[Row]":
        images = isinstance(path, Path) and (path.is_dir() or _is_image(path))
        if not images:
            yield from KINDS["text"].read(path, how, **columns)
            return
        for row in KINDS["image"].read(path, how, **columns):
            yield row._replace(raw=Path(row.raw))


def _is_image(path: Path) -> bool:
    from lightning_contrast.files.decoding import image_suffixes

    return path.suffix.lower() in image_suffixes()
