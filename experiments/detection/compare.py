"""Detection with a contrast and without, of new classes from ten examples, and after DenseCL.

python experiments/detection/compare.py --seeds 0 1 2

Every arm trains as run.yaml says, on smaller scenes and for the steps below, and is judged by
COCO's average precision on test scenes. Every result is a line of --output; the tables are made of
all lines there.
"""

import argparse
import json
import statistics
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from pytorch_lightning import seed_everything

from lightning_contrast.build.parts import build_datamodule, build_module, build_trainer
from lightning_contrast.config.folder import conf_directory
from lightning_contrast.data.boxed import boxed
from lightning_contrast.modules.checkpoint import pack
from lightning_contrast.protocols.boxes import mean_of
from lightning_contrast.runtime.quiet import quieten

HERE = Path(__file__).parent.resolve()
NOVEL = ["Dress", "Sneaker", "Bag"]
BASE = ["T-shirt/top", "Trouser", "Pullover", "Coat", "Sandal", "Shirt", "Ankle boot"]
PLAIN, CONTRAST = "module.contrast_weight=0", "module.contrast_weight=0.2"
SMALL = [
    *("source.size=32", "source.train=1500", "source.validation=100", "source.objects=[1,3]"),
    *("source.distractors=[0,2]", "source.sides=[0.35,0.6]", "trainer.max_epochs=1000"),
]
STEPS = {"full": 400, "base": 250, "new": 100, "dense": 150, "few": 150}
CELLS = ["recipe=dense", "encoder.widths=[32,64]", "encoder.blocks=2", "encoder.patch=2"]


def composed(seed: int, *overrides: str) -> dict[str, Any]:
    """The resolved config of run.yaml and overrides."""
    search = f"hydra.searchpath=[file://{conf_directory()}]"
    with initialize_config_dir(str(HERE), version_base="1.3"):
        run = compose("run", [search, f"seed={seed}", *SMALL, *overrides])
    return OmegaConf.to_container(run, resolve=True, throw_on_missing=True)  # type: ignore


@cache
def data_of(told: str) -> Any:
    """The data module of a config as JSON; arms that see the same data share it."""
    return build_datamodule(json.loads(told))


class Run:
    """A trained network, the data of its run, and the CPU seconds that training took."""

    def __init__(self, seed: int, steps: int, *overrides: str, file: Path | None = None) -> None:
        length = [f"trainer.max_steps={steps}", "trainer.limit_val_batches=0"]
        config = composed(seed, *length, *overrides)
        seed_everything(seed, verbose=False)
        same = composed(seed, *(w for w in overrides if not w.startswith(("module", "start"))))
        self.datamodule = data_of(json.dumps(same))
        module = build_module(config, self.datamodule)
        start = time.process_time()
        build_trainer(config, Path("runs"), [], []).fit(module, self.datamodule)
        self.seconds = time.process_time() - start
        self.network = module.network.eval()
        if file is not None:
            weights = {f"network.{k}": v for k, v in self.network.state_dict().items()}
            saved: dict[str, Any] = {"state_dict": weights}
            pack(self.network, saved)
            torch.save(saved, file)

    def scores(self, datamodule: Any) -> dict[str, float]:
        """Average precision on the test scenes of ``datamodule``, whose classes it may lack some
        of."""
        found = boxed(self.network, datamodule, datamodule.splits.test)
        names = list(datamodule.classes)
        number = np.array([names.index(name) for name in self.network.classes])
        label = number[found.found.label.astype(np.int64)]
        scores = found._replace(found=found.found._replace(label=label)).scores(names)
        parts = {"base": mean_of(scores, BASE), "novel": mean_of(scores, NOVEL)}
        return {k: scores[k] for k in ("ap50", "ap")} | {k: v or 0.0 for k, v in parts.items()}


def full(seed: int, folder: Path) -> list[dict[str, Any]]:
    """All classes, all scenes."""
    lines = []
    for arm, words in {"without": [PLAIN], "contrast": [CONTRAST]}.items():
        run = Run(seed, STEPS["full"], *words)
        lines.append({"arm": arm, "cpu": run.seconds, **run.scores(run.datamodule)})
    return lines


def few_shot(seed: int, folder: Path) -> list[dict[str, Any]]:
    """Seven classes, then ten scenes with one object of each of ten."""
    lines, file = [], folder / f"base_{seed}.ckpt"
    known = f"source.classes=[{','.join(BASE)}]"
    shots = ["source.objects=[1,1]", "source.per_class=10", "optimizer.lr=0.001"]
    tests = data_of(json.dumps(composed(seed, "source.train=20")))
    for arm, words in {"without": [PLAIN], "contrast": [CONTRAST]}.items():
        base = Run(seed, STEPS["base"], known, *words, file=file)
        lines.append({"arm": f"{arm}, base", "cpu": base.seconds, **base.scores(tests)})
        new = Run(seed, STEPS["new"], *shots, f"start_from={file}", *words)
        lines.append({"arm": f"{arm}, new", "cpu": new.seconds, **new.scores(tests)})
    new = Run(seed, STEPS["new"], *shots, PLAIN)
    lines.append({"arm": "from scratch", "cpu": new.seconds, **new.scores(tests)})
    return lines


def dense(seed: int, folder: Path) -> list[dict[str, Any]]:
    """A hundred labelled scenes, after the cells of two thousand unlabelled ones or not."""
    lines, file = [], folder / f"dense_{seed}.ckpt"
    before = Run(seed, STEPS["dense"], *CELLS, file=file)
    for arm, words in {"from scratch": [], "after DenseCL": [f"start_from={file}"]}.items():
        run = Run(seed, STEPS["few"], "source.train=100", PLAIN, *words)
        spent = run.seconds + before.seconds * bool(words)
        lines.append({"arm": arm, "cpu": spent, **run.scores(run.datamodule)})
    return lines


PARTS = {"full": full, "few_shot": few_shot, "dense": dense}


def table(lines: list[dict[str, Any]]) -> str:
    """Mean and deviation over seeds, in percent."""
    columns = [c for c in ("ap50", "ap", "base", "novel") if any(c in line for line in lines)]
    shown = [f"| | {' | '.join([*columns, 'CPU s', 'seeds'])} |", "|---" * (len(columns) + 3) + "|"]
    for arm in dict.fromkeys(line["arm"] for line in lines):
        own = [line for line in lines if line["arm"] == arm]
        cells = []
        for column in columns:
            values = [100 * line[column] for line in own if column in line]
            spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
            cells.append(f"{statistics.mean(values):.1f}{spread}" if values else "–")
        spent = statistics.mean(line["cpu"] for line in own)
        shown.append(f"| {arm} | {' | '.join(cells)} | {spent:.0f} | {len(own)} |")
    return "\n".join(shown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--output", type=Path, default=Path("runs/detection/compare.jsonl"))
    options = parser.parse_args()
    quieten()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    for part in options.only:
        for seed in options.seeds:
            lines = PARTS[part](seed, options.output.parent)
            with options.output.open("a") as file:
                for line in lines:
                    file.write(json.dumps({"part": part, "seed": seed, **line}) + "\n")
    lines = [json.loads(line) for line in options.output.read_text().splitlines()]
    for part in PARTS:
        if own := [line for line in lines if line["part"] == part]:
            print(f"{part}\n{table(own)}\n")


if __name__ == "__main__":
    main()
