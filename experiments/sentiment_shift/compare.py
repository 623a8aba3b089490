"""Trained on sentences about films, judged on those and on three domains that training never saw.

python experiments/sentiment_shift/compare.py --seeds 0 1 2
python experiments/sentiment_shift/compare.py --only supcon --seeds 0

Training is what run.yaml does. The sentences are judged in the order of their length and in
bfloat16, which takes a quarter of the time of `lightning-contrast train`. Every result is a line of
--output; the table is made of all lines there.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from pytorch_lightning import seed_everything
from sklearn.metrics import balanced_accuracy_score

from lightning_contrast.build.parts import (
    build_callbacks,
    build_datamodule,
    build_module,
    build_trainer,
)
from lightning_contrast.config.folder import conf_directory
from lightning_contrast.evaluation.other_rows import other_rows
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.modules.checkpoint import restore
from lightning_contrast.runtime.quiet import quieten

HERE = Path(__file__).parent.resolve()
ONCE = ("tfidf", "frozen")  # have no seed
TRAINED = {"cross_entropy": ["module.contrast_weight=0.0"], "supcon": []}
Predict = Callable[[list[str]], np.ndarray]


def composed(*overrides: str) -> dict[str, Any]:
    """The resolved config of run.yaml."""
    search = f"hydra.searchpath=[file://{conf_directory()}]"
    with initialize_config_dir(str(HERE), version_base="1.3"):
        run = compose("run", [search, "name=sentiment_shift", *overrides])
    return OmegaConf.to_container(run, resolve=True, throw_on_missing=True)


def features(network: Any, texts: list[str]) -> torch.Tensor:
    """Encoder features, the shortest texts first: hardly any padding."""
    order = np.argsort([len(text) for text in texts])
    found = torch.zeros(len(texts), network.encoder.out_features)
    for start in range(0, len(order), 64):
        rows = order[start : start + 64]
        with torch.autocast("cpu", torch.bfloat16):
            found[rows] = network.features([texts[row] for row in rows])
    return found


def trained(config: dict[str, Any], module: Any, datamodule: Any) -> Predict:
    """The best of the epochs on validation, as `lightning-contrast train` keeps it."""
    with tempfile.TemporaryDirectory() as folder:
        callbacks = build_callbacks(config, Path(folder))
        build_trainer(config, Path(folder), [], callbacks).fit(module, datamodule)
        restore(module.network, Path(folder) / "checkpoints" / "best.ckpt")
    network = module.network
    return lambda texts: network.head(features(network, texts)).argmax(1).numpy()


def frozen(network: Any, texts: list[str], label: np.ndarray) -> Predict:
    """Logistic regression on MiniLM as it comes; the penalty was chosen on validation."""
    network.head.inverse_penalty = 0.01
    network.head.fit(features(network, texts), torch.from_numpy(label))
    return lambda texts: network.head(features(network, texts)).argmax(1).numpy()


def tfidf(texts: list[str], label: np.ndarray) -> Predict:
    """Logistic regression on words and word pairs."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    return make_pipeline(words, LogisticRegression(C=10)).fit(texts, label).predict


@torch.inference_mode()
def judged(predict: Predict, parts: dict[str, tuple[list[str], np.ndarray]]) -> dict[str, float]:
    """Balanced accuracy of each part in percent."""
    return {
        name: 100 * float(balanced_accuracy_score(label, predict(texts)))
        for name, (texts, label) in parts.items()
    }


def run(method: str, seed: int) -> dict[str, Any]:
    """One line of the table, from nothing."""
    config = composed("quiet=true", f"seed={seed}", *TRAINED.get(method, []))
    seed_everything(seed, verbose=False)
    datamodule = build_datamodule(config)
    module = build_module(config, datamodule)
    subject = Subject(module.network, datamodule, config, HERE)
    rows, splits = subject.rows, datamodule.splits

    def part(labelled: Any, index: np.ndarray) -> tuple[list[str], np.ndarray]:
        return [labelled.raw[row] for row in index], labelled.label[index]

    parts = {name: part(rows, getattr(splits, name)) for name in ("validation", "test")}
    for name, other in config["protocols"]["shift"]["sources"].items():
        found = other_rows(subject, other, name, most=20000)
        parts[name] = part(found.source, found.rows)
    start = time.process_time()
    if method == "tfidf":
        predict = tfidf(*part(rows, splits.train))
    elif method == "frozen":
        predict = frozen(module.network, *part(rows, splits.train))
    else:
        predict = trained(config, module, datamodule)
    spent = time.process_time() - start
    figures = judged(predict, parts)
    foreign = statistics.mean(figures[name] for name in config["protocols"]["shift"]["sources"])
    line = {"method": method, "seed": seed, **figures, "foreign": foreign}
    return {**line, "fit_cpu_seconds": spent}


def table(lines: list[dict[str, Any]]) -> str:
    """Mean and standard deviation of every column, a method a row."""
    names = [name for name in lines[0] if name not in ("method", "seed")]
    shown = [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for method in dict.fromkeys(line["method"] for line in lines):
        cells = []
        for name in names:
            values = [line[name] for line in lines if line["method"] == method]
            spread = f" ± {statistics.stdev(values):.2f}" if len(values) > 1 else ""
            cells.append(f"{statistics.mean(values):.2f}{spread}")
        shown.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(shown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", choices=[*ONCE, *TRAINED], default=[*ONCE, *TRAINED])
    parser.add_argument("--output", type=Path, default=Path("runs/sentiment_shift.jsonl"))
    options = parser.parse_args()
    quieten()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    for method in options.only:
        for seed in options.seeds[: 1 if method in ONCE else None]:
            line = json.dumps(run(method, seed))
            with options.output.open("a") as file:
                file.write(line + "\n")
    print(table([json.loads(line) for line in options.output.read_text().splitlines()]))


if __name__ == "__main__":
    main()
