"""A person's own photographs: a class a folder, or without classes."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError, listing
from lightning_contrast.files.decoding import MAX_PIXELS, image_suffixes
from lightning_contrast.files.examine import examine
from lightning_contrast.files.folders import captions_in, files_below, is_hidden
from lightning_contrast.files.images import ImageFiles
from lightning_contrast.files.paths import existing
from lightning_contrast.rows.labels import encode_labels
from lightning_contrast.rows.split_names import TEST, UNDECIDED, VALIDATION, split_number
from lightning_contrast.runtime.first_process import is_first_process
from lightning_contrast.sources._labelled import labelled, with_pairs
from lightning_contrast.sources.source import MaxPixels, Source
from lightning_contrast.types import Labelled

PLACES = {"path": UNDECIDED, "validation_path": VALIDATION, "test_path": TEST}


class ClassFolder(NamedTuple):
    """A folder, the side that its images are on, and their class: its name, or None."""

    path: Path
    side: int
    name: str | None


@dataclass
class Folder(Source):
    """Images under ``path/CLASS/``, or under ``path/train/CLASS/``, ``path/test/CLASS/`` and so on.

    Images of a folder without class folders, or of such train and test folders, have no label.
    Any image that Pillow decodes, at any depth below its class folder; other files are counted and
    left, hidden ones passed over. Decoded when asked for, to ``(channels, size, size)``; an image
    of more than ``max_pixels`` is a bad one. ``validation_path``, ``test_path``: folders of their
    own with class folders, whose images are those sides. ``pair_path``: another such folder, in
    which the pair of each image has the same place and name, for ``positives=paired``. Raises
    ``InputError`` for a folder without images, a class without images and, unless
    ``skip_bad_rows``, a file that does not decode or has no pair.

    >>> Folder("photos", size=96).channels
    3
    """

    path: str
    size: Count = 64
    channels: Literal[1, 3] = 3
    max_pixels: MaxPixels = MAX_PIXELS
    validation_path: str | None = None
    test_path: str | None = None
    pair_path: str | None = None
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "image"

    def check_files(self) -> None:
        existing(self.path, "source.path", folder=True)

    def load(self) -> Labelled:
        files: list[str] = []
        names: list[str | None] = []
        sides: list[int] = []
        others = 0
        for argument, side in PLACES.items():
            if (given := getattr(self, argument)) is None:
                continue
            root = existing(given, f"source.{argument}", folder=True)
            for folder in _class_folders(root, f"source.{argument}", side):
                found, rest = _images(folder.path)
                others += rest
                files += found
                names += [folder.name] * len(found)
                sides += [folder.side] * len(found)
        pairs = [] if self.pair_path is None else self._pairs(files)
        keep, prints = examine(files, self.skip_bad_rows, files, pairs, self.max_pixels)
        classes, label = encode_labels([names[row] for row in keep])
        everything = [files[row] for row in keep] + [pairs[row] for row in keep if pairs]
        images = ImageFiles(everything, self.size, self.channels, prints, self.max_pixels)
        counts = {"skipped": len(files) - len(keep), "not_images": others}
        own = labelled(images, label, classes, split=np.array(sides)[keep], counts=counts)
        return with_pairs(own, images) if pairs else own

    def _pairs(self, files: list[str]) -> list[str]:
        if self.validation_path is not None or self.test_path is not None:
            raise InputError(
                "source.pair_path has the pairs of the images in source.path alone: put those of "
                "validation and test into folders of these names below source.path"
            )
        root = Path(self.path).expanduser()
        other = existing(self.pair_path or "", "source.pair_path", folder=True)
        return [str(other / Path(file).relative_to(root)) for file in files]


def _class_folders(root: Path, argument: str, side: int) -> list[ClassFolder]:
    inside = _folders(root)
    sides = [split_number(folder.name) for folder in inside]
    if inside and None not in sides and side == UNDECIDED:
        pairs = zip(inside, sides, strict=True)
        return [each for top, s in pairs if s is not None for each in _classes(top, argument, s)]
    return _classes(root, argument, side)


def _classes(folder: Path, argument: str, side: int) -> list[ClassFolder]:
    """The class folders in one; without any, the folder itself if it holds images."""
    if inside := _folders(folder):
        known = image_suffixes()
        loose = sum(not is_hidden(p.name) and p.suffix.lower() in known for p in folder.iterdir())
        if loose and is_first_process():
            warnings.warn(
                f"{loose} images of {folder} are in none of its class folders, and are left out: "
                "move them into one",
                stacklevel=2,
            )
        return [ClassFolder(each, side, each.name) for each in inside]
    if any(is_image for _, is_image in files_below(folder)):
        if (told := captions_in(folder)) is not None and is_first_process():
            warnings.warn(
                f"{folder} holds captions in {told.name}, which source=folder does not read: set "
                f"modality=mixed source=captioned source.path={told} recipe=clip",
                stacklevel=2,
            )
        return [ClassFolder(folder, side, None)]
    raise InputError(
        f"{argument}: the folder {folder} has no class folders and no images, it holds "
        f"{listing(sorted(p.name for p in folder.iterdir()))}: put the images of each class into a "
        "folder with the name of the class, or images without classes into the folder itself"
    )


def _folders(root: Path) -> list[Path]:
    return sorted(p for p in root.iterdir() if p.is_dir() and not is_hidden(p.name))


def _images(folder: Path) -> tuple[list[str], int]:
    """The images of a class, and the number of other files."""
    if not folder.name.isprintable():
        raise InputError(
            f"the class folder {str(folder)!r} has a name that is not UTF-8, or can't be shown: "
            "rename it"
        )
    inside = sorted(files_below(folder))
    images = [str(path) for path, is_image in inside if is_image]
    if not images:
        raise InputError(
            f"the class folder {folder} holds no images ({len(inside)} other files): put images "
            "into it or remove it"
        )
    return images, len(inside) - len(images)
