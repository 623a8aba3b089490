"""Samplers: an epoch against torch.randperm and pytorch-metric-learning's MPerClassSampler.

python scripts/bench/samplers.py          # 1M and 10M labels; a table, and samplers.json
python scripts/bench/samplers.py --samplers class_balanced --rounds 21 --large 0
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from lightning_contrast.config.construct import construct
from lightning_contrast.config.folder import conf_directory

NAMES = sorted(path.stem for path in (conf_directory() / "sampler").glob("*.yaml"))
EACH = 4  # rows a class of the peer's batch, and the fewest of ours
# Without fixed thresholds glibc keeps what was freed, and the high-water mark counts it twice.
RETURN = os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}


def zipf(rows: int, classes: int) -> np.ndarray:
    """Labels, class c as frequent as 1 / (c + 1)."""
    share = 1 / np.arange(1, classes + 1)
    edges = (np.cumsum(share / share.sum()) * rows).round().astype(np.int64)
    labels = np.repeat(np.arange(classes), np.diff(edges, prepend=0))
    np.random.default_rng(0).shuffle(labels)
    return labels


def made(name: str, labels: np.ndarray, batch: int) -> Any:
    """A sampler with the defaults of its YAML; 20 classes a super-class, 1 % of rows are copies.

    Those that follow the embedding have not seen it: an epoch is what it costs beside the search.
    """
    config = yaml.safe_load((conf_directory() / "sampler" / f"{name}.yaml").read_text())
    extra = {}
    if name == "hierarchical":
        extra["groups"] = labels // 20
    if name == "no_duplicates":
        extra["content"] = np.arange(len(labels))
        extra["content"][:: len(labels) // min(100, len(labels))] = 0
        extra["content"][1::100] = np.arange(2, len(labels) + 1, 100)[: len(labels[1::100])]
    if name == "similar_length":
        extra["lengths"] = np.random.default_rng(0).integers(5, 500, len(labels))
    return construct(config, "sampler", labels=labels, batch_size=batch, **extra)


def epoch(stream: Any) -> None:
    for _ in stream:
        pass


def peer(labels: np.ndarray, batch: int) -> Any:
    from pytorch_metric_learning.samplers import MPerClassSampler

    return MPerClassSampler(labels, EACH, batch, length_before_new_iter=len(labels))


def seconds_of(step: Callable[[], object]) -> float:
    start = time.process_time()
    step()
    return time.process_time() - start


def timed(steps: Mapping[str, Callable[[], object]], rows: int, rounds: int) -> list[dict]:
    """Medians over rounds; each step is divided by a randperm that ran just before it."""
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
    for turn in range(rounds + 1):
        for name, step in steps.items():
            if name == "MPerClassSampler" and turn > 2:  # it takes seconds
                continue
            pair = seconds_of(lambda: torch.randperm(rows)), seconds_of(step)
            if turn:  # the first one warms up
                seconds[name].append(pair)
    return [
        {
            "sampler": name,
            "rows": rows,
            "milliseconds": 1e3 * statistics.median(own for _, own in pairs),
            "randperm_milliseconds": 1e3 * statistics.median(base for base, _ in pairs),
            "ratio": statistics.median(own / base for base, own in pairs),
        }
        for name, pairs in seconds.items()
    ]


def fresh(name: str, rows: int, classes: int, batch: int) -> dict[str, float]:
    """Seconds and bytes beyond the labels of a first epoch, in a process of its own."""
    words = (sys.executable, __file__, "--memory", name, str(rows), str(classes), str(batch))
    done = subprocess.run(words, env=RETURN, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def measure(name: str, rows: int, classes: int, batch: int) -> dict[str, float]:
    epoch(made(name, zipf(classes * 100, classes), batch))  # imports and such
    labels = zipf(rows, classes)
    found: dict[str, float] = {}
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    start = time.process_time()
    sampler = made(name, labels, batch)
    found["init_seconds"] = time.process_time() - start
    found["init_mb"] = (_status("VmHWM") - before) / 1e6
    found["kept_mb"] = (_status("VmRSS") - before) / 1e6
    Path("/proc/self/clear_refs").write_text("5")
    found["epoch_seconds"] = seconds_of(lambda: epoch(sampler))
    found["epoch_mb"] = (_status("VmHWM") - before) / 1e6
    return found


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return 1024 * int(line.split()[1])
    raise LookupError(field)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samplers", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--large", type=int, default=10_000_000, help="0: leave it out")
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, default=Path("samplers.json"))
    parser.add_argument("--memory", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.memory:
        name, *numbers = options.memory
        print(json.dumps(measure(name, *map(int, numbers))))
        return
    labels = zipf(options.rows, options.classes)
    steps = {name: made(name, labels, options.batch) for name in options.samplers}
    steps["MPerClassSampler"] = peer(labels, options.batch)
    walks = {name: partial(epoch, stream) for name, stream in steps.items()}
    epochs = timed(walks, options.rows, options.rounds)
    theirs = epochs[-1]["milliseconds"]
    print(f"one thread, {options.rows} labels, {options.classes} Zipf classes, B={options.batch}")
    print("sampler               epoch ms  of randperm  peer / it")
    for found in epochs:
        found["peer_ratio"] = theirs / found["milliseconds"]
        print(
            f"{found['sampler']:20s} {found['milliseconds']:9.1f} {found['ratio']:12.2f} "
            f"{found['peer_ratio']:10.0f}"
        )
    large = []
    if options.large:
        print(f"{options.large} labels, a fresh process; MB beyond the labels")
        print("sampler               init s  peak MB  epoch s  peak MB")
    for name in options.samplers if options.large else []:
        found = fresh(name, options.large, options.classes, options.batch)
        large.append({"sampler": name, "rows": options.large, **found})
        print(
            f"{name:20s} {found['init_seconds']:7.2f} {found['init_mb']:8.0f} "
            f"{found['epoch_seconds']:8.2f} {found['epoch_mb']:8.0f}",
            flush=True,
        )
    result = {"torch": torch.__version__, "numpy": np.__version__, "threads": 1}
    options.json.write_text(json.dumps(result | {"epochs": epochs, "large": large}, indent=1))


if __name__ == "__main__":
    main()
