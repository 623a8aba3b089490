"""What holds for every command on a trained model: its keys, its memory, Ctrl-C."""

import inspect
import json
import signal
import subprocess
import sys
import time

import pytest
import yaml

from lightning_contrast.commands.embed import embed
from lightning_contrast.commands.export import export
from lightning_contrast.commands.predict import predict
from lightning_contrast.commands.search import search
from lightning_contrast.inference.unlabelled import unlabelled_rows
from tests.choices import CONF

FROM_CODE = {"network", "rows", "output", "index", "counts", "path", "modality"}
LINE = "Shares of the film studio fell by a third on Monday, said its minister of goals. "


@pytest.mark.parametrize("command", [predict, embed, search, export], ids=lambda f: f.__name__)
def test_the_yaml_of_a_command_lists_every_argument_with_its_default(command):
    keys = yaml.safe_load((CONF / f"{command.__name__}.yaml").read_text())
    arguments = dict(inspect.signature(command).parameters)
    if command is not export:
        arguments |= inspect.signature(unlabelled_rows).parameters
    own = {name: p.default for name, p in arguments.items() if name not in FROM_CODE}
    assert own.keys() <= keys.keys()
    for name in own.keys() - {"quiet"}:  # code is quiet, a command is not
        expected = list(own[name]) if isinstance(own[name], tuple) else own[name]
        assert keys[name] == expected, name


def command(run, *words):
    script = "import sys; from lightning_contrast.commands.cli import main; main(sys.argv[1:])"
    checkpoint = f"checkpoint={run}/checkpoints/best.ckpt"
    return [sys.executable, "-c", script, *words, checkpoint, "device=cpu"]


@pytest.mark.slow
def test_a_file_ten_times_as_large_takes_no_more_memory(bbc_run, tmp_path):
    peaks = []
    for copies in (30, 300):  # 9 MB, 90 MB
        path = tmp_path / f"{copies}.txt"
        with path.open("w") as file:
            for row in range(100 * copies):
                file.write(f"{row} {LINE * 37}\n")
        out = tmp_path / f"{copies}.jsonl"
        words = command(bbc_run, "predict", f"input={path}", f"output={out}", "-q")
        code = (
            "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        )
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stdout) / 1024)
        with out.open() as file:
            assert sum(1 for _ in file) == 100 * copies
    assert path.stat().st_size > 85e6
    assert peaks[1] < peaks[0] + 20, f"MiB: {peaks}"


@pytest.mark.slow
def test_ctrl_c_loses_nothing_and_says_how_to_go_on(bbc_run, tmp_path):
    out = tmp_path / "out.jsonl"
    words = command(bbc_run, "predict", "input=-", f"output={out}", "batch_size=2")
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    partial = out.with_name("out.jsonl.partial")
    pipes["preexec_fn"] = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # in the background
    with subprocess.Popen(words, **pipes) as process:
        process.stdin.write(f"{LINE}\n" * 5)
        process.stdin.flush()
        end = time.monotonic() + 120
        while not (partial.exists() and partial.read_text().count("\n") == 4):
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        told = process.stderr.read()
    assert told.count("\n") == 1 and "first_row=5 goes on from there" in told
    rows = [json.loads(line)["row"] for line in partial.read_text().splitlines()]
    assert rows == [1, 2, 3, 4] and not out.exists()
