"""Plain baselines: the nearest training picture, in 16 x 16 pixels, and by edges and colours.

A test picture is as near to a name as to the nearest training picture of that concept. From the
root of the project: python -m experiments.emoji.pixels [FOLDER of the emoji]
"""

import sys

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.encoders.sketch import Sketch
from lightning_contrast.metrics.cross_retrieval import cross_retrieval
from lightning_contrast.sources.emoji import Emoji

SIDES = {"pixels": 16, "edges and colours": 32}


def main(path: str) -> None:
    for kind, size in SIDES.items():
        rows = Emoji(path=path, test_vendor="twitter", size=size).load()
        images = rows.raw.parts["image"]  # type: ignore[union-attr]
        known = torch.from_numpy(rows.identity[: len(images)])
        side = rows.split[: len(images)]
        train, test = np.flatnonzero(side != 2), np.flatnonzero(side == 2)
        pictures = images[np.arange(len(images))].float() / 255
        encode = Sketch(3) if kind != "pixels" else torch.nn.Flatten()
        features = torch.cat([encode(part) for part in pictures.split(256)])
        show(kind, -torch.cdist(features[test], features[train]), known[test], known[train])


def show(kind: str, near: Tensor, asked: Tensor, owner: Tensor) -> None:
    """Prints recall both ways, a name being as near as the nearest picture of it."""
    names = owner.unique()
    best = torch.stack([near[:, owner == name].amax(1) for name in names], 1)
    pairs = {"picture to text": (best, asked, names), "text to picture": (best.T, names, asked)}
    for way, (similarity, query, gallery) in pairs.items():
        scores = cross_retrieval(similarity, torch.eye(similarity.shape[1]), query, gallery)
        recall = ", ".join(f"recall@{k} {scores[f'recall_at_{k}']:.4f}" for k in (1, 10))
        print(f"{kind}, {way}: {recall}")


if __name__ == "__main__":
    main(*sys.argv[1:] or ["data/emoji"])
