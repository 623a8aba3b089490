"""Mistakes that a short look finds are told before Lightning is imported, which takes seconds."""

import subprocess
import sys

import pytest

from tests.training.test_resume import RUN, write

SCRIPT = """
import sys
from lightning_contrast.commands.cli import main
try:
    main(["train", *sys.argv[1:]])
finally:
    print("LIGHTNING" if "pytorch_lightning" in sys.modules else "light", file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("source=table source.path=none.csv", "source.path: the file none.csv does not exist"),
        ("modality=image source=folder source.path=none", "source.path: the folder none does not"),
        ("modality=image source=idx source.folder=none", "source.folder: the folder none does not"),
        ("resume=none.ckpt", "resume: no checkpoint at none.ckpt"),
        ("hydra.run.dir={other}", "last.ckpt is of a run with "),
        ("trainer.devices=100000", "trainer.devices must be at most"),
        ("stop_signals=[SIGNONE]", "stop_signals must be names of signals"),
        ("seed=abc", "seed must be a whole number"),
        ("loss.temprature=1", "Did you mean loss.temperature?"),
    ],
)
def test_it_is_told_without_lightning(words, said, tmp_path):
    other = tmp_path / "other"
    write(other / "checkpoints" / "last.ckpt", age=1, run=RUN)
    words = [word.format(other=other) for word in words.split()]
    call = [sys.executable, "-c", SCRIPT, f"hydra.run.dir={tmp_path}/run", *words]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    line, imported = done.stderr.strip().splitlines()
    assert line.startswith("error: ") and said in line
    assert imported == "light"
