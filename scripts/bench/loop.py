"""Loop: training with default logging against a hand-written PyTorch loop, epoch by epoch.

python scripts/bench/loop.py                       # steps of about 5 ms and 20 ms; and loop.json
python scripts/bench/loop.py --step-ms 5 --logger none

Both loops train the same model on the same batches in one process, in turn: ours runs an epoch
(with csv and offline W&B, the callbacks, and the bar drawn as on a terminal), then the other one
the same batches. Set-up, validation and checkpoints stay out of the times; the other loop has none.
"""

import argparse
import copy
import io
import json
import statistics
import tempfile
import time
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from lightning_contrast import build
from lightning_contrast.entry import conf_directory
from lightning_contrast.loggers import close_loggers, log_config
from lightning_contrast.quiet import quieten

CLASSES, PIXELS, BATCH = 10, 28, 80
WIDTHS = (2, 4, 8, 12, 16, 24, 32, 48, 64, 96)  # of the encoder's first stage


def supcon(x: Tensor, label: Tensor, temperature: float) -> Tensor:
    """Supervised contrastive loss, as one writes it down."""
    itself = torch.eye(len(x), dtype=torch.bool)
    positive = (label[:, None] == label[None]) & ~itself
    log_p = (x @ x.T / temperature).masked_fill(itself, -1e9).log_softmax(1)
    return -((log_p * positive).sum(1) / positive.sum(1).clamp_min(1)).mean()


class HandWritten:
    """The loop that ours is compared with: model, optimizer, schedule, and nothing else."""

    def __init__(self, module: Any, datamodule: Any, steps: int) -> None:
        self.encoder, self.projector, self.head = (
            copy.deepcopy(part).train() for part in (module.encoder, module.projector, module.head)
        )
        parts = nn.ModuleList([self.encoder, self.projector, self.head])
        matrices = [p for p in parts.parameters() if p.ndim > 1]
        vectors = [p for p in parts.parameters() if p.ndim <= 1]
        settings = [{"params": matrices}, {"params": vectors, "weight_decay": 0.0}]
        self.optimizer = module.optimizer(settings)
        decay = torch.optim.lr_scheduler.LinearLR(self.optimizer, 1.0, 0.01, steps)
        self.schedule, self.temperature = decay, module.contrast.loss.temperature
        labelled = datamodule.splits.labelled
        self.images = labelled.raw[np.arange(len(labelled.label))]
        self.label = torch.from_numpy(labelled.label)
        self.mean, self.std = datamodule.mean[0], datamodule.std[0]

    def epoch(self, batches: list[Tensor]) -> None:
        for index in batches:
            label = self.label[index]
            images = (self.images[index].float() / 255 - self.mean) / self.std
            features = self.encoder(images)
            embedding = normalize(self.projector(features), dim=1)
            loss = supcon(embedding, label, self.temperature)
            loss = loss + cross_entropy(self.head.linear(features), label)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.schedule.step()


class Clock:
    """CPU seconds of all threads of this process, and seconds on the wall."""

    def __init__(self) -> None:
        self.cpu, self.wall = time.process_time(), time.perf_counter()

    def read(self) -> tuple[float, float]:
        return time.process_time() - self.cpu, time.perf_counter() - self.wall


class InTurn(Callback):
    """Times an epoch of ours, then lets the hand-written loop run its batches."""

    def __init__(self, other: HandWritten) -> None:
        self.other = other
        self.ours: list[tuple[float, float]] = []
        self.theirs: list[tuple[float, float]] = []

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.batches: list[Tensor] = []
        self.clock = Clock()

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        self.batches.append(batch.anchor.index)

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.ours.append(self.clock.read())

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        clock = Clock()
        self.other.epoch(self.batches)
        self.theirs.append(clock.read())


class Terminal(io.StringIO):
    """Takes the progress bar."""

    def isatty(self) -> bool:
        return True


def write_images(folder: Path, rows: int) -> None:
    """Noise in MNIST's format: the time of a step does not depend on what is in a picture."""
    generator = np.random.default_rng(0)
    for part, count in (("train", rows), ("t10k", 100)):
        images = generator.integers(0, 256, (count, PIXELS, PIXELS), dtype=np.uint8)
        label = (np.arange(count) % CLASSES).astype(np.uint8)
        for name, array in (("images-idx3", images), ("labels-idx1", label)):
            head = np.array([0x800 + array.ndim, *array.shape], dtype=">i4").tobytes()
            (folder / f"{part}-{name}-ubyte").write_bytes(head + array.tobytes())


def set_up(folder: Path, width: int, epochs: int, logger: str) -> tuple[dict, Any, Any]:
    """Config, data module and module of a run with the default recipe."""
    overrides = ["modality=image", "source=idx", f"source.folder={folder}", "view=identity"]
    overrides += [f"datamodule.batch_size={BATCH}", f"trainer.max_epochs={epochs}", "name=bench"]
    overrides += [f"encoder.widths=[{width},{2 * width},{4 * width}]", "encoder.patch=4"]
    with initialize_config_dir(str(conf_directory()), version_base="1.3"):
        composed = compose("train", [*overrides, f"logger={logger}"])
    config: Any = OmegaConf.to_container(composed, resolve=True)
    datamodule = build.build_datamodule(config)
    return config, datamodule, build.build_module(config, datamodule)


def width_for(step_ms: float, folder: Path) -> int:
    """The encoder's width with which a hand-written step takes nearest to ``step_ms``."""
    taken = {}
    for width in WIDTHS:
        _, datamodule, module = set_up(folder, width, 1, "none")
        loop = HandWritten(module, datamodule, 100)
        batches = [torch.arange(BATCH)] * 20
        loop.epoch(batches)
        clock = Clock()
        loop.epoch(batches)
        taken[width] = 1e3 * clock.read()[0] / len(batches)
        if taken[width] > step_ms:
            break
    return min(taken, key=lambda width: abs(taken[width] - step_ms))


def compare(step_ms: float, epochs: int, steps: int, logger: str) -> dict[str, Any]:
    """Medians over all epochs but the first."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_images(folder, 1000)
        width = width_for(step_ms, folder)
        write_images(folder, int(BATCH * steps / 0.9) + CLASSES)
        with redirect_stderr(Terminal()):
            config, datamodule, module = set_up(folder, width, epochs + 1, logger)
            in_turn = InTurn(HandWritten(module, datamodule, steps * (epochs + 1)))
            loggers = build.build_loggers(config, folder)
            callbacks = [*build.build_callbacks(config, folder), in_turn]
            trainer = build.build_trainer(config, folder, loggers, callbacks)
            log_config(loggers, config)
            trainer.fit(module, datamodule)
            close_loggers(loggers)
    taken = len(in_turn.batches)
    both = list(zip(in_turn.ours, in_turn.theirs, strict=True))[1:]
    return {
        "aim_ms": step_ms,
        "batch": BATCH,
        "width": width,
        "steps": taken,
        "logger": logger,
        "hand_written_ms": 1e3 * statistics.median(theirs[0] for _, theirs in both) / taken,
        "ours_ms": 1e3 * statistics.median(ours[0] for ours, _ in both) / taken,
        "ratio_cpu": statistics.median(ours[0] / theirs[0] for ours, theirs in both),
        "ratio_wall": statistics.median(ours[1] / theirs[1] for ours, theirs in both),
        "ratios_cpu": [ours[0] / theirs[0] for ours, theirs in both],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--step-ms", type=float, nargs="+", default=[5.0, 20.0])
    parser.add_argument("--logger", default="default", help="a choice of conf/logger")
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--steps", type=int, default=200, help="of an epoch")
    parser.add_argument("--json", type=Path, default=Path("loop.json"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    quieten()
    records = []
    print("aimed at   width   hand-written      ours   of hand-written (CPU)   (wall)")
    for step_ms in options.step_ms:
        record = compare(step_ms, options.epochs, options.steps, options.logger)
        records.append(record)
        print(
            f"{step_ms:5.0f} ms {record['width']:7d} {record['hand_written_ms']:11.2f} ms "
            f"{record['ours_ms']:6.2f} ms {record['ratio_cpu']:23.3f} {record['ratio_wall']:8.3f}",
            flush=True,
        )
    options.json.write_text(json.dumps({"torch": torch.__version__, "records": records}, indent=1))


if __name__ == "__main__":
    main()
