"""Found boxes as JSON lines, as a table, or as results in the form of COCO."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from lightning_contrast.files.decoding import upright_size
from lightning_contrast.files.row import Row
from lightning_contrast.inference.coco_numbers import Numbers
from lightning_contrast.inference.lines import JSON, SUFFIXES, Lines, of_row
from lightning_contrast.modules.finding import FoundBox, found_boxes

RESULTS = ".json"
SIDES = ("left", "top", "width", "height")


class BoxLines(Lines):
    """A line for each image; in a table one for each box; for ``.json`` one array of results, as
    pycocotools loads it. Boxes that are less probable than ``least`` are left out.

    ``coco``: a file in the form of COCO, which gives the numbers of images, by their file names,
    and of categories, by their names; without one the numbers of rows, and of classes from 1 on.
    """

    of_places = True
    suffixes = (*SUFFIXES, RESULTS)

    def __init__(
        self,
        network: Any,
        suffix: str,
        least: float | None = None,
        coco: str | Path | None = None,
    ) -> None:
        super().__init__(network, suffix, least)
        self.numbers = Numbers.of(coco, network.classes)

    def records(self, rows: Sequence[Row], features: Tensor) -> list[dict[str, Any]]:
        found = found_boxes(self.network, features, self.least or 0.0)
        return [
            {**of_row(row), "boxes": [in_pixels(box, *upright_size(row.raw)) for box in boxes]}
            for row, boxes in zip(rows, found, strict=True)
        ]

    def columns(self, record: dict[str, Any]) -> list[str]:
        return [*self._own(record), *SIDES, "label", "probability"]

    def cells(self, record: dict[str, Any]) -> Iterator[list[Any]]:
        own = self._own(record).values()
        return ([*own, *box["bbox"], box["label"], box["probability"]] for box in record["boxes"])

    def written(self, records: Sequence[dict[str, Any]]) -> str:
        if self.suffix != RESULTS:
            return super().written(records)
        results = [result for each in records for result in self.numbers.results(each)]
        if not results:
            return ""
        start, self.begun = ",\n" if self.begun else "[", True
        return start + ",\n".join(map(JSON.encode, results))

    def end(self) -> str:
        if self.suffix != RESULTS:
            return ""
        return "]\n" if self.begun else "[]\n"

    def _own(self, record: dict[str, Any]) -> dict[str, Any]:
        return {name: record[name] for name in ("row", "id", "input") if name in record}


def in_pixels(box: FoundBox, width: int, height: int) -> dict[str, Any]:
    """``bbox`` (left, top, width and height in pixels of the image), ``label``, ``probability``.

    >>> in_pixels(FoundBox(0.5, 0.0, 1.0, 0.5, "cat", 0.9), 10, 20)["bbox"]
    [5.0, 0.0, 5.0, 10.0]
    """
    sides = (
        *(box.left * width, box.top * height),
        *((box.right - box.left) * width, (box.bottom - box.top) * height),
    )
    return {
        "bbox": [round(side, 2) for side in sides],
        "label": box.label,
        "probability": box.probability,
    }
