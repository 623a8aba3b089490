"""Data path: batches of images and of texts against the plain ways; memory of a million rows.

python scripts/bench/data.py            # a table of ratios, and data.json
python scripts/bench/data.py --rows 1000000 --only memory

Interleaved in one process, one thread, medians. Images: 60,000 of 28 x 28, one epoch of batches in
random order, against indexing the tensor itself. Texts: 100,000 of 5 to 60 tokens, against a list
of tensors with ``pad_sequence``, and lists padded in Python. Memory: a data set of made texts on
disk, trained on in a fresh process; what it holds beyond its start.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from lightning_contrast.data.collate import FlatTokens, pad
from lightning_contrast.data.dataset import ContrastiveDataset
from lightning_contrast.data.loader import TrainingLoader
from lightning_contrast.files.images import InMemoryImages
from lightning_contrast.negatives.in_batch import InBatchNegatives
from lightning_contrast.positives.none import NoPositives
from lightning_contrast.samplers.shuffled import ShuffledSampler

BATCH = 128


def loader(inputs: Callable, rows: int) -> TrainingLoader:
    """Ours: sampler, data set and loader as in training."""
    label = np.zeros(rows, dtype=np.int64)
    rules = (NoPositives(), InBatchNegatives())
    dataset = ContrastiveDataset(inputs, label, np.arange(rows), *rules)
    return TrainingLoader(dataset, ShuffledSampler(label, BATCH, drop_last=False))


def epoch(batches: Any) -> None:
    for _ in batches:
        pass


def image_forms(rows: int) -> dict[str, Callable[[], None]]:
    images = torch.randint(0, 256, (rows, 1, 28, 28), dtype=torch.uint8)
    labels = torch.zeros(rows, dtype=torch.int64)
    ours = loader(InMemoryImages(images).__getitem__, rows)

    def indexed() -> None:
        for index in torch.randperm(rows).split(BATCH):
            images[index], labels[index]

    def collated() -> None:
        dataset = torch.utils.data.TensorDataset(images, labels)
        epoch(torch.utils.data.DataLoader(dataset, BATCH, shuffle=True))

    return {
        "tensor indexed": indexed,
        "ours": lambda: epoch(ours),
        "DataLoader, row by row": collated,
    }


def text_forms(rows: int) -> dict[str, Callable[[], None]]:
    random = np.random.default_rng(0)
    length = torch.from_numpy(random.integers(5, 61, rows))
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), length.cumsum(0)])
    ids = torch.randint(1, 30000, (int(offsets[-1]),), dtype=torch.int32)
    tensors: list[Tensor] = [part.long() for part in ids.split(length.tolist())]
    lists = [part.tolist() for part in tensors]
    tokens = FlatTokens(ids, offsets)
    ours = loader(lambda index: pad(tokens, torch.from_numpy(index)), rows)

    def padded() -> None:
        for index in torch.randperm(rows).split(BATCH):
            batch = pad_sequence([tensors[row] for row in index.tolist()], batch_first=True)
            batch.ne(0).long()

    def python() -> None:
        for index in torch.randperm(rows).split(BATCH):
            batch = [lists[row] for row in index.tolist()]
            width = max(map(len, batch))
            torch.tensor([row + [0] * (width - len(row)) for row in batch])
            torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in batch])

    return {
        "list of tensors, pad_sequence": padded,
        "ours": lambda: epoch(ours),
        "lists, padded in Python": python,
    }


def race(kind: str, forms: dict[str, Callable[[], None]], rounds: int) -> list[dict[str, Any]]:
    """Milliseconds an epoch; the ratio is to the first form."""
    times: dict[str, list[float]] = {name: [] for name in forms}
    for turn in range(rounds + 1):
        for name, form in forms.items():
            start = time.process_time()
            form()
            if turn:  # the first is a warm-up
                times[name].append(1e3 * (time.process_time() - start))
    first = statistics.median(next(iter(times.values())))
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    return [
        {"kind": kind, "form": name, "milliseconds": ms, "ratio": ms / first}
        for name, ms in medians.items()
    ]


def anonymous_mib() -> float:
    """Memory that is this process's own: the pages of a mapped file are not."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssAnon:")[1].split()[0]) / 1024


