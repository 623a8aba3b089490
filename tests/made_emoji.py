"""The files of ``source=emoji``, made: each concept is a colour that three vendors draw alike."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from lightning_contrast.sources.emoji import VENDORS

CLASSES = [
    *("Smileys & Emotion", "People & Body", "Animals & Nature", "Food & Drink", "Travel & Places"),
    *("Activities", "Objects", "Symbols", "Flags"),
]
LANGUAGES = ("en", "de", "es", "fr", "it", "ja", "pl", "pt", "ru", "tr", "zh")


def write_emoji(folder: Path, concepts: int = 60, side: int = 32) -> Path:
    """``pictures.jsonl`` with ``3 * concepts`` pictures beside it."""
    random = np.random.default_rng(0)
    lines = []
    for concept in range(concepts):
        colour = random.integers(256, size=3)
        for vendor in VENDORS:
            name = f"{vendor}/{concept}.png"
            (folder / vendor).mkdir(parents=True, exist_ok=True)
            pixels = colour + random.normal(0, 8, (side, side, 3))
            Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(folder / name)
            names = {"captions": [f"colour {concept}"], "keywords": [f"shade {concept % 7}"]}
            kind = {"label": CLASSES[concept % len(CLASSES)], "family": str(concept), "flag": "no"}
            lines.append({"image": name, "vendor": vendor, "concept": str(concept)} | names | kind)
    (folder / "pictures.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder


def write_names(path: Path, concepts: int = 60) -> Path:
    """``names.jsonl``: the names and keywords of concepts in every language of the experiment."""
    lines = []
    for concept in range(concepts):
        names = {each: f"{each} colour {concept}" for each in LANGUAGES}
        words = {each: [f"{each} shade {concept % 7}", f"{each} {concept}"] for each in LANGUAGES}
        about = {"flag": "no", "family": str(concept)}
        lines.append(json.dumps({"names": names, "keywords": words} | about))
    path.write_text("\n".join(lines))
    return path
