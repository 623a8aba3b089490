"""A person's own photographs: a class a folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from lightning_contrast.errors import InputError, listing
from lightning_contrast.files.examine import examine
from lightning_contrast.files.images import ImageFiles, image_suffixes
from lightning_contrast.files.paths import existing
from lightning_contrast.rows.labels import encode_labels
from lightning_contrast.rows.split_names import UNDECIDED, split_number
from lightning_contrast.sources._labelled import labelled, with_pairs
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled


@dataclass
class Folder(Source):
    """Images under ``path/CLASS/``, or under ``path/train/CLASS/``, ``path/test/CLASS/`` and so on.

    Any image that Pillow decodes, at any depth below its class folder; other files are counted and
    left. Decoded when asked for, to ``(channels, size, size)``. ``pair_path``: another such folder,
    in which the pair of each image has the same place and name, for ``positives=paired``. Raises
    ``InputError`` for a folder without classes, a class without images and, unless
    ``skip_bad_rows``, a file that does not decode or has no pair.

    >>> Folder("photos", size=96).channels
    3
    """

    path: str
    size: int = 64
    channels: int = 3
    pair_path: str | None = None
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "image"

    def check_files(self) -> None:
        existing(self.path, "source.path", folder=True)

    def load(self) -> Labelled:
        root = existing(self.path, "source.path", folder=True)
        check_shape(self.size, self.channels)
        files, names, split, others = self._files(root)
        pairs = [] if self.pair_path is None else self._pairs(root, files)
        keep, prints = examine(files, self.skip_bad_rows, files, pairs)
        classes, label = encode_labels([names[row] for row in keep])
        everything = [files[row] for row in keep] + [pairs[row] for row in keep if pairs]
        images = ImageFiles(everything, self.size, self.channels, prints)
        counts = {"skipped": len(files) - len(keep), "not_images": others}
        own = labelled(images, label, classes, split=np.array(split)[keep], counts=counts)
        return with_pairs(own, images) if pairs else own

    def _pairs(self, root: Path, files: list[str]) -> list[str]:
        other = existing(self.pair_path or "", "source.pair_path", folder=True)
        return [str(other / Path(file).relative_to(root)) for file in files]

    def _files(self, root: Path) -> tuple[list[str], list[str], list[int], int]:
        suffixes = image_suffixes()
        files: list[str] = []
        names: list[str] = []
        split: list[int] = []
        others = 0
        for side, folder in _class_folders(root):
            inside = sorted(p for p in folder.rglob("*") if p.is_file() and p.name[0] != ".")
            images = [str(path) for path in inside if path.suffix.lower() in suffixes]
            if not images:
                raise InputError(
                    f"the class folder {folder} holds no images ({len(inside)} other files): "
                    "put images into it or remove it"
                )
            others += len(inside) - len(images)
            files += images
            names += [folder.name] * len(images)
            split += [side] * len(images)
        return files, names, split, others


def check_shape(size: int, channels: int) -> None:
    """Raises ``InputError`` unless images can have this size and so many channels.

    >>> check_shape(32, 3)
    """
    if size < 1:
        raise InputError(f"source.size must be at least 1 pixel, got {size}: set source.size=64")
    if channels not in (1, 3):
        raise InputError(
            f"source.channels must be 1 (grey) or 3 (RGB), got {channels}: set source.channels=3"
        )


def _class_folders(root: Path) -> list[tuple[int, Path]]:
    inside = _folders(root)
    sides = [split_number(folder.name) for folder in inside]
    if inside and None not in sides:
        pairs = zip(sides, inside, strict=True)
        found = [(side, f) for side, top in pairs if side is not None for f in _folders(top)]
    else:
        found = [(UNDECIDED, folder) for folder in inside]
    if not found:
        raise InputError(
            f"source.path: the folder {root} has no class folders, it holds "
            f"{listing(sorted(p.name for p in root.iterdir()))}: put the images of each class "
            "into a folder with the name of the class"
        )
    return found


def _folders(root: Path) -> list[Path]:
    return sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