def train_from_disk(folder: str) -> None:
    """In a fresh process: an epoch on the texts of ``folder``; prints MiB beyond the start."""
    from hydra import compose, initialize_config_dir
    from omegaconf import OmegaConf

    from lightning_contrast.config.folder import conf_directory
    from lightning_contrast.runtime.quiet import quieten
    from lightning_contrast.training import process
    from lightning_contrast.training.run import train

    def run(name: str, output: str) -> None:
        overrides = ["source=hugging_face", f"source.name={folder}/{name}", "source.stream=true"]
        overrides += ["recipe=simcse", "trainer.max_epochs=1", "datamodule.batch_size=512"]
        overrides += ["trainer.limit_train_batches=100", "quiet=true", "logger=none", "name=bench"]
        with initialize_config_dir(str(conf_directory()), version_base="1.3"):
            config: Any = OmegaConf.to_container(compose("train", overrides), resolve=True)
        train(config, Path(folder) / output)

    quieten()
    run("small", "warm")  # imports and a first run are not the data's
    start, peak, done = anonymous_mib(), 0.0, threading.Event()
    trained, conclude = 0.0, process.conclude

    def after_training(*arguments: Any, **named: Any) -> Any:
        nonlocal trained
        trained = peak
        return conclude(*arguments, **named)

    process.conclude = after_training

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.05):
            peak = max(peak, anonymous_mib())

    watcher = threading.Thread(target=watch)
    watcher.start()
    clock = time.perf_counter()
    run("large", "run")
    done.set()
    watcher.join()
    found = {"training_mib": trained - start, "extra_mib": peak - start}
    print(json.dumps({**found, "seconds": time.perf_counter() - clock}))


def memory(rows: int) -> dict[str, Any]:
    """A million made texts of about 60 words on disk, and a run on them."""
    import datasets

    def write(count: int, folder: Path) -> None:
        random = np.random.default_rng(0)
        words = np.array([f"word{number}" for number in range(20000)])

        def texts() -> Any:
            for row in range(count):
                chosen = words[(20000 * random.random(random.integers(30, 91)) ** 3).astype(int)]
                yield {"text": " ".join(chosen), "label": row % 10}

        datasets.Dataset.from_generator(texts, cache_dir=str(folder / "cache")).save_to_disk(
            str(folder)
        )

    with tempfile.TemporaryDirectory() as name:
        datasets.disable_progress_bars()
        write(2000, Path(name) / "small")
        write(rows, Path(name) / "large")
        on_disk = sum(f.stat().st_size for f in (Path(name) / "large").glob("*.arrow"))
        command = [sys.executable, __file__, "--train-from", name]
        found = subprocess.run(command, capture_output=True, text=True, check=True)
        measured = json.loads(found.stdout.strip().splitlines()[-1])
    return {"kind": "memory", "rows": rows, "data_mib": on_disk / 2**20, **measured}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=1_000_000, help="on disk")
    parser.add_argument("--only", choices=["images", "texts", "memory"])
    parser.add_argument("--train-from", help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, default=Path("data.json"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.train_from:
        train_from_disk(options.train_from)
        return
    records = []
    for kind, forms, rows in (
        ("images", image_forms, options.images),
        ("texts", text_forms, options.texts),
    ):
        if options.only in (None, kind):
            print("rows     form                               ms an epoch  of the first")
            for record in race(kind, forms(rows), options.rounds):
                records.append(record)
                taken = f"{record['milliseconds']:11.1f} {record['ratio']:13.2f}"
                print(f"{kind:8s} {record['form']:34s} {taken}")
    if options.only in (None, "memory"):
        record = memory(options.rows)
        records.append(record)
        print(
            f"{record['rows']} texts, {record['data_mib']:.0f} MiB on disk: beyond its start a run "
            f"holds {record['training_mib']:.0f} MiB until it is trained, "
            f"{record['extra_mib']:.0f} MiB with the embeddings of its test, "
            f"{record['seconds']:.0f} s"
        )
    options.json.write_text(json.dumps({"torch": torch.__version__, "records": records}, indent=1))


if __name__ == "__main__":
    main()
