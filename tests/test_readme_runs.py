"""The commands and the Python of the README files run, cut short, where all that they name exists.

Left out is what other tests run (``ELSEWHERE``).
"""

import gzip
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from PIL import Image

from lightning_contrast.commands.cli import main
from lightning_contrast.sources.digits import Digits
from lightning_contrast.sources.fashion_mnist import CHECKSUMS
from lightning_contrast.training.run import train
from tests.inference.commands import called
from tests.made_emoji import write_emoji
from tests.made_ratings import write_ratings
from tests.pages import PAGES, ROOT, blocks, named, sessions
from tests.runs import composed, write_news

pytestmark = [pytest.mark.readme, pytest.mark.filterwarnings("ignore")]
PROGRAM = "lightning-contrast "
ELSEWHERE = {
    "./scripts/run": "test_scripts.py",
    "./scripts/test": "test_scripts.py",
    "./scripts/fetch_data": "test_fetch_data.py",
    "./scripts/wandb_sync": "loggers/test_sync.py",
    "./scripts/wandb_workspace": "loggers/test_workspace.py",
    "./scripts/local_slurm": "slurm/conftest.py",
    "./scripts/experiment": "test_arms.py",
    "sbatch": "slurm/test_slurm.py",
    PROGRAM + "train -m cluster=slurm": "slurm/test_slurm.py",
    "pytest": "",
    "source .venv": "",
    "pre-commit": "",
    "tensorboard": "loggers/test_tensorboard.py",
    "python scripts/bench/losses.py --device cuda": "gpu/test_losses.py",
}
SHORT = [
    *("trainer.limit_train_batches=2", "trainer.limit_val_batches=2", "trainer.accelerator=cpu"),
    *("trainer.check_val_every_n_epoch=1", "quiet=true"),
]
SMALL = {
    "source=table": [],
    "source=sentiment": [],
    "sweep=few_shot_curve": ["distribution.per_class=2,4", "seed=0"],
    "sweep=grid_losses": ["loss=supcon,circle", "seed=0", "source.per_class=50"],
    "sweep=optuna": ["study.trials=2", "source.per_class=50"],
    "experiments/bbc_news": ["source.split_salt=0,1", "source.per_class=50"],
    "source=folder": [],
    "experiments/bbc_few_shot": ["encoder.context=16", "datamodule.max_length=16"],
    "experiments/robustness": ["protocols.robustness.rows=30", "source.per_class=50"],
    "source=text_files": [],
    "grad_cache=": [],
    "--config-dir conf": ["source.per_class=50"],
    "experiments/emoji": [],
    "experiments/sentiment_shift": ["encoder.trainable_layers=1"],
    "": ["source.per_class=50"],
}
ARGUMENTS = {
    "bbc_few_shot/draws.py": "--splits 1 --draws 1 --tokens 8",
    "experiments.emoji.pixels": "",
    "sentiment_shift/compare.py": "--seeds 0 --only tfidf supcon",
    "bench/knn.py": "--gallery 2000 --queries 100 --k 20 --rounds 1",
    "bench/losses.py": "--batch 256 --losses supcon --rounds 1 --no-memory",
    "bench/grad_cache.py": "--batch 128 --chunk 64 --rounds 1",
    "bench/loop.py": "--epochs 2 --steps 5 --step-ms 5 --against off",
    "bench/views.py": "--kind image",
    "bench/samplers.py": "--rows 6000 --large 0 --batch 64 --rounds 1 --samplers shuffled",
    "bench/embedding.py": "--texts 20 --rounds 1",
    "bench/data.py": "--rounds 1 --images 500 --texts 500 --only texts",
}


def elsewhere(line: str) -> bool:
    return any(line.startswith(start) for start in ELSEWHERE)


