"""Average precision of boxes, as COCO measures it."""

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import NamedTuple

import numpy as np

from lightning_contrast.errors import missing_extra

PIXELS = 1000  # of an image's side: pycocotools rounds nothing, but counts boxes in pixels


class Marked(NamedTuple):
    """Boxes of images: ``row (m,)``, ``box (m, 4)`` as shares of the image, ``label (m,)``, and
    ``chance (m,)``, 1 for those that are true."""

    row: np.ndarray
    box: np.ndarray
    label: np.ndarray
    chance: np.ndarray


def average_precision(
    gold: Marked, found: Marked, images: Sequence[int] | np.ndarray, classes: Sequence[str]
) -> dict[str, float]:
    """``ap`` (mean over overlaps of 0.5 to 0.95), ``ap50``, ``ap75``, and ``ap50/CLASS``, by
    ``pycocotools``; at most 100 boxes an image count.

    ``images``: the numbers of all of them, also those without a box. A class without a true box has
    no figure; without any true box there is none. Raises ``InputError`` where pycocotools is not
    installed.

    Source: Lin et al. 2014, "Microsoft COCO" (arXiv 1405.0312).

    >>> one = np.array([[0.0, 0.0, 0.5, 0.5]])
    >>> gold = Marked(np.array([3]), one, np.array([0]), np.ones(1))
    >>> round(average_precision(gold, gold, [3], ["cat"])["ap50"], 3)
    1.0
    """
    try:
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
    except ImportError as error:
        raise missing_extra("pycocotools", "detection") from error
    if not len(gold.row):
        return {}
    with redirect_stdout(io.StringIO()):  # it prints what it does
        truth = COCO()
        truth.dataset = {
            "images": [{"id": int(row)} for row in images],
            "categories": [{"id": 1 + n, "name": name} for n, name in enumerate(classes)],
            "annotations": [
                {**one, "id": 1 + n, "iscrowd": 0} for n, one in enumerate(_entries(gold))
            ],
        }
        truth.createIndex()
        results = COCO()
        results.dataset = {
            **truth.dataset,
            "annotations": [
                {**one, "id": 1 + n, "score": float(found.chance[n])}
                for n, one in enumerate(_entries(found))
            ],
        }
        results.createIndex()
        judge = COCOeval(truth, results, "bbox")
        judge.evaluate()
        judge.accumulate()
    # (overlaps, recalls, classes, sizes, boxes): of all sizes, and the most boxes
    precision = judge.eval["precision"][:, :, :, 0, -1]
    there = np.flatnonzero((precision[0] > -1).all(0))
    by_class = precision[:, :, there].mean(1)  # (overlaps, classes)
    figures = {"ap": by_class.mean(), "ap50": by_class[0].mean(), "ap75": by_class[5].mean()}
    figures |= {f"ap50/{classes[n]}": by_class[0, at] for at, n in enumerate(there.tolist())}
    return {name: float(value) for name, value in figures.items()}


def _entries(boxes: Marked) -> list[dict[str, object]]:
    sizes = (boxes.box[:, 2:] - boxes.box[:, :2]) * PIXELS
    return [
        {
            "image_id": row,
            "category_id": 1 + label,
            "bbox": [*corner, *size],
            "area": size[0] * size[1],
        }
        for row, label, corner, size in zip(
            boxes.row.tolist(),
            boxes.label.tolist(),
            (boxes.box[:, :2] * PIXELS).tolist(),
            sizes.tolist(),
            strict=True,
        )
    ]
