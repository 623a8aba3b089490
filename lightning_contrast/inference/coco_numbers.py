"""The numbers that results in the form of COCO give to images and categories."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lightning_contrast.errors import InputError
from lightning_contrast.files.paths import existing


class Numbers(NamedTuple):
    """The numbers of images, by file name, and of categories, by name; None: those of rows."""

    images: dict[str, Any] | None
    categories: dict[str, Any]

    @classmethod
    def of(cls, coco: str | Path | None, classes: Sequence[str]) -> "Numbers":
        """Those of a file in the form of COCO; without one, of rows and of classes from 1 on.

        Raises ``InputError`` where the file is missing, broken, or lacks a class.
        """
        if coco is None:
            return cls(None, {name: 1 + place for place, name in enumerate(classes)})
        path = existing(coco, "coco")
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            images = {Path(str(e["file_name"])).name: e["id"] for e in content["images"]}
            categories = {str(e["name"]): e["id"] for e in content["categories"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"coco={path} has no lists of images (id, file_name) and categories (id, name), "
                f"as COCO has ({type(error).__name__}: {error}): export it again"
            ) from error
        if missing := [name for name in classes if name not in categories]:
            raise InputError(
                f"coco={path} has no category {missing[0]!r}, which the checkpoint finds: take the "
                "file it was trained with, or coco=null"
            )
        return cls(images, categories)

    def results(self, record: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """The boxes of a record as results; raises ``InputError`` for an image without a number.

        >>> box = {"bbox": [5.0, 0.0, 5.0, 9.0], "label": "cat", "probability": 0.5}
        >>> record = {"row": 1, "input": "a.png", "boxes": [box]}
        >>> next(Numbers(None, {"cat": 7}).results(record))
        {'image_id': 1, 'category_id': 7, 'bbox': [5.0, 0.0, 5.0, 9.0], 'score': 0.5}
        """
        image: Any = record["row"]
        if self.images is not None:
            name = Path(str(record["input"])).name
            if name not in self.images:
                raise InputError(
                    f"row {record['row']}: {name} is none of the images in the file that coco "
                    "names: give the folder of its images as input"
                )
            image = self.images[name]
        for box in record["boxes"]:
            yield {
                "image_id": image,
                "category_id": self.categories[box["label"]],
                "bbox": box["bbox"],
                "score": box["probability"],
            }
