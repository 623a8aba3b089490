"""A signal before there is anything to save."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = "from lightning_contrast.commands.cli import main; main(['train', *{words}])"


@pytest.mark.parametrize(
    ("number", "loaded", "code"),
    [
        (signal.SIGTERM, "_multiarray_umath", 75),
        (signal.SIGTERM, "libtorch_cpu", 75),
        (signal.SIGINT, "libtorch_cpu", 130),
    ],
)
def test_a_signal_during_the_imports_ends_the_command_with_one_line(tmp_path, number, loaded, code):
    words = ["source=digits", "modality=image", f"hydra.run.dir={tmp_path}/run"]
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND.format(words=words)], stderr=subprocess.PIPE, text=True
    )
    maps = Path(f"/proc/{process.pid}/maps")
    while loaded not in maps.read_text() and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(number)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == code, told
    assert told.startswith(f"stopped by {number.name}") and told.count("\n") == 1, told
