"""Found boxes as JSON lines, as a table, or as results in the form of COCO."""

import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lightning_contrast.errors import InputError
from lightning_contrast.files.decoding import upright_size
from lightning_contrast.files.paths import existing
from lightning_contrast.files.row import Row
from lightning_contrast.inference.records import SEPARATORS, shown
from lightning_contrast.modules.finding import FoundBox
from lightning_contrast.runtime.csv_cells import CsvWriter

RESULTS = ".json"
SIDES = ("left", "top", "width", "height")
_JSON = json.JSONEncoder(ensure_ascii=False, default=str)  # an id may be a date


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


def box_record(row: Row, boxes: Sequence[FoundBox]) -> dict[str, Any]:
    """``row`` (its number), ``id`` (where it has one of its own), ``input``, and ``boxes``, each
    with ``bbox`` (left, top, width and height in pixels of the image), ``label`` and
    ``probability``.

    >>> import numpy as np
    >>> found = [FoundBox(0.5, 0.0, 1.0, 0.5, "cat", 0.9)]
    >>> box_record(Row(1, np.zeros((20, 10))), found)["boxes"][0]["bbox"]
    [5.0, 0.0, 5.0, 10.0]
    """
    own = {} if row.id is None or row.id is row.raw else {"id": row.id}
    wide, high = upright_size(row.raw)
    marked = [
        {
            "bbox": [
                round(end, 2)
                for end in (
                    *(box.left * wide, box.top * high),
                    *((box.right - box.left) * wide, (box.bottom - box.top) * high),
                )
            ],
            "label": box.label,
            "probability": box.probability,
        }
        for box in boxes
    ]
    return {"row": row.number, **own, "input": shown(row), "boxes": marked}


class BoxLines:
    """Writes records as the suffix of a file says: JSON lines, an image each; a table with a line
    for each box; or, for ``.json``, one array of results.

    >>> one = {"row": 1, "input": "a.png", "boxes": [{"bbox": [5.0, 0.0, 5.0, 9.0], "label": "cat",
    ...        "probability": 0.5}]}
    >>> lines = BoxLines(".json", Numbers(None, {"cat": 7}))
    >>> lines.text([{**one, "boxes": []}]) + lines.text([one]) + lines.end()
    '[{"image_id": 1, "category_id": 7, "bbox": [5.0, 0.0, 5.0, 9.0], "score": 0.5}]\\n'
    """

    def __init__(self, suffix: str, numbers: Numbers) -> None:
        self.suffix, self.numbers, self.begun = suffix, numbers, False

    def text(self, records: Iterable[dict[str, Any]]) -> str:
        """The next records; raises ``InputError`` for an image that the numbers do not know."""
        if self.suffix in SEPARATORS:
            return self._table(list(records))
        if self.suffix != RESULTS:
            return "".join(_JSON.encode(each) + "\n" for each in records)
        found = [result for each in records for result in _results(each, self.numbers)]
        if not found:
            return ""
        start, self.begun = ",\n" if self.begun else "[", True
        return start + ",\n".join(map(_JSON.encode, found))

    def end(self) -> str:
        """What stands behind the last record."""
        if self.suffix != RESULTS:
            return ""
        return "]\n" if self.begun else "[]\n"

    def _table(self, records: list[dict[str, Any]]) -> str:
        lines = io.StringIO()
        writer = CsvWriter(lines, SEPARATORS[self.suffix])
        for each in records:
            own = {name: each[name] for name in ("row", "id", "input") if name in each}
            if not self.begun:
                writer.row([*own, *SIDES, "label", "probability"])
            self.begun = True
            for box in each["boxes"]:
                writer.row([*own.values(), *box["bbox"], box["label"], box["probability"]])
        return lines.getvalue()


def _results(record: dict[str, Any], numbers: Numbers) -> list[dict[str, Any]]:
    image: Any = record["row"]
    if numbers.images is not None:
        name = Path(str(record["input"])).name
        if name not in numbers.images:
            raise InputError(
                f"row {record['row']}: {name} is none of the images in the file that coco names: "
                "give the folder of its images as input"
            )
        image = numbers.images[name]
    return [
        {
            "image_id": image,
            "category_id": numbers.categories[box["label"]],
            "bbox": box["bbox"],
            "score": box["probability"],
        }
        for box in record["boxes"]
    ]
