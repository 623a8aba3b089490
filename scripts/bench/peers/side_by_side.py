"""The same work by ours and by what people use today, one process after the other.

python scripts/bench/peers/side_by_side.py              # all tasks, seeds 0 to 2; side_by_side.json
python scripts/bench/peers/side_by_side.py few_shot --seeds 0 --environments .peers

A task is a peer's script, which is the code that its own documentation has, and our command. Both
get the same rows. Each peer has a virtual environment, which is made at its first run. Measured are
CPU seconds of the whole process, of training alone, peak memory (MiB) and accuracy. This process
imports nothing: a child's peak begins with that of its parent.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CLI = ("-m", "lightning_contrast.commands.cli", "train", "quiet=true", "seed={seed}")
TRAIN = (*CLI, "hydra.run.dir={folder}/ours", "source.fractions=[1,0,0]")
TEXTS = ("source=table", "source.path={folder}/both.csv", "source.split_column=split")
MINILM = ("encoder=pretrained", "encoder.trainable_layers=-1", "datamodule.max_length=64")
IMAGES = ("modality=image", "source=idx", "source.folder={folder}", "optimizer=adamw")
FEW_SHOT = ("--config-dir", f"{ROOT}/experiments/bbc_few_shot", "--config-name", "run")


class Task(NamedTuple):
    """``rows``: arguments of rows.py, or none; ``ours``: those of Python, with {folder}, {seed}."""

    peer: str
    rows: tuple[str, ...]
    ours: tuple[str, ...]


TASKS = {
    "few_shot": Task("setfit", ("texts", "8"), (*TRAIN, *FEW_SHOT, *TEXTS, "baselines=false")),
    "fine_tuning": Task(
        "sentence_transformers",
        ("texts", "128"),
        (
            *TRAIN,
            *TEXTS,
            *MINILM,
            "head=probe",
            "projector=identity",
            "datamodule.batch_size=32",
            "optimizer.lr=5e-5",
            "trainer.max_epochs=1",
        ),
    ),
    "simclr": Task(
        "lightly",
        ("images",),
        (
            *TRAIN,
            *IMAGES,
            "recipe=simclr",
            "view.blur=0",
            "view.crop_scale=[0.2,1]",
            "head.inverse_penalty=1",
            "projector.hidden_features=256",
            "projector.out_features=64",
            "optimizer.lr=3e-3",
            "datamodule.batch_size=256",
            "trainer.max_epochs=1",
        ),
    ),
    "mining": Task(
        "pytorch_metric_learning",
        ("images",),
        (
            *TRAIN,
            *IMAGES,
            "recipe=multi_similarity",
            "view=identity",
            "optimizer.lr=3e-3",
            "datamodule.batch_size=120",
            "trainer.max_epochs=1",
        ),
    ),
    "clip_loss": Task("open_clip", (), (str(HERE / "ours_clip.py"), "{folder}", "{seed}")),
}


def python_of(peer: str, environments: Path) -> str:
    """The interpreter of a peer's environment, which is made if it is not there."""
    folder = environments.absolute() / peer
    python = folder / "bin" / "python"
    if not (folder / "made").exists():
        venv.create(folder, with_pip=True)
        needed = str(HERE / f"{peer}.txt")
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", needed], check=True)
        (folder / "made").touch()
    return str(python)


def measured(command: list[str], folder: Path) -> dict[str, float]:
    """CPU seconds and peak memory of a process with its children, and what it printed last."""
    own = {"PYTHONPATH": f"{ROOT}:{ROOT}/lightning_contrast/plugin", "OMP_NUM_THREADS": "1"}
    log = folder / "log"
    with log.open("w") as file:
        started = subprocess.Popen(
            command, env=os.environ | own, cwd=folder, stdout=file, stderr=file
        )
        _, status, used = os.wait4(started.pid, 0)
    text = log.read_text(encoding="utf-8", errors="replace")
    if status:
        raise SystemExit(f"{' '.join(command)} failed:\n{text[-3000:]}")
    result = folder / "ours" / "result.json"
    if result.exists():
        figures = json.loads(result.read_text(encoding="utf-8"))
        said = {"train": figures["train/cpu_seconds"], "accuracy": figures["test/accuracy"]}
    else:
        said = json.loads(next(line for line in reversed(text.splitlines()) if line[:1] == "{"))
    return {"process": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1024, **said}


def compare(name: str, seed: int, environments: Path) -> dict[str, dict[str, float]]:
    """One seed of a task: ours, then the peer."""
    task = TASKS[name]
    theirs = python_of(task.peer, environments)
    found = {}
    with TemporaryDirectory() as where:
        folder = Path(where)
        if task.rows:
            kind, *more = task.rows
            rows = [sys.executable, str(HERE / "rows.py"), kind, where, str(seed), *more]
            subprocess.run(rows, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
        words = [word.format(folder=where, seed=seed) for word in task.ours]
        commands = {
            task.peer: [theirs, str(HERE / f"with_{task.peer}.py"), where, str(seed)],
            "ours": [sys.executable, *words],
        }
        for who, command in commands.items():
            found[who] = measured(command, folder)
            print(name, seed, who, {k: round(v, 3) for k, v in found[who].items()}, flush=True)
    return found


def lines(found: dict[str, list[dict[str, dict[str, float]]]]) -> list[str]:
    """The table: of each task the peer's mean and deviation, ours, and their ratio."""
    table = ["| task | | accuracy | CPU s, process | training alone | peak MiB |"]
    table.append("|---|---|---|---|---|---|")
    for name, seeds in found.items():
        for who in (TASKS[name].peer, "ours"):
            cells = []
            for what in ("accuracy", "process", "train", "peak"):
                values = [one[who][what] for one in seeds]
                if what == "accuracy" and max(values) <= 1:  # of clip_loss it is the loss
                    values = [100 * value for value in values]
                sd = statistics.stdev(values) if len(values) > 1 else 0.0
                digits = 2 if what == "accuracy" else 1
                cells.append(f"{statistics.mean(values):.{digits}f} ± {sd:.{digits}f}")
            table.append(f"| {name} | {who} | {' | '.join(cells)} |")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", help=f"of {', '.join(TASKS)} (all)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--environments", type=Path, default=Path(".peers"))
    parser.add_argument("--json", type=Path, default=Path("side_by_side.json"))
    asked = parser.parse_args()
    found: dict[str, list[Any]] = {name: [] for name in asked.tasks or TASKS}
    for seed in asked.seeds:
        for name in found:
            found[name].append(compare(name, seed, asked.environments))
            asked.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print("\n".join(lines(found)))


if __name__ == "__main__":
    main()