def cut_short(line: str) -> list[str]:
    """The words of a training: less data, two batches, one or two jobs of a sweep."""
    words = shlex.split(line)[1:]
    swept = (
        [word for word in words if re.match(r"[\w.@/]+=[^\[{']*,", word)] if "-m" in words else []
    )
    for number, word in enumerate(swept):
        kept = 1 if number or "experiments" in line else 2
        words[words.index(word)] = ",".join(word.split(",")[:kept])
    epochs = 1 + any(word.startswith("trainer.max_epochs=") for word in words)
    short = [f"trainer.max_epochs={epochs}", *SHORT]
    keys = {word.partition("=")[0] for word in short}
    words = [word for word in words if word.partition("=")[0] not in keys]
    small = next(small for kind, small in SMALL.items() if kind in line)
    return [*words, *short, *small, *([] if "logger=" in line else ["logger=none"])]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the data, the checkpoints and the runs that the pages name."""
    folder = tmp_path_factory.mktemp("place")
    for name in ("experiments", "scripts"):
        (folder / name).symlink_to(ROOT / name)
    _write_data(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("XDG_DATA_DIRS", str(folder / "share"))
        patch.setenv("WANDB_MODE", "offline")
        patch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        patch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'lightning_contrast' / 'plugin'}")
        table = [f"source.path={folder / 'news.csv'}", "source.text_column=body"]
        _trained(folder / "runs/DAY/TIME_NAME", "source=table", *table, "source.label_column=topic")
        for seed in "01":
            _trained(
                folder / "runs/multirun/DAY/TIME" / seed, "source.per_class=50", f"seed={seed}"
            )
        for name, source in (("PHOTOS", "digits"), ("FASHION", "fashion_mnist")):
            words = ("modality=image", f"source={source}", "source.per_class=50")
            _trained(folder / name, *words)
            shutil.copy(folder / name / "checkpoints/best.ckpt", f"{name}.ckpt")
        shutil.copy("FASHION.ckpt", "FASHION_CROSS_ENTROPY.ckpt")
        _trained(folder / "MAKER", "modality=image", "source.per_class=50", "recipe=contragan")
        shutil.copy("MAKER/checkpoints/best.ckpt", "GENERATOR.ckpt")
        writer = ("source.label_column=topic", "recipe=simctg")
        _trained(folder / "WRITER", "source=table", *table, *writer)
        shutil.copy("WRITER/checkpoints/best.ckpt", "WRITER.ckpt")
        for name in ("BEST", "A", "B", "C", "SUPCON", "CROSS_ENTROPY", "best"):
            shutil.copy("runs/DAY/TIME_NAME/checkpoints/best.ckpt", f"{name}.ckpt")
        for page in PAGES:
            for block in blocks(page):
                if block.file:
                    (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
                    (folder / block.file).write_text(block.content)
        yield folder


def _write_data(folder: Path) -> None:
    head, *rows = write_news(folder / "new.csv").read_text().splitlines()
    assert head == "text,label"
    lines = [f"{number},{row}" for number, row in enumerate(rows)]
    (folder / "news.csv").write_text("\n".join(["id,body,topic", *lines]))
    (folder / "texts.txt").write_text("\n".join(row.split(",")[0] for row in rows))
    (folder / "data/sentiment").mkdir(parents=True)
    write_ratings(folder / "data/sentiment")
    write_emoji(folder / "data/emoji")
    digits = Digits().load()
    for row in range(600):
        path = folder / f"photos/{digits.label[row]}/{row}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(digits.raw[np.array([row])][0, 0].numpy()).save(path)
    for name in ("quotes/proverbs.txt", "quotes/verses.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(
            "\n".join(f"{name} says {row % 7} and {row}" for row in range(90))
        )
    idx = folder / "share/datasets/fashion-mnist"
    idx.mkdir(parents=True)
    for name in CHECKSUMS:
        shape = (600, 28, 28) if "images" in name else (600,)
        data = np.random.default_rng(0).integers(256, size=shape) if "images" in name else None
        data = np.arange(600) % 10 if data is None else data
        header = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">i4").tobytes()
        (idx / f"{name}.gz").write_bytes(gzip.compress(header + data.astype(np.uint8).tobytes()))


def _trained(folder: Path, *words: str) -> None:
    short = ["trainer.max_epochs=1", "logger=none", *SHORT]
    config = composed(*words, *short)
    train(config, folder)
    (folder / ".hydra").mkdir()
    (folder / ".hydra/config.yaml").write_text(yaml.safe_dump(config))


def _commands() -> list[Any]:
    found = {tuple(session): named(page) for page in PAGES for session in sessions(page)}
    run = {session: page for session, page in found.items() if not all(map(elsewhere, session))}
    return [pytest.param(lines, id=f"{page}: {lines[0]}") for lines, page in run.items()]


@pytest.mark.parametrize("session", _commands())
def test_the_commands_of_a_block_run(session, place):
    for line in session:
        if elsewhere(line):
            continue
        if line.startswith("python "):
            script = next(name for name in ARGUMENTS if name in line)
            words = [sys.executable, *shlex.split(line)[1:], *ARGUMENTS[script].split()]
            done = subprocess.run(words, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        elif " | " in line or "strategy=" in line:
            words = cut_short(line) if "strategy=" in line else None
            shell = line if words is None else shlex.join(["lightning-contrast", *words])
            done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        else:
            assert line.startswith(PROGRAM), line
            words = shlex.split(line)[1:]
            words += ["protocols.robustness.rows=30"] if words[0] == "evaluate" else []
            words = cut_short(line) if words[0] == "train" else words
            assert called(main, *words) == 0, line


def test_the_python_of_the_other_pages_runs(place, capsys):
    for page in PAGES:
        names: dict = {}
        for block in blocks(page):
            if page.parent != ROOT and block.language == "python" and block.file is None:
                exec(compile(block.content, named(page), "exec"), names)
    assert (place / "vectors.npy").is_file()
    assert (place / "exported/model.onnx").is_file()
