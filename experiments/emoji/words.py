"""Plain baseline for concepts never seen: the words of the nearest training pictures.

A picture has the words of its nearest training pictures, their names and keywords, by TF-IDF; names
are found by it and find it. From the root of the project:
python -m experiments.emoji.words [FOLDER of the emoji]
"""

import sys

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer

from experiments.emoji.pixels import SIDES
from lightning_contrast.data.prepare import prepare
from lightning_contrast.encoders.sketch import Sketch
from lightning_contrast.metrics.cross_retrieval import cross_retrieval
from lightning_contrast.sources.emoji import Emoji

NEAREST = 20
SHARES = (0.8, 0.1, 0.1)  # as in arms.yaml


def main(path: str) -> None:
    for kind, size in SIDES.items():
        splits = prepare(Emoji(path=path, fractions=SHARES, size=size))
        identity, parts = splits.labelled.identity, splits.labelled.raw.parts  # type: ignore[union-attr]
        texts = parts["text"]
        told: dict[int, list[str]] = {}  # name and keywords of a concept
        for owner, text in zip(identity[len(identity) - len(texts) :].tolist(), texts, strict=True):
            told.setdefault(owner, []).append(text)
        encode = Sketch(3) if kind != "pixels" else torch.nn.Flatten()
        rows = np.arange(len(parts["image"]))
        pictures = torch.from_numpy(np.asarray(parts["image"][rows])).float() / 255
        features = torch.cat([encode(part) for part in pictures.split(256)])
        train = splits.train
        tfidf = TfidfVectorizer(sublinear_tf=True, token_pattern=r"\w+")
        known = tfidf.fit_transform([", ".join(told[own]) for own in identity[train].tolist()])
        for side in ("validation", "test"):
            asked = getattr(splits, side)
            near = torch.cdist(features[asked], features[train]).topk(NEAREST, largest=False)
            said = np.stack([np.asarray(known[row].mean(0))[0] for row in near.indices.numpy()])
            owners = np.unique(identity[asked])
            names = tfidf.transform([told[own][0] for own in owners.tolist()]).toarray()
            similar = torch.from_numpy(said @ names.T).float()
            eye = torch.eye(len(owners))
            picture, name = map(torch.from_numpy, (identity[asked], owners))
            ways = {
                "picture to name": cross_retrieval(similar, eye, picture, name),
                "name to picture": cross_retrieval(similar.T, torch.eye(len(asked)), name, picture),
            }
            found = ", ".join(f"{way} {100 * s['recall_at_10']:.1f}" for way, s in ways.items())
            print(f"{kind}, {side}, {len(owners)} concepts: recall@10 {found}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:] or ["data/emoji"])
