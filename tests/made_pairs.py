"""Pairs of made-up texts of six words, scored by how many words they share."""

import json
import random
from pathlib import Path


def write_scored(path: Path, pairs: int = 300, sides: bool = False) -> Path:
    """A file of JSON lines with text, pair and score (0 to 6), and with a side if asked."""
    draw, words, rows = random.Random(0), [f"word{n}" for n in range(60)], []
    for _ in range(pairs):
        text, shared = draw.sample(words, 6), draw.randrange(7)
        others = draw.sample([word for word in words if word not in text], 6 - shared)
        pair = draw.sample(text[:shared] + others, 6)
        rows.append({"text": " ".join(text), "pair": " ".join(pair), "score": shared})
        if sides:
            rows[-1]["side"] = draw.choice(["train", "train", "validation", "test"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(map(json.dumps, rows)))
    return path
