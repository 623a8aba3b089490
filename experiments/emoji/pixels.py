"""The plain baseline: the nearest training picture, in 16 x 16 pixels.

A test picture is as near to a name as to the nearest training picture of that concept. From the
root of the project: python -m experiments.emoji.pixels [FOLDER of the emoji]
"""

import sys

import numpy as np
import torch

from lightning_contrast.metrics.cross_retrieval import cross_retrieval
from lightning_contrast.sources.emoji import Emoji

SIDE = 16


def main(path: str) -> None:
    rows = Emoji(path=path, test_vendor="twitter", size=SIDE).load()
    images = rows.raw.parts["image"]  # type: ignore[union-attr]
    known = torch.from_numpy(rows.identity[: len(images)])
    side = rows.split[: len(images)]
    pixels = images[np.arange(len(images))].flatten(1).float()
    train, test = np.flatnonzero(side != 2), np.flatnonzero(side == 2)
    near = -torch.cdist(pixels[test], pixels[train])
    names = known[train].unique()
    best = torch.stack([near[:, known[train] == name].amax(1) for name in names], 1)
    for way, similarity in (("picture to text", best), ("text to picture", best.T)):
        asked, found = (known[test], names) if similarity is best else (names, known[test])
        scores = cross_retrieval(similarity, torch.eye(similarity.shape[1]), asked, found)
        print(f"{way}: " + ", ".join(f"recall@{k} {scores[f'recall_at_{k}']:.4f}" for k in (1, 10)))


if __name__ == "__main__":
    main(*sys.argv[1:] or ["data/emoji"])
