"""Pictures of coloured squares with their boxes: a made folder in the form of COCO."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

COLOURS = {"red": (220, 30, 30), "green": (30, 220, 30), "blue": (40, 40, 230)}


def write_boxes(folder: Path, images: int = 40, side: tuple[int, int] = (48, 32)) -> Path:
    """``folder/boxes.json`` and ``folder/pictures``; every fifth picture has no square."""
    random = np.random.default_rng(0)
    (folder / "pictures").mkdir(parents=True)
    wide, high = side
    content: dict[str, list[dict[str, Any]]] = {"images": [], "annotations": [], "categories": []}
    content["categories"] = [{"id": 10 * n, "name": name} for n, name in enumerate(COLOURS, 1)]
    for number in range(images):
        pixels = random.integers(90, 130, (high, wide, 3)).astype(np.uint8)
        for place in range(number % 5 and 1 + number % 2):
            category = content["categories"][int(random.integers(len(COLOURS)))]
            across, down = random.integers(8, 14, 2).tolist()
            left = int(random.integers(place * wide // 2, place * wide // 2 + wide // 2 - across))
            top = int(random.integers(0, high - down))
            pixels[top : top + down, left : left + across] = COLOURS[category["name"]]
            content["annotations"].append(
                {
                    "id": len(content["annotations"]) + 1,
                    "image_id": 100 + number,
                    "category_id": category["id"],
                    "bbox": [left, top, across, down],
                    "area": across * down,
                    "iscrowd": 0,
                }
            )
        name = f"{number:03}.png"
        Image.fromarray(pixels).save(folder / "pictures" / name)
        content["images"].append(
            {"id": 100 + number, "file_name": name, "width": wide, "height": high}
        )
    path = folder / "boxes.json"
    path.write_text(json.dumps(content))
    return path
