"""SIGTERM before there is anything to save."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = "from lightning_contrast.commands.cli import main; main(['train', *{words}])"


@pytest.mark.parametrize("loaded", ["_multiarray_umath", "libtorch_cpu"])
def test_a_signal_during_the_imports_ends_the_command_with_one_line_and_75(tmp_path, loaded):
    words = ["source=digits", "modality=image", f"hydra.run.dir={tmp_path}/run"]
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND.format(words=words)], stderr=subprocess.PIPE, text=True
    )
    maps = Path(f"/proc/{process.pid}/maps")
    while loaded not in maps.read_text() and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    told = process.communicate(timeout=60)[1]
    assert process.returncode == 75, told
    assert told.startswith("stopped by SIGTERM") and told.count("\n") == 1, told
