"""Loop: training with default logging against a hand-written PyTorch loop, epoch by epoch.

python scripts/bench/loop.py                       # steps of about 5 ms and 20 ms; and loop.json
python scripts/bench/loop.py --step-ms 5 --logger none

Both loops train the same model on the same batches in one process, in turn: ours runs an epoch
(with csv and offline W&B, the callbacks, and the bar drawn as on a terminal), then the other one
the same batches. Set-up, validation and checkpoints stay out of the times; the other loop has none.

Then what logging costs: ours with everything on (csv, W&B, TensorBoard, the health of gradient and
embedding, the bar) against ours with no logger, no health and no bar, again an epoch each in turn.
"""

import argparse
import io
import json
import statistics
import tempfile
import time
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import torch
from hand_written import CLASSES, HandWritten, write_images
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from lightning_contrast.build import parts as build
from lightning_contrast.config.folder import conf_directory
from lightning_contrast.loggers.make import close_loggers, logging_to
from lightning_contrast.runtime.quiet import quieten

BATCH = 80
# Residual blocks a stage, and width of the first stage: each takes longer than the one before.
SIZES = tuple((0, w) for w in (8, 16, 24, 32, 40)) + tuple((1, w) for w in (12, 16, 24, 32, 48, 64))
EVERYTHING = "[csv,wandb,tensorboard]"


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


def set_up(
    folder: Path, size: tuple[int, int], epochs: int, logger: str, *more: str
) -> tuple[dict, Any, Any]:
    """Config, data module and module of a run with the default recipe."""
    blocks, width = size
    overrides = ["modality=image", "source=idx", f"source.folder={folder}", "view=identity"]
    overrides += [f"datamodule.batch_size={BATCH}", f"trainer.max_epochs={epochs}", "name=bench"]
    overrides += [f"encoder.widths=[{width},{2 * width},{4 * width}]", "encoder.patch=4"]
    overrides += [f"encoder.blocks={blocks}", *more]
    with initialize_config_dir(str(conf_directory()), version_base="1.3"):
        composed = compose("train", [*overrides, f"logger={logger}"])
    config: Any = OmegaConf.to_container(composed, resolve=True)
    datamodule = build.build_datamodule(config)
    return config, datamodule, build.build_module(config, datamodule)


def size_for(step_ms: float, folder: Path) -> tuple[int, int]:
    """The size of the encoder with which a hand-written step takes nearest to ``step_ms``."""
    taken: dict[tuple[int, int], float] = {}
    for size in SIZES:
        _, datamodule, module = set_up(folder, size, 1, "none")
        loop = HandWritten(module, datamodule, 100)
        batches = [torch.arange(BATCH)] * 20
        loop.epoch(batches)
        times = []
        for _ in range(3):
            clock = Clock()
            loop.epoch(batches)
            times.append(1e3 * clock.read()[0] / len(batches))
        taken[size] = min(times)
        if taken[size] > 1.3 * step_ms:
            break
    return min(taken, key=lambda size: abs(taken[size] - step_ms))


def compare(folder: Path, size: tuple[int, int], epochs: int, steps: int, logger: str) -> dict:
    """Ours against the hand-written loop: medians over all epochs but the first."""
    with redirect_stderr(Terminal()):
        config, datamodule, module = set_up(folder, size, epochs + 1, logger)
        in_turn = InTurn(HandWritten(module, datamodule, steps * (epochs + 1)))
        loggers = build.build_loggers(config, folder)
        callbacks = [*build.build_callbacks(config, folder), in_turn]
        trainer = build.build_trainer(config, folder, loggers, callbacks)
        with logging_to(loggers, config):
            trainer.fit(module, datamodule)
    return {"logger": logger, **figures(in_turn.ours, in_turn.theirs, len(in_turn.batches))}


class Timed(Callback):
    """Times the epochs of a run, validation left out."""

    def __init__(self) -> None:
        self.taken: list[tuple[float, float]] = []

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.clock = Clock()

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.taken.append(self.clock.read())


def cost_of_logging(folder: Path, size: tuple[int, int], epochs: int, steps: int) -> dict:
    """Ours with everything on against ours with nothing on, an epoch each in turn."""
    runs = []
    with redirect_stderr(Terminal()):
        for name, logger, more in (
            ("on", EVERYTHING, ()),
            ("off", "none", ("~callbacks.health", "~callbacks.progress")),
        ):
            config, datamodule, module = set_up(folder, size, 1, logger, *more)
            loggers, timed = build.build_loggers(config, folder / name), Timed()
            callbacks = [*build.build_callbacks(config, folder / name), timed]
            trainer = build.build_trainer(config, folder / name, loggers, callbacks)
            runs.append((trainer, module, datamodule, loggers, timed))
        for epoch in range(epochs + 1):
            for trainer, module, datamodule, _, _ in runs:
                trainer.fit_loop.max_epochs = epoch + 1
                trainer.fit(module, datamodule)
        for *_, loggers, _ in runs:
            close_loggers(loggers)
    on, off = (run[-1].taken for run in runs)
    return figures(on, off, steps)


def figures(ours: list, theirs: list, steps: int) -> dict[str, Any]:
    """Milliseconds a step, and ratios: medians over all epochs but the first."""
    both = list(zip(ours, theirs, strict=True))[1:]
    return {
        "steps": steps,
        "theirs_ms": 1e3 * statistics.median(b[0] for _, b in both) / steps,
        "ours_ms": 1e3 * statistics.median(a[0] for a, _ in both) / steps,
        "ratio_cpu": statistics.median(a[0] / b[0] for a, b in both),
        "ratio_wall": statistics.median(a[1] / b[1] for a, b in both),
        "ratios_cpu": [a[0] / b[0] for a, b in both],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--step-ms", type=float, nargs="+", default=[5.0, 20.0])
    parser.add_argument("--logger", default="default", help="a choice of conf/logger")
    parser.add_argument("--against", nargs="+", choices=["hand", "off"], default=["hand", "off"])
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--steps", type=int, default=200, help="of an epoch")
    parser.add_argument("--json", type=Path, default=Path("loop.json"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    quieten()
    records = []
    print("aimed at   blocks, width   what against what          theirs        ours   CPU    wall")
    for step_ms in options.step_ms:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_images(folder, 1000)
            size = size_for(step_ms, folder)
            write_images(folder, int(BATCH * options.steps / 0.9) + CLASSES)
            found = {}
            if "hand" in options.against:
                run = (folder, size, options.epochs, options.steps, options.logger)
                found["ours / hand-written"] = compare(*run)
            if "off" in options.against:
                run_off = (folder, size, options.epochs, options.steps)
                found["everything on / off"] = cost_of_logging(*run_off)
        for what, record in found.items():
            records.append(
                {"what": what, "aim_ms": step_ms, "batch": BATCH, "size": size, **record}
            )
            ratios = f"{record['ratio_cpu']:6.3f} {record['ratio_wall']:6.3f}"
            times = f"{record['theirs_ms']:10.2f} ms {record['ours_ms']:8.2f} ms"
            print(f"{step_ms:5.0f} ms {size!s:>14}   {what:20} {times} {ratios}", flush=True)
    options.json.write_text(json.dumps({"torch": torch.__version__, "records": records}, indent=1))


if __name__ == "__main__":
    main()
