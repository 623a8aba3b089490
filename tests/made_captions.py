"""Made pictures with captions, for tests: a square of one of four colours and two sizes."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "black": (0, 0, 0)}


def write_captions(folder: Path, rows: int = 64, side: int = 16) -> Path:
    """``captions.jsonl`` with pictures beside it: two captions each, the first as ``title``, an
    ``id`` of its own, the colour as ``label``, the size as ``kind``."""
    random = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for row in range(rows):
        colour, size = list(COLOURS)[row % 4], ("big", "small")[row // 4 % 2]
        pixels = random.normal(230, 8, (side, side, 3))
        width = side * 3 // 4 if size == "big" else side // 4
        x, y = random.integers(0, side - width + 1, 2)
        pixels[y : y + width, x : x + width] = COLOURS[colour]
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / f"{row}.png")
        captions = [f"a {size} {colour} square", f"square number {row}: {colour} and {size}"]
        lines.append(
            {"image": f"{row}.png", "caption": captions, "title": captions[0], "id": row}
            | {"label": colour, "kind": size}
        )
    path = folder / "captions.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    return path
