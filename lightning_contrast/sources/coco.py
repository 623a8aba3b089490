"""Images with labelled boxes, in the form of COCO: one JSON file and a folder of images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from lightning_contrast.config.ranges import Count
from lightning_contrast.files.bad_rows import keep_usable
from lightning_contrast.files.decoding import MAX_PIXELS
from lightning_contrast.files.examine import examine
from lightning_contrast.files.images import ImageFiles
from lightning_contrast.files.paths import existing
from lightning_contrast.rows.split_names import TEST, UNDECIDED, VALIDATION
from lightning_contrast.sources._boxes import Boxed, with_boxes
from lightning_contrast.sources._coco_file import Annotated, annotated
from lightning_contrast.sources.source import MaxPixels, Source
from lightning_contrast.types import Labelled

FILES = {"path": UNDECIDED, "validation_path": VALIDATION, "test_path": TEST}
FOLDERS = {"path": "images", "validation_path": "validation_images", "test_path": "test_images"}


@dataclass
class Coco(Source):
    """Images and their boxes, as COCO and most annotators write them.

    ``path``: a JSON object with the lists ``images`` (``id``, ``file_name``, ``width``,
    ``height``), ``annotations`` (``image_id``, ``category_id``, ``bbox``: left, top, width and
    height in pixels) and ``categories`` (``id``, ``name``). ``images``: the folder that file names
    are below. ``validation_path``, ``test_path``: files of their own for these sides, with folders
    of their own or not. ``classes``: those that count, all others are background; None: all.

    Images are squeezed to ``(channels, size, size)``, so that nothing is cut off. Boxes of crowds
    (``iscrowd``) are left out and counted.

    Raises ``InputError`` for a missing or broken file, a class that no box has and, unless
    ``skip_bad_rows``, for the first image that is missing or can't be decoded, has another size
    than the file says, or a box that lies outside of it or is of no category.

    Source: Lin et al. 2014, "Microsoft COCO" (arXiv 1405.0312).

    >>> Coco("instances.json", "photos").size
    128
    """

    path: str
    images: str
    validation_path: str | None = None
    validation_images: str | None = None
    test_path: str | None = None
    test_images: str | None = None
    classes: Sequence[str] | None = None
    size: Count = 128
    channels: Literal[1, 3] = 3
    max_pixels: MaxPixels = MAX_PIXELS
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "image"

    def check_files(self) -> None:
        existing(self.path, "source.path")
        existing(self.images, "source.images", folder=True)

    def load(self) -> Labelled:
        found: list[Annotated] = []
        sides: list[int] = []
        known: dict[str, None] = {}
        crowds = 0
        for argument, side in FILES.items():
            if (given := getattr(self, argument)) is None:
                continue
            own = FOLDERS[argument] if getattr(self, FOLDERS[argument]) is not None else "images"
            folder = existing(getattr(self, own), f"source.{own}", folder=True)
            file = annotated(existing(given, f"source.{argument}"), folder)
            found += file.images
            sides += [side] * len(file.images)
            known |= dict.fromkeys(file.names)
            crowds += file.crowds
        bad = {row: each.problem for row, each in enumerate(found) if each.problem}
        usable = keep_usable(bad, len(found), self.skip_bad_rows)
        files = [str(found[row].path) for row in usable]
        seen = examine(files, self.skip_bad_rows, files, max_pixels=self.max_pixels)
        keep = usable[seen.keep]
        boxes: list[list[Boxed]] = [found[row].boxes for row in keep]
        paths = [str(found[row].path) for row in keep]
        images = ImageFiles(
            paths, self.size, self.channels, seen.prints, self.max_pixels, whole=True
        )
        counts = {"skipped": len(found) - len(keep), "crowds": crowds}
        split = np.array(sides, dtype=np.int8)[keep]
        return with_boxes(self, images, boxes, list(known), self.classes, split, counts)
