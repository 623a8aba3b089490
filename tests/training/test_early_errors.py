"""Mistakes that a short look finds are told before Lightning is imported, which takes seconds."""

import json
import subprocess
import sys

import pytest

from tests.training.test_resume import RUN, write

SCRIPT = """
import contextlib, io, json, sys
from lightning_contrast.commands.cli import main

told = []
for words in json.loads(sys.argv[1]):
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        try:
            main(["train", *words])
        except SystemExit as stop:
            told.append([stop.code, said.getvalue(), "pytorch_lightning" in sys.modules])
print(json.dumps(told))
"""
CASES = {
    "source=table source.path=none.csv": "source.path: the file none.csv does not exist",
    "modality=image source=folder source.path=none": "source.path: the folder none does not",
    "modality=image source=idx source.folder=none": "source.folder: the folder none does not",
    "resume=none.ckpt": "resume: no checkpoint at none.ckpt",
    "hydra.run.dir=other": "last.ckpt is of a run with ",
    "trainer.devices=100000": "trainer.devices must be at most",
    "stop_signals=[SIGNONE]": "stop_signals must be names of signals",
    "seed=abc": "seed must be a whole number",
    "loss.temprature=1": "Did you mean loss.temperature?",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """For each case: exit code, stderr, and whether Lightning was imported by then."""
    folder = tmp_path_factory.mktemp("early")
    write(folder / "other" / "checkpoints" / "last.ckpt", age=1, run=RUN)
    calls = json.dumps([["hydra.run.dir=run", *words.split()] for words in CASES])
    call = [sys.executable, "-c", SCRIPT, calls]
    done = subprocess.run(call, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return dict(zip(CASES, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize(("words", "said"), CASES.items())
def test_it_is_told_without_lightning(words, said, told):
    code, line, lightning = told[words]
    assert code == 2
    assert line.startswith("error: ") and said in line and line.count("\n") == 1
    assert not lightning
