"""Places and organisations tagged from 5 or 20 examples; other types of names are trained.

python experiments/entities/few_shot.py --seeds 0 1 2

Training is what few_shot.yaml does. A draw is a set of training sentences with so many spans of
each new type; test sentences are tagged by the nearest token of these, or by class means with a
threshold. Every result is a line of --output; the table is made of all lines there.
"""

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from pytorch_lightning import seed_everything
from torch.nn.functional import normalize

from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.config.folder import conf_directory
from lightning_contrast.data.tags import Tags
from lightning_contrast.heads.prototype_tagger import PrototypeTagger
from lightning_contrast.metrics.decode import best_tags
from lightning_contrast.metrics.spans import span_scores
from lightning_contrast.runtime.quiet import quieten
from lightning_contrast.sources.peoples_daily import PeoplesDaily

HERE = Path(__file__).parent.resolve()
TAGGER = ["head=tagger", "module.contrast_weight=0"]
ARMS: dict[str, list[str] | None] = {"untrained": None, "cross_entropy": TAGGER, "contrast": []}
SHOTS, TESTED, TEMPERATURE = (5, 20), 500, 0.1


def network_of(arm: str, seed: int, more: list[str]) -> tuple[Any, float]:
    """The network after training on the known types, and the CPU seconds that took."""
    search = f"hydra.searchpath=[file://{conf_directory()}]"
    with initialize_config_dir(str(HERE), version_base="1.3"):
        run = compose("few_shot", [search, f"seed={seed}", *(ARMS[arm] or []), *more])
    config: Any = OmegaConf.to_container(run, resolve=True, throw_on_missing=True)
    seed_everything(seed, verbose=False)
    datamodule = build_datamodule(config)
    module = build_module(config, datamodule)
    start = time.process_time()
    if ARMS[arm] is not None:
        build_trainer(config, Path("runs"), [], []).fit(module, datamodule)
    return module.network.eval(), time.process_time() - start


class Places:
    """The features of the tokens of sentences, and their tags of the new types."""

    def __init__(self, network: Any) -> None:
        self.network = network
        self.rows = PeoplesDaily(types=["ns", "nt"]).load()
        tokenizer = network.preprocess
        self.tags = Tags(tokenizer, self.rows.raw, self.rows.spans, self.rows.classes)  # type: ignore

    def of(self, rows: np.ndarray) -> tuple[torch.Tensor, torch.Tensor, list[int]]:
        """Features ``(R, f)``, tags ``(R,)`` and the tokens of each sentence."""
        label = torch.from_numpy(self.tags(rows))
        texts = [self.rows.raw[row] for row in rows]
        features = self.network.encode_as_trained(self.network.preprocess.batch(texts))
        return features[label >= 0], label[label >= 0], (label >= 0).sum(1).tolist()

    def draw(self, shots: int, seed: int) -> np.ndarray:
        """Training sentences, one after another, until each type has so many spans."""
        spans, random = self.rows.spans, np.random.default_rng(seed)
        counts = {1: 0, 3: 0}
        taken: list[int] = []
        for row in random.permutation(np.flatnonzero(self.rows.split == 0)).tolist():
            low, high = np.searchsorted(spans.row, [row, row + 1])  # type: ignore[union-attr]
            kinds = spans.label[low:high].tolist()  # type: ignore[union-attr]
            if any(counts[kind] < shots for kind in kinds):
                taken.append(row)
                for kind in kinds:
                    counts[kind] += 1
            if min(counts.values()) >= shots:
                break
        return np.array(taken)


def nearest(support: torch.Tensor, label: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
    """The cosine to the nearest token of each tag, as logits ``(R, tags)``."""
    cosine = normalize(features) @ normalize(support).T
    found = [cosine[:, label == tag] for tag in range(5)]
    return torch.stack([c.amax(1) if c.shape[1] else c.new_full((len(c),), -1) for c in found], 1)


@torch.inference_mode()
def judged(places: Places, draws: int, seed: int) -> list[dict[str, Any]]:
    """Strict F1 of every draw."""
    test = np.flatnonzero(places.rows.split == 2)
    test = np.random.default_rng(0).choice(test, TESTED, replace=False)
    features, label, sizes = places.of(test)
    names = np.array(places.rows.classes)

    def f1(logits: torch.Tensor) -> float:
        guess = [names[t].tolist() for t in best_tags(logits / TEMPERATURE, sizes, list(names))]
        gold = [names[part.numpy()].tolist() for part in label.split(sizes)]
        return 100 * span_scores(gold, guess)["span_f1"]

    lines = []
    for shots in SHOTS:
        for draw in range(draws):
            own, tags, _ = places.of(places.draw(shots, 1000 * seed + draw))
            head = PrototypeTagger(own.shape[1], 5, temperature=1.0)
            head.fit(own, tags)
            found = {"nearest": f1(nearest(own, tags, features)), "means": f1(head(features))}
            lines.append({"shots": shots, "draw": draw, **found})
    return lines


def table(lines: list[dict[str, Any]]) -> str:
    """Mean and deviation over seeds of the mean over draws."""
    columns = [(shots, how) for shots in SHOTS for how in ("nearest", "means")]
    shown = ["| | " + " | ".join(f"{s} shots, {how}" for s, how in columns) + " |"]
    shown.append("|---" * (len(columns) + 1) + "|")
    for arm in dict.fromkeys(line["arm"] for line in lines):
        cells = []
        for shots, how in columns:
            own = [line for line in lines if line["arm"] == arm and line["shots"] == shots]
            seeds = sorted({line["seed"] for line in own})
            means = [statistics.mean(x[how] for x in own if x["seed"] == seed) for seed in seeds]
            spread = f" ± {statistics.stdev(means):.1f}" if len(means) > 1 else ""
            cells.append(f"{statistics.mean(means):.1f}{spread}")
        shown.append(f"| {arm} | {' | '.join(cells)} |")
    return "\n".join(shown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=list(ARMS), default=list(ARMS))
    parser.add_argument("--output", type=Path, default=Path("runs/entities/few_shot.jsonl"))
    parser.add_argument("more", nargs="*", help="further overrides of few_shot.yaml")
    options = parser.parse_args()
    quieten()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    for seed in options.seeds:
        for arm in options.only:
            network, spent = network_of(arm, seed, options.more)
            lines = judged(Places(network), options.draws, seed)
            with options.output.open("a") as file:
                for line in lines:
                    told = {"arm": arm, "seed": seed, "cpu_seconds": spent, **line}
                    file.write(json.dumps(told) + "\n")
    print(table([json.loads(line) for line in options.output.read_text().splitlines()]))


if __name__ == "__main__":
    main()
