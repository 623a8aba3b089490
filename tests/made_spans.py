"""Sentences with names in them: a made source with spans."""

import json
from pathlib import Path

import numpy as np

NAMES = {"animal": ["cat", "hen", "fox"], "place": ["Rome", "New York", "Oslo"]}
WORDS = ["the", "runs", "in", "and", "sees", "of", "old", "near"]


def write_spans(path: Path, rows: int = 60) -> Path:
    """JSON lines; every sentence has other words, each third no span."""
    random = np.random.default_rng(0)
    lines = []
    for row in range(rows):
        text, spans = f"{row}", []
        for place in range(8):
            text += " "
            if row % 3 and place in (2, 5):
                kind = ["animal", "place"][(row + place) % 2]
                name = str(random.choice(NAMES[kind]))
                spans.append({"start": len(text), "end": len(text) + len(name), "label": kind})
                text += name
            else:
                text += str(random.choice(WORDS))
        lines.append(json.dumps({"text": text, "spans": spans}))
    path.write_text("\n".join(lines))
    return path


def write_newspaper(folder: Path, rows: int = 2600) -> Path:
    """The file of ``source=peoples_daily``, made: each sentence has a name of two types."""
    kinds = {"nr": "王李张", "ns": "京沪港", "nt": "党会社", "t": "年月日", "nz": "甲乙丙"}
    types = list(kinds)
    lines = []
    for row in range(rows):
        text, spans = f"{row}", []
        for kind in (types[row % 5], types[(row + 1) % 5]):
            text += "在"
            name = 2 * kinds[kind][row % 3]
            spans.append({"start": len(text), "end": len(text) + 2, "label": kind})
            text += name
        side = ("train", "train", "train", "validation", "test")[row // 5 % 5]
        lines.append(json.dumps({"text": text, "spans": spans, "split": side}))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sentences.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder
